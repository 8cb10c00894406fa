//! Sending what was queued. The relay's answer decides: accepted, try later, or never. A relay that is down loses nothing:
//! attempts go on for four days after the first one (requirement REL-04).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::TimeDelta;
use folkmoot_store::diesel::OptionalExtension;
use folkmoot_store::mails::{self, Delivery, Mail, MailKind};
use folkmoot_store::{Conn, Utc};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Message, SmtpTransport, Transport};

use super::{bounce, sealed};
use crate::app::App;
use crate::config::MailTransport;
use crate::error::{AppError, AppResult};

/// How long a worker may take for one mail.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long a mail is tried, from its first attempt on: some are queued weeks before they may leave.
const PATIENCE: TimeDelta = TimeDelta::days(4);

/// Why a mail was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Another attempt may succeed.
    Later(String),
    /// No attempt will.
    Never(String),
}

/// A way for mail to leave.
pub trait Carrier: Send {
    /// Hands over one message.
    ///
    /// # Errors
    /// [`Refusal`] in the words of whoever refused.
    fn carry(&self, mail: &Mail, envelope: &Envelope, message: &[u8]) -> Result<(), Refusal>;

    /// True when bodies that hold secrets stay readable after sending, for the demonstration.
    fn keeps_bodies(&self) -> bool {
        false
    }
}

/// Leaves mails in the outbox table.
struct Keep;

impl Carrier for Keep {
    fn carry(&self, _: &Mail, _: &Envelope, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }

    fn keeps_bodies(&self) -> bool {
        true
    }
}

/// One file for each message.
struct Files(PathBuf);

impl Carrier for Files {
    fn carry(&self, mail: &Mail, _: &Envelope, message: &[u8]) -> Result<(), Refusal> {
        let path = self.0.join(format!("{}.eml", mail.public_id));
        std::fs::write(path, message).map_err(|e| Refusal::Later(e.to_string()))
    }
}

impl Carrier for SmtpTransport {
    fn carry(&self, _: &Mail, envelope: &Envelope, message: &[u8]) -> Result<(), Refusal> {
        self.send_raw(envelope, message).map(|_| ()).map_err(|e| {
            let text = e.to_string();
            if is_final(e.status().map(u16::from), &text) {
                Refusal::Never(text)
            } else {
                Refusal::Later(text)
            }
        })
    }
}

/// A permanent answer that concerns this recipient or message. Answers about signing in to the relay (530, 534, 535, 538)
/// and about its policy (5.7.x) come from settings that somebody will mend, so the mail waits.
fn is_final(status: Option<u16>, text: &str) -> bool {
    match status {
        Some(530 | 534 | 535 | 538) => false,
        Some(500..=599) => !text.contains("5.7."),
        _ => false,
    }
}

/// Sends mails one after the other.
pub struct Mailer {
    app: App,
    worker: String,
    carrier: Box<dyn Carrier>,
}

impl Mailer {
    /// Prepares the transport the settings name. Opens no connection yet.
    ///
    /// # Errors
    /// One sentence when the settings cannot work.
    pub fn new(app: App, worker: String) -> anyhow::Result<Self> {
        let settings = &app.config().mail;
        let carrier: Box<dyn Carrier> = match settings.transport {
            MailTransport::Keep => Box::new(Keep),
            MailTransport::File => {
                let folder = app.config().data_folder.join("mail");
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot make the folder for mail {}", folder.display()))?;
                Box::new(Files(folder))
            }
            MailTransport::Smtp => {
                let builder = SmtpTransport::from_url(&settings.smtp_url)
                    .map_err(|_| anyhow!("in [mail], smtp_url is no address of a mail server"))?;
                Box::new(builder.timeout(Some(Duration::from_secs(30))).build())
            }
        };
        Ok(Self { app, worker, carrier })
    }

    /// Sends through a carrier of the caller's.
    #[must_use]
    pub fn with_carrier(app: App, worker: String, carrier: Box<dyn Carrier>) -> Self {
        Self { app, worker, carrier }
    }

