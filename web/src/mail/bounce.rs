//! Mail that came back. Reports (RFC 3464 delivery status, RFC 5965 complaints) arrive as a mailbox file or by a hook; the
//! mail is found by the return path it was sent with, or by its Message-ID.

use folkmoot_store::mails::{self, Mail, MailEvent, MailKind, SuppressionReason};
use folkmoot_store::{Conn, PublicId, Utc};

use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::keys::Keys;

/// Longest part of a report that is looked at, in bytes.
const LOOKED_AT: usize = 256 * 1024;
/// So many of the last mails came back: the address is not written to any more, whatever the servers said.
const BOUNCES: usize = 3;

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It came back for good; `address` tells that the address itself is the reason.
    Failed {
        /// The address does not exist or is closed.
        address: bool,
    },
    /// Still under way.
    Delayed,
    /// The recipient calls it unwanted.
    Complaint,
}

/// A report about one of our mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which mail.
    pub mail: PublicId,
    /// What happened.
    pub verdict: Verdict,
    /// In the words of the server.
    pub detail: String,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// The ledger has it now.
    New,
    /// The ledger had it, or the mail is gone.
    Nothing,
}

/// The return path of a mail: `bounces+ID-PROOF@host`. The proof keeps strangers from inventing bounces.
#[must_use]
pub fn return_path(keys: &Keys, bounce_address: &str, id: &PublicId) -> String {
    let (local, host) = bounce_address.split_once('@').unwrap_or((bounce_address, "localhost"));
    let plain = id.as_str().replace('-', "");
    format!("{local}+{plain}-{}@{host}", proof(keys, &plain))
}

fn proof(keys: &Keys, plain_id: &str) -> String {
    let tag = keys.tag("return path", plain_id.as_bytes());
    tag.iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// Reads a report. `None` when it is no report, or about no mail of ours.
#[must_use]
pub fn read(keys: &Keys, message: &[u8]) -> Option<Report> {
    let text = String::from_utf8_lossy(message.get(..LOOKED_AT).unwrap_or(message)).into_owned();
    let verdict = verdict(&text)?;
    let mail = by_return_path(keys, &text).or_else(|| by_message_id(&text))?;
    let detail = field(&text, "diagnostic-code")
        .or_else(|| field(&text, "status"))
        .or_else(|| field(&text, "feedback-type"))
        .unwrap_or_default();
    Some(Report { mail, verdict, detail: detail.chars().take(400).collect() })
}

fn verdict(text: &str) -> Option<Verdict> {
    if field(text, "feedback-type").is_some() {
        return Some(Verdict::Complaint);
    }
    let status = field(text, "status").unwrap_or_default();
    let action = field(text, "action").unwrap_or_default().to_lowercase();
    let class = status.trim_start().split('.').next().unwrap_or("");
    match (action.as_str(), class) {
        ("failed", "5" | "") | ("", "5") => {
            let address = status.starts_with("5.1.") || status.starts_with("5.2.1");
            Some(Verdict::Failed { address })
        }
        // Given up after days of temporary faults.
        ("failed", _) => Some(Verdict::Failed { address: false }),
        ("delayed", _) | ("", "4") => Some(Verdict::Delayed),
        _ => None,
    }
}

/// Value of the first line `name: …`, with continuation lines.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once(':') else { continue };
        if !key.eq_ignore_ascii_case(name) {
            continue;
        }
        let mut value = value.trim().to_owned();
        for more in lines.by_ref().take(20) {
            if !more.starts_with([' ', '\t']) {
                break;
            }
            value.push(' ');
            value.push_str(more.trim());
        }
        return Some(value.chars().filter(|c| !c.is_control()).collect());
    }
    None
}

