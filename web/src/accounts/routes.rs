//! Routes of accounts.

use super::{
    account, addresses, authenticator, confirm, leaving, link, passkeys, recover, reset, second_step,
    sign_in, sign_up,
};
use crate::auth::permission::Action;
use crate::routes::{Access, Route};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    let reset_factors = Access::May(Action::ResetSecondFactors);
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
        Route::post("/sign-in/passkey/options", Access::Public, sign_in::passkey_options),
        Route::post("/sign-in/passkey", Access::Public, sign_in::by_passkey),
        Route::get("/sign-in/second", Access::Public, second_step::page),
        Route::post("/sign-in/second", Access::Public, second_step::sign_in),
        Route::post("/sign-in/second/options", Access::Public, second_step::passkey_options),
        Route::get("/sign-in/forgotten", Access::Public, recover::form),
        Route::post("/sign-in/forgotten", Access::Public, recover::ask),
        Route::get("/recover/{token}", Access::Public, recover::page),
        Route::post("/recover/{token}", Access::Public, recover::recover),
        Route::post("/sign-out", Access::Public, sign_in::sign_out),
        Route::get("/account", Access::SignedIn, account::page),
        Route::post("/account/name", Access::SignedIn, account::change_name),
        Route::get("/account/time-zone", Access::SignedIn, account::zone_page),
        Route::post("/account/time-zone", Access::SignedIn, account::change_zone),
        Route::get("/account/password", Access::SignedIn, account::password_page),
        Route::post("/account/password", Access::SignedIn, account::change_password),
        Route::get("/account/confirm", Access::SignedIn, confirm::page),
        Route::post("/account/confirm", Access::SignedIn, confirm::prove).body_limit(256 * 1024),
        Route::post("/account/confirm/options", Access::SignedIn, confirm::passkey_options),
        Route::get("/account/second-factor", Access::SignedIn, confirm::second_factor),
        Route::get("/account/authenticator", Access::SignedIn, authenticator::page),
        Route::post("/account/authenticator/start", Access::SignedIn, authenticator::start),
        Route::post("/account/authenticator/confirm", Access::SignedIn, authenticator::confirm),
        Route::post("/account/authenticator/remove", Access::SignedIn, authenticator::remove),
        Route::post("/account/recovery-codes", Access::SignedIn, authenticator::renew_codes),
        Route::get("/account/passkeys", Access::SignedIn, passkeys::page),
        Route::post("/account/passkeys", Access::SignedIn, passkeys::add),
        Route::post("/account/passkeys/options", Access::SignedIn, passkeys::options),
        Route::post("/account/passkeys/{passkey}/rename", Access::SignedIn, passkeys::rename),
        Route::post("/account/passkeys/{passkey}/remove", Access::SignedIn, passkeys::remove),
        Route::get("/account/addresses", Access::SignedIn, addresses::page),
        Route::post("/account/addresses", Access::SignedIn, addresses::add),
        Route::get("/account/addresses/confirm/{token}", Access::SignedIn, addresses::confirm_page),
        Route::post("/account/addresses/confirm/{token}", Access::SignedIn, addresses::confirm),
        Route::post("/account/addresses/{address}/primary", Access::SignedIn, addresses::make_primary),
        Route::post("/account/addresses/{address}/remove", Access::SignedIn, addresses::remove),
        Route::get("/undo-address/{token}", Access::Public, addresses::undo_page),
        Route::post("/undo-address/{token}", Access::Public, addresses::undo),
        Route::get("/staff/people/{person}/second-factors", reset_factors, reset::page),
        Route::post("/staff/people/{person}/second-factors", reset_factors, reset::propose),
        Route::get("/account/data", Access::SignedIn, leaving::data),
        Route::get("/account/close", Access::SignedIn, leaving::close_page),
        Route::post("/account/close", Access::SignedIn, leaving::close),
        Route::post("/account/sessions/{session}/end", Access::SignedIn, account::end_session),
        Route::post("/account/sessions/end-others", Access::SignedIn, account::end_other_sessions),
    ]
}