    /// Sends the oldest due mail; false when none was due.
    ///
    /// # Errors
    /// A database error.
    pub fn send_next(&self) -> AppResult<bool> {
        let now = self.app.now();
        if !self.app.store().read(|c| Ok::<_, AppError>(mails::is_due(c, now)?))? {
            return Ok(false);
        }
        let claimed = self.app.store().write(|c| {
            let mail = mails::claim(c, &self.worker, LEASE, now)?;
            Ok::<_, AppError>(match mail {
                Some(mail) => Some((declined(c, &mail)?, mail)),
                None => None,
            })
        })?;
        let Some((declined, mail)) = claimed else { return Ok(false) };
        let outcome = match declined {
            Some(why) => Err(Refusal::Never(why)),
            // A panic inside the mail library must not end the worker (requirement IO-03).
            None => catch_unwind(AssertUnwindSafe(|| self.attempt(&mail)))
                .unwrap_or_else(|_| Err(Refusal::Never("the mail library failed on this message".into()))),
        };
        let now = self.app.now();
        let since = self.app.store().read(|c| Ok::<_, AppError>(mails::first_deferral(c, mail.id)?))?;
        let what = match outcome {
            Ok(()) => Delivery::Sent { keep_bodies: self.carrier.keeps_bodies() },
            Err(Refusal::Never(why)) => Delivery::Failed(why),
            Err(Refusal::Later(why)) if now.since(since.unwrap_or(now)) >= PATIENCE => Delivery::Failed(why),
            Err(Refusal::Later(why)) => Delivery::Deferred(next_try(&mail, now), why),
        };
        match &what {
            Delivery::Sent { .. } => {
                tracing::info!(mail = %mail.public_id, message = mail.message, "mail sent")
            }
            Delivery::Deferred(_, why) => {
                tracing::warn!(mail = %mail.public_id, why = without_addresses(why), "mail put off");
            }
            Delivery::Failed(why) => {
                tracing::warn!(mail = %mail.public_id, why = without_addresses(why), "mail given up");
            }
        }
        self.app.store().write(|c| Ok::<_, AppError>(mails::settle(c, &mail, &self.worker, &what, now)?))?;
        Ok(true)
    }

    fn attempt(&self, mail: &Mail) -> Result<(), Refusal> {
        let never = |e: anyhow::Error| Refusal::Never(format!("{e:#}"));
        // Another key file can be put back: the mail waits for it.
        let mail = &sealed::opened(&self.app, mail.clone()).map_err(|e| Refusal::Later(e.to_string()))?;
        let message = compose(&self.app, mail).map_err(never)?;
        let envelope = envelope(&self.app, mail).map_err(never)?;
        self.carrier.carry(mail, &envelope, &message.formatted())
    }
}

/// Why this mail is not to be sent any more. Mail about the person's own account was asked for a moment ago and always goes.
fn declined(conn: &mut Conn, mail: &Mail) -> AppResult<Option<String>> {
    if mail.kind == MailKind::Account {
        return Ok(None);
    }
    if let Some(found) = mails::suppression(conn, &mail.recipient)? {
        return Ok(Some(format!("not sent: the address is on the suppression list ({})", found.reason)));
    }
    if let (Some(person), Some(topic)) = (mail.person_id, mail.topic)
        && !mails::wants(conn, person, topic)?
    {
        return Ok(Some(format!("not sent: the person declined mail about {topic}")));
    }
    Ok(None)
}

/// What a server said, fit for the log: without addresses of people (requirement PRV-04).
fn without_addresses(text: &str) -> String {
    text.split_whitespace()
        .map(|w| if w.contains('@') { "(address)" } else { w })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Sender and recipient as servers see them; the sender's address names the mail, so that a bounce can be matched.
fn envelope(app: &App, mail: &Mail) -> anyhow::Result<Envelope> {
    let settings = &app.config().mail;
    let from = if settings.bounce_address.is_empty() {
        settings.from.parse::<Mailbox>()?.email
    } else {
        bounce::return_path(app.keys(), &settings.bounce_address, &mail.public_id).parse()?
    };
    Ok(Envelope::new(Some(from), vec![mail.recipient.parse()?])?)
}

/// The message as it leaves, headers included; its bodies are readable ([`sealed::opened`]).
///
/// # Errors
/// When an address or a header cannot be written.
pub fn compose(app: &App, mail: &Mail) -> anyhow::Result<Message> {
    let from: Mailbox = app.config().mail.from.parse()?;
    let to = Mailbox::new(None, mail.recipient.parse()?);
    let host = from.email.domain().to_owned();
    let mut builder = Message::builder()
        // The same on every attempt, so that a message sent twice is seen once.
        .message_id(Some(format!("<{}@{host}>", mail.public_id)))
        .date(mail.created_at.datetime().into())
        .from(from)
        .to(to)
        .subject(mail.subject.clone())
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ));
    if let Some(address) = &mail.unsubscribe {
        builder = builder
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("List-Unsubscribe"),
                format!("<{address}>"),
            ))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("List-Unsubscribe-Post"),
                "List-Unsubscribe=One-Click".into(),
            ));
    }
    Ok(match &mail.body_html {
        Some(html) => {
            builder.multipart(with_files(app, mail, with_logo(app, mail.body_text.clone(), html)?)?)?
        }
        None => builder.body(mail.body_text.clone())?,
    })
}

