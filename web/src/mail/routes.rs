//! Routes of mail.

use super::{hook, many, preferences, staff, suppressed, unsubscribe};
use crate::auth::permission::Action;
use crate::routes::{Access, Route};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    let (see, manage) = (Access::May(Action::SeeMail), Access::May(Action::ManageMail));
    vec![
        Route::get("/unsubscribe/{person}/{topic}/{proof}", Access::Public, unsubscribe::page),
        Route::post("/unsubscribe/{person}/{topic}/{proof}", Access::Machine, unsubscribe::stop)
            .body_limit(4096),
        Route::post("/hooks/mail/bounce", Access::Machine, hook::bounce).body_limit(hook::LARGEST),
        Route::get("/account/mail", Access::SignedIn, preferences::page),
        Route::post("/account/mail", Access::SignedIn, preferences::save),
        Route::post("/account/mail/retry", Access::SignedIn, preferences::retry),
        Route::get("/staff/mail", see, staff::list),
        Route::post("/staff/mail/export", see, many::file),
        Route::get("/staff/mail/lost", manage, many::look),
        Route::post("/staff/mail/lost", manage, many::send),
        Route::get("/staff/mail/suppressed", see, suppressed::list),
        Route::post("/staff/mail/suppressed", manage, suppressed::add),
        Route::post("/staff/mail/suppressed/{suppression}/remove", manage, suppressed::remove),
        Route::get("/staff/mail/{mail}", see, staff::one),
        Route::post("/staff/mail/{mail}/resend", manage, staff::resend),
    ]
}
