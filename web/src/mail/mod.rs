//! Mail: each message is a folder of templates and a struct; it is queued in the transaction of the change it reports and
//! sent after the commit.
//!
//! ```ignore
//! mail! {
//!     /// Proves the address of somebody who signs up.
//!     pub struct ConfirmSignUp {
//!         /// Preferred name.
//!         name: String,
//!     }
//!     message "confirm_sign_up", kind Account, secret true,
//!     subject "mail/confirm_sign_up/subject.txt",
//!     text "mail/confirm_sign_up/body.txt",
//!     html "mail/confirm_sign_up/body.html"
//! }
//! mail::queue(conn, app, &Recipient::person(person, address), &ConfirmSignUp { name }, now)?;
//! ```
//! Optional mail says what it is about (`kind Optional, topic News, …`) and goes out through [`queue_optional`], which leaves
//! out people who declined it.
//!
//! In the templates the struct is `m`; the bodies extend `layout/mail.txt` and `layout/mail.html`.

pub mod bounce;
mod deliver;
mod hook;
mod many;
mod preferences;
mod routes;
pub mod sealed;
mod staff;
mod suppressed;
mod unsubscribe;

#[cfg(test)]
pub(crate) mod tests;

use folkmoot_store::accounts::Person;
use folkmoot_store::mails::{self, MailId, MailKind, MailTopic, NewMail};
use folkmoot_store::{Conn, PersonId, Utc};

use crate::app::App;
use crate::error::{AppError, AppResult};

pub use deliver::{Carrier, Mailer, Refusal, compose};
pub use routes::routes;

/// Whom a mail goes to.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The person, when there is one yet.
    pub person: Option<PersonId>,
    /// Address.
    pub address: String,
}

impl Recipient {
    /// A person at one of their addresses.
    pub fn person(person: PersonId, address: impl Into<String>) -> Self {
        Self { person: Some(person), address: address.into() }
    }

    /// An address that belongs to nobody yet.
    pub fn address(address: impl Into<String>) -> Self {
        Self { person: None, address: address.into() }
    }
}

/// What every mail shows around its content.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The organisation's name.
    pub site_name: String,
    /// Postal and web address of the sender.
    pub address: String,
    /// Address for unsubscribing; empty for mail that cannot be declined.
    pub unsubscribe: String,
}

/// A message with its three templates; implemented by [`crate::mail!`].
pub trait Message {
    /// Name of the template folder.
    const NAME: &'static str;
    /// Why it is sent.
    const KIND: MailKind;
    /// What it is about; for optional mail.
    const TOPIC: Option<MailTopic>;
    /// The bodies hold a secret: sealed in the database, removed after sending.
    const SECRET: bool;

    /// Renders subject, plain part and HTML part.
    ///
    /// # Errors
    /// When a template fails.
    fn render(&self, frame: &Frame) -> askama::Result<(String, String, String)>;
}

