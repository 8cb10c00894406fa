//! Sending what was queued. The relay's answer decides: accepted, try later, or never. A relay that is down loses nothing:
//! attempts go on for four days (requirement REL-04).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::TimeDelta;
use folkmoot_store::Utc;
use folkmoot_store::mails::{self, Delivery, Mail};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Message, SmtpTransport, Transport};

use crate::app::App;
use crate::config::MailTransport;
use crate::error::{AppError, AppResult};

/// How long a worker may take for one mail.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long a mail is tried.
const PATIENCE: TimeDelta = TimeDelta::days(4);

/// Sends mails one after the other.
pub struct Mailer {
    app: App,
    worker: String,
    way: Way,
}

enum Way {
    Smtp(Box<SmtpTransport>),
    File(PathBuf),
    Keep,
}

enum Refusal {
    Later(String),
    Never(String),
}

impl Mailer {
    /// Prepares the transport the settings name. Opens no connection yet.
    ///
    /// # Errors
    /// One sentence when the settings cannot work.
    pub fn new(app: App, worker: String) -> anyhow::Result<Self> {
        let settings = &app.config().mail;
        let way = match settings.transport {
            MailTransport::Keep => Way::Keep,
            MailTransport::File => {
                let folder = app.config().data_folder.join("mail");
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot make the folder for mail {}", folder.display()))?;
                Way::File(folder)
            }
            MailTransport::Smtp => {
                let builder = SmtpTransport::from_url(&settings.smtp_url)
                    .map_err(|_| anyhow!("in [mail], smtp_url is no address of a mail server"))?;
                Way::Smtp(Box::new(builder.timeout(Some(Duration::from_secs(30))).build()))
            }
        };
        Ok(Self { app, worker, way })
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
        let claimed =
            self.app.store().write(|c| Ok::<_, AppError>(mails::claim(c, &self.worker, LEASE, now)?))?;
        let Some(mail) = claimed else { return Ok(false) };
        // A panic inside the mail library must not end the worker (requirement IO-03).
        let outcome = catch_unwind(AssertUnwindSafe(|| self.attempt(&mail)))
            .unwrap_or_else(|_| Err(Refusal::Never("the mail library failed on this message".into())));
        let now = self.app.now();
        let what = match outcome {
            Ok(()) => Delivery::Sent { keep_bodies: matches!(self.way, Way::Keep) },
            Err(Refusal::Never(why)) => Delivery::Failed(why),
            Err(Refusal::Later(why)) if now.since(mail.created_at) >= PATIENCE => Delivery::Failed(why),
            Err(Refusal::Later(why)) => Delivery::Deferred(next_try(&mail, now), why),
        };
        match &what {
            Delivery::Sent { .. } => {
                tracing::info!(mail = %mail.public_id, message = mail.message, "mail sent")
            }
            Delivery::Deferred(_, why) => tracing::warn!(mail = %mail.public_id, why, "mail put off"),
            Delivery::Failed(why) => tracing::error!(mail = %mail.public_id, why, "mail given up"),
        }
        self.app.store().write(|c| Ok::<_, AppError>(mails::settle(c, &mail, &self.worker, &what, now)?))?;
        Ok(true)
    }

    fn attempt(&self, mail: &Mail) -> Result<(), Refusal> {
        let message = compose(&self.app, mail).map_err(|e| Refusal::Never(format!("{e:#}")))?;
        match &self.way {
            Way::Keep => Ok(()),
            Way::File(folder) => {
                let path = folder.join(format!("{}.eml", mail.public_id));
                std::fs::write(path, message.formatted()).map_err(|e| Refusal::Later(e.to_string()))
            }
            Way::Smtp(server) => match server.send(&message) {
                Ok(_) => Ok(()),
                Err(e) if e.is_permanent() => Err(Refusal::Never(e.to_string())),
                Err(e) => Err(Refusal::Later(e.to_string())),
            },
        }
    }
}

/// The message as it leaves, headers included.
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
            builder.multipart(MultiPart::alternative_plain_html(mail.body_text.clone(), html.clone()))?
        }
        None => builder.body(mail.body_text.clone())?,
    })
}

/// One minute after the first attempt, doubling, at most four hours.
fn next_try(mail: &Mail, now: Utc) -> Utc {
    let doublings = u32::try_from(mail.attempts.clamp(1, 9) - 1).unwrap_or(0);
    now.plus(TimeDelta::minutes((1_i64 << doublings).min(240)))
}
