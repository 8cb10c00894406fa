//! Bodies with secrets, voting codes above all, may wait for days before they leave. Until then the database holds them
//! encrypted, under a key that is not in it (requirement of secrets at rest); after sending they are removed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folkmoot_store::PublicId;
use folkmoot_store::mails::Mail;

use crate::app::App;
use crate::error::{AppError, AppResult};

const LABEL: &str = "mail body";
/// How a sealed body begins; one that was removed, or never was secret, does not.
const MARK: &str = "sealed:";

/// Both bodies as one text for the database, bound to their mail.
///
/// # Errors
/// `Internal` when there is no randomness.
pub(super) fn seal(app: &App, mail: &PublicId, text: &str, html: &str) -> AppResult<String> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&(text, html)).map_err(AppError::internal)?);
    let sealed = app.keys().seal(LABEL, mail.as_str().as_bytes(), &plain, app.random()?);
    Ok(format!("{MARK}{}", STANDARD.encode(sealed)))
}

/// The mail with its bodies readable.
///
/// # Errors
/// `Internal` when they were sealed by another key: the key file was replaced.
pub fn opened(app: &App, mut mail: Mail) -> AppResult<Mail> {
    let Some(sealed) = mail.body_text.strip_prefix(MARK).filter(|_| mail.is_secret) else { return Ok(mail) };
    let other = || AppError::internal("the bodies of a mail were sealed by another key");
    let sealed = STANDARD.decode(sealed).map_err(|_| other())?;
    let plain =
        app.keys().open_sealed(LABEL, mail.public_id.as_str().as_bytes(), &sealed).ok_or_else(other)?;
    let (text, html): (String, String) = serde_json::from_slice(&plain).map_err(AppError::internal)?;
    (mail.body_text, mail.body_html) = (text, Some(html));
    Ok(mail)
}