/// `+ID-PROOF@` anywhere in the text, with a proof that fits.
fn by_return_path(keys: &Keys, text: &str) -> Option<PublicId> {
    text.split('+').skip(1).find_map(|after| {
        let (plain, rest) = after.split_at_checked(32)?;
        let (given, rest) = rest.strip_prefix('-')?.split_at_checked(12)?;
        let fits = rest.starts_with('@') && given == proof(keys, plain);
        if fits { dashed(plain) } else { None }
    })
}

/// `<UUID@…>` in a line `Message-ID:` of the mail that the report carries along.
fn by_message_id(text: &str) -> Option<PublicId> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        if !key.eq_ignore_ascii_case("message-id") {
            return None;
        }
        PublicId::parse(value.trim().strip_prefix('<')?.split('@').next()?)
    })
}

fn dashed(plain: &str) -> Option<PublicId> {
    let parts =
        [plain.get(..8)?, plain.get(8..12)?, plain.get(12..16)?, plain.get(16..20)?, plain.get(20..)?];
    PublicId::parse(&parts.join("-"))
}

/// The messages of a mailbox file in the format of Unix; a file without a `From ` line is one message.
#[must_use]
pub fn messages(mailbox: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = Vec::new();
    if mailbox.starts_with(b"From ") {
        starts.push(0);
    }
    let marks = mailbox.windows(6).enumerate().filter(|(_, w)| *w == b"\nFrom ").map(|(i, _)| i + 1);
    starts.extend(marks);
    if starts.is_empty() {
        return if mailbox.is_empty() { Vec::new() } else { vec![mailbox] };
    }
    let ends = starts.iter().skip(1).copied().chain([mailbox.len()]);
    starts.iter().zip(ends).filter_map(|(from, to)| mailbox.get(*from..to)).collect()
}

/// Writes a report into the ledger; an address that does not work is put on the suppression list. Doing it twice is the same
/// as doing it once.
///
/// # Errors
/// A database error.
pub fn note(app: &App, report: &Report) -> AppResult<Noted> {
    let now = app.now();
    app.store().write(|c| {
        use folkmoot_store::diesel::OptionalExtension;
        let Some(mail) = mails::mail(c, &report.mail).optional()? else { return Ok(Noted::Nothing) };
        apply(c, &mail, report, now)
    })
}

fn apply(conn: &mut Conn, mail: &Mail, report: &Report, now: Utc) -> AppResult<Noted> {
    let detail = report.detail.as_str();
    match report.verdict {
        Verdict::Delayed => mails::note(conn, mail.id, MailEvent::Delayed, detail, now)?,
        Verdict::Complaint => {
            let known = mails::entries_of(conn, mail.id)?.iter().any(|e| e.event == MailEvent::Complained);
            if known {
                return Ok(Noted::Nothing);
            }
            mails::note(conn, mail.id, MailEvent::Complained, detail, now)?;
            if mail.kind == MailKind::Optional {
                mails::suppress(conn, &mail.recipient, SuppressionReason::Complained, detail, None, now)?;
            }
        }
        Verdict::Failed { address } => {
            if !mails::bounced(conn, mail, detail, now)? {
                return Ok(Noted::Nothing);
            }
            let again_and_again = mails::recent_bounces(conn, &mail.recipient, 3)? >= BOUNCES;
            if address || again_and_again {
                mails::suppress(conn, &mail.recipient, SuppressionReason::Bounced, detail, None, now)?;
            }
        }
    }
    Ok(Noted::New)
}

/// Reads every report of a mailbox and notes it. Returns how many were noted, known already, and not understood.
///
/// # Errors
/// A database error.
pub fn note_all(app: &App, mailbox: &[u8]) -> Result<(usize, usize, usize), AppError> {
    let (mut new, mut known, mut other) = (0, 0, 0);
    for message in messages(mailbox) {
        match read(app.keys(), message) {
            None => other += 1,
            Some(report) => match note(app, &report)? {
                Noted::New => new += 1,
                Noted::Nothing => known += 1,
            },
        }
    }
    Ok((new, known, other))
}
