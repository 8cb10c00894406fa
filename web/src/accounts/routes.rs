//! Routes of accounts.

use super::{account, link, sign_in, sign_up};
use crate::routes::{Access, Route};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-up", Access::Public, sign_up::form),
        Route::post("/sign-up", Access::Public, sign_up::ask),
        Route::get("/sign-up/{token}", Access::Public, sign_up::confirm_page),
        Route::post("/sign-up/{token}", Access::Public, sign_up::confirm),
        Route::get("/sign-in", Access::Public, sign_in::form),
        Route::post("/sign-in", Access::Public, sign_in::sign_in),
        Route::post("/sign-in/link", Access::Public, link::ask),
        Route::get("/sign-in/link/{token}", Access::Public, link::page),
        Route::post("/sign-in/link/{token}", Access::Public, link::sign_in),
        Route::post("/sign-out", Access::Public, sign_in::sign_out),
        Route::get("/account", Access::SignedIn, account::page),
        Route::post("/account/name", Access::SignedIn, account::change_name),
        Route::get("/account/password", Access::SignedIn, account::password_page),
        Route::post("/account/password", Access::SignedIn, account::change_password),
        Route::post("/account/sessions/{session}/end", Access::SignedIn, account::end_session),
        Route::post("/account/sessions/end-others", Access::SignedIn, account::end_other_sessions),
    ]
}
