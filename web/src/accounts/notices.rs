//! Mails that tell the owner of an account what was changed about signing in.

use folkmoot_store::{Conn, PersonId, Utc, accounts};

use super::mail::AccountNotice;
use crate::app::App;
use crate::error::AppResult;
use crate::mail::{self, Recipient};

/// Tells `person`, at the address their mail goes to, what happened to their account.
pub(super) fn tell(c: &mut Conn, app: &App, person: PersonId, what: &str, now: Utc) -> AppResult<()> {
    match accounts::mail_address_of(c, person)? {
        Some(address) => tell_at(c, app, person, &address, what, now),
        None => Ok(()),
    }
}

/// Tells `person` at this very address.
pub(super) fn tell_at(
    c: &mut Conn,
    app: &App,
    person: PersonId,
    address: &str,
    what: &str,
    now: Utc,
) -> AppResult<()> {
    let notice = AccountNotice {
        name: accounts::person(c, person)?.preferred_name,
        what: what.to_owned(),
        link: app.link("/account"),
        recover: app.link("/sign-in/forgotten"),
    };
    mail::queue(c, app, &Recipient::person(person, address), &notice, now)?;
    Ok(())
}