/// Declares a message; see the module's documentation.
#[macro_export]
macro_rules! mail {
    (
        $(#[$doc:meta])* pub struct $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)? }
        message $message:tt, kind $kind:ident, $(topic $topic:ident,)? secret $secret:tt,
        subject $subject:tt, text $text:tt, html $html:tt
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),* }

        const _: () = {
            #[derive(askama::Template)]
            #[template(path = $subject)]
            #[allow(dead_code, reason = "a template need not use every field")]
            struct Subject<'a> { m: &'a $name, site_name: &'a str }
            #[derive(askama::Template)]
            #[template(path = $text)]
            #[allow(dead_code, reason = "a template need not use every field")]
            struct Text<'a> { m: &'a $name, site_name: &'a str, address: &'a str, unsubscribe: &'a str }
            #[derive(askama::Template)]
            #[template(path = $html)]
            #[allow(dead_code, reason = "a template need not use every field")]
            struct Html<'a> {
                m: &'a $name, site_name: &'a str, address: &'a str, unsubscribe: &'a str, lang: &'a str, dir: &'a str,
            }

            impl $crate::mail::Message for $name {
                const NAME: &'static str = $message;
                const KIND: folkmoot_store::mails::MailKind = folkmoot_store::mails::MailKind::$kind;
                #[allow(unused_mut, unused_assignments, reason = "only optional mail has a topic")]
                const TOPIC: Option<folkmoot_store::mails::MailTopic> = {
                    let mut topic = None;
                    $(topic = Some(folkmoot_store::mails::MailTopic::$topic);)?
                    topic
                };
                const SECRET: bool = $secret;

                fn render(&self, frame: &$crate::mail::Frame) -> askama::Result<(String, String, String)> {
                    use askama::Template;
                    let (site_name, address) = (frame.site_name.as_str(), frame.address.as_str());
                    let unsubscribe = frame.unsubscribe.as_str();
                    Ok((
                        Subject { m: self, site_name }.render()?,
                        Text { m: self, site_name, address, unsubscribe }.render()?,
                        Html { m: self, site_name, address, unsubscribe, lang: "en", dir: "ltr" }.render()?,
                    ))
                }
            }
        };
    };
}

/// Queues a notice or a mail about the person's own account in the transaction at hand.
///
/// # Errors
/// A database error, or a template that fails.
pub fn queue<M: Message>(
    conn: &mut Conn,
    app: &App,
    to: &Recipient,
    message: &M,
    now: Utc,
) -> AppResult<MailId> {
    put(conn, app, to, message, "", now)
}

/// Queues optional mail to a person, with an address for stopping it. `None` when the person declined it or the address is
/// on the suppression list.
///
/// # Errors
/// A database error, a template that fails, or a message without a topic.
pub fn queue_optional<M: Message>(
    conn: &mut Conn,
    app: &App,
    person: &Person,
    address: &str,
    message: &M,
    now: Utc,
) -> AppResult<Option<MailId>> {
    let topic =
        M::TOPIC.ok_or_else(|| AppError::internal(format!("the message {} has no topic", M::NAME)))?;
    if !mails::wants(conn, person.id, topic)? || mails::suppression(conn, address)?.is_some() {
        return Ok(None);
    }
    let stop = unsubscribe::address(app, &person.public_id, topic);
    put(conn, app, &Recipient::person(person.id, address), message, &stop, now).map(Some)
}

fn put<M: Message>(
    conn: &mut Conn,
    app: &App,
    to: &Recipient,
    message: &M,
    unsubscribe: &str,
    now: Utc,
) -> AppResult<MailId> {
    let organisation = app.organisation();
    let address = match organisation.postal_address.as_str() {
        "" => app.link("/"),
        postal => format!("{postal}, {}", app.link("/")),
    };
    let frame = Frame { site_name: organisation.name.clone(), address, unsubscribe: unsubscribe.to_owned() };
    let (subject, text, html) = message.render(&frame)?;
    let public_id = app.public_id()?;
    let (text, html) = (without_controls(text.trim_start()), without_controls(html.trim_start()));
    let (body_text, body_html) =
        if M::SECRET { (sealed::seal(app, &public_id, &text, &html)?, None) } else { (text, Some(html)) };
    let new = NewMail {
        public_id,
        kind: M::KIND,
        topic: M::TOPIC,
        message: M::NAME.into(),
        person_id: to.person,
        recipient: to.address.clone(),
        subject: one_line(&subject),
        body_text,
        body_html,
        unsubscribe: (!unsubscribe.is_empty()).then(|| unsubscribe.to_owned()),
        is_secret: M::SECRET,
    };
    Ok(mails::queue(conn, &new, now)?)
}

/// A header's value: one line without control characters and without characters that turn the direction of text, which
/// could make it read as something else (requirement IO-03).
fn one_line(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    text.split(|c: char| c.is_control() || c.is_whitespace() || turns(c))
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A body: line breaks and tabs stay, other control characters go; a database may refuse them (requirement IO-03).
fn without_controls(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
