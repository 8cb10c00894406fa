//! Voting codes of this server after they were mailed: kept sealed until voting has ended, sent again to whoever lost theirs,
//! and destroyed in time. A code never appears on a page, in the log or in the audit log.

mod again;
mod officer;
mod retention;
mod voter;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folkmoot_store::Conn;
use folkmoot_store::elections::{Election, sealed_codes};
use zeroize::Zeroizing;

use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::routes::Route;

pub use again::any_can_be_sent;
pub use retention::{DestroyBindings, EraseCodes};
pub use voter::{LostCode, lost};

/// What the key for codes is derived for; bodies of mails have another.
const LABEL: &str = "voting code";

/// Routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    let mut all = voter::routes();
    all.extend(officer::routes());
    all
}

/// A sealed code opens for its election and its entry of the roll only.
fn context(election: &Election, entry: i64) -> String {
    format!("{}|{entry}", election.uuid)
}

/// Keeps a code, sealed under a key that is not in the database.
///
/// # Errors
/// Database errors; `Internal` when there is no randomness.
pub fn keep(conn: &mut Conn, app: &App, election: &Election, entry: i64, code: &str) -> AppResult<()> {
    let sealed = app.keys().seal(LABEL, context(election, entry).as_bytes(), code.as_bytes(), app.random()?);
    Ok(sealed_codes::keep(conn, election.id, entry, &STANDARD.encode(sealed))?)
}

/// The code of an entry.
fn open(app: &App, election: &Election, entry: i64, sealed: &str) -> AppResult<Zeroizing<String>> {
    let other = || AppError::internal("the voting codes were sealed by another key");
    let sealed = STANDARD.decode(sealed).map_err(|_| other())?;
    let plain =
        app.keys().open_sealed(LABEL, context(election, entry).as_bytes(), &sealed).ok_or_else(other)?;
    let text = std::str::from_utf8(&plain).map_err(|_| other())?;
    Ok(Zeroizing::new(text.to_owned()))
}