/// The bodies, and the files that travel with the mail.
fn with_files(app: &App, mail: &Mail, bodies: MultiPart) -> anyhow::Result<MultiPart> {
    let files = app.store().read(|c| Ok::<_, AppError>(mails::attached_to(c, mail.id)?))?;
    if files.is_empty() {
        return Ok(bodies);
    }
    let mut whole = MultiPart::mixed().multipart(bodies);
    for file in files {
        let kind = ContentType::parse(&file.content_type)?;
        whole = whole.singlepart(Attachment::new(file.name).body(file.bytes, kind));
    }
    Ok(whole)
}

/// Where `layout/mail.html` has room for the logo.
const LOGO_MARK: &str = "<!--logo-->";

/// Largest logo that travels with every mail, in bytes.
const LOGO_BYTES: usize = 64 * 1024;

/// Both texts, and the organisation's logo inside the mail: opening a mail asks no server for anything.
fn with_logo(app: &App, text: String, html: &str) -> anyhow::Result<MultiPart> {
    let plain = |html: String| MultiPart::alternative_plain_html(text.clone(), html);
    let (Some(logo), Some((address, width))) = (&app.organisation().logo, crate::site::logo::of(app)) else {
        return Ok(plain(html.replacen(LOGO_MARK, "", 1)));
    };
    let hash = logo.hash.clone();
    // Removed a moment ago: the mail goes without.
    let found =
        app.store().read(|c| Ok::<_, AppError>(folkmoot_store::images::by_hash(c, &hash).optional()?))?;
    let Some(image) = found.filter(|i| i.png.len() <= LOGO_BYTES && html.contains(LOGO_MARK)) else {
        return Ok(plain(html.replacen(LOGO_MARK, "", 1)));
    };
    let name = address.rsplit('/').next().unwrap_or_default();
    let shown = format!("<img src=\"cid:{name}\" alt=\"\" width=\"{width}\" height=\"32\"> ");
    let picture = Attachment::new_inline(name.to_owned()).body(image.png, ContentType::parse("image/png")?);
    let page = SinglePart::html(html.replacen(LOGO_MARK, &shown, 1));
    let related = MultiPart::related().singlepart(page).singlepart(picture);
    Ok(MultiPart::alternative().singlepart(SinglePart::plain(text)).multipart(related))
}

/// One minute after the first attempt, doubling, at most four hours.
fn next_try(mail: &Mail, now: Utc) -> Utc {
    let doublings = u32::try_from(mail.attempts.clamp(1, 9) - 1).unwrap_or(0);
    now.plus(TimeDelta::minutes((1_i64 << doublings).min(240)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_about_the_recipient_are_final() {
        assert!(is_final(Some(550), "permanent error (550): 5.1.1 no such user"));
        assert!(is_final(Some(552), "too large"));
        for later in [Some(451), Some(421), Some(535), Some(530), None] {
            assert!(!is_final(later, "x"), "{later:?}");
        }
        assert!(!is_final(Some(550), "permanent error (550): 5.7.1 relaying denied"));
    }

    #[test]
    fn the_log_gets_no_addresses() {
        let said = "permanent error (550): 5.1.1 <ann@meadow.test>: unknown";
        assert_eq!(without_addresses(said), "permanent error (550): 5.1.1 (address) unknown");
    }
}
