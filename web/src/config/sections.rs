//! One struct for each section of the settings file.

use std::net::IpAddr;

use anyhow::bail;
use serde::{Deserialize, Serialize};

/// `[http]`: limits that keep slow and greedy clients from hurting others (requirement WEB-05).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Threads that answer requests.
    pub workers: usize,
    /// Open connections for each of these threads; more wait outside.
    pub max_connections: usize,
    /// Seconds within which the head of a request must arrive.
    pub head_seconds: u64,
    /// Seconds within which the body of a request must arrive.
    pub body_seconds: u64,
    /// Seconds an idle connection is kept.
    pub keep_alive_seconds: u64,
    /// Largest body of a form, in KiB. Routes for files and ballots set their own limit.
    pub body_kib: usize,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            workers: 2,
            max_connections: 4096,
            head_seconds: 5,
            body_seconds: 15,
            keep_alive_seconds: 15,
            body_kib: 256,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Http {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.workers == 0 || self.max_connections == 0 || self.body_kib == 0 {
            bail!("in [http], workers, max_connections and body_kib must be at least 1");
        }
        if self.body_seconds == 0 || self.head_seconds == 0 {
            bail!("in [http], head_seconds and body_seconds must be at least 1");
        }
        Ok(())
    }
}

/// `[sessions]`: how long people stay signed in (requirement AUT-02).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Hours without use after which a member is signed out.
    pub member_idle_hours: i64,
    /// Days after which a member is signed out in any case.
    pub member_days: i64,
    /// Minutes without use after which somebody with a role is signed out.
    pub staff_idle_minutes: i64,
    /// Hours after which somebody with a role is signed out in any case.
    pub staff_hours: i64,
    /// Minutes for which a proof of identity is fresh enough for sensitive acts.
    pub fresh_minutes: i64,
    /// Staff pages open only to who signed in with a second factor (requirement AUT-06). Turn off for demonstrations only.
    pub staff_second_factor: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            member_idle_hours: 12,
            member_days: 14,
            staff_idle_minutes: 30,
            staff_hours: 12,
            fresh_minutes: 5,
            staff_second_factor: true,
        }
    }
}

/// `[passwords]`: cost of argon2id (requirement AUT-01).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// Memory for one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Hashes computed at the same time.
    pub parallel: usize,
    /// Hashes that may wait for their turn; whoever comes after them is asked to try again in a moment.
    pub queue: usize,
    /// Accept a cost below the recommended minimum; for tests and demonstrations.
    pub allow_cheap: bool,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1, parallel: 2, queue: 100, allow_cheap: false }
    }
}

impl Passwords {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let enough = match self.passes {
            0 => false,
            1 => self.memory_kib >= 47_104,
            2 => self.memory_kib >= 19_456,
            _ => self.memory_kib >= 12_288,
        };
        if !enough && !self.allow_cheap {
            bail!(
                "in [passwords], the cost is below the recommended minimum; use memory_kib = 19456, passes = 2"
            );
        }
        Ok(())
    }
}

/// How mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// To the server of `smtp_url`.
    Smtp,
    /// One `.eml` file for each message in `mail/` of the data folder.
    File,
    /// Kept in the outbox table and marked as sent; the demonstration shows them from there.
    Keep,
}

/// `[mail]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// How mail leaves.
    pub transport: MailTransport,
    /// Sender, for example `Votes <votes@example.org>`.
    pub from: String,
    /// `smtps://user:password@host`, or `smtp://user:password@host?tls=required` for STARTTLS. Without TLS only for a server
    /// on this machine.
    pub smtp_url: String,
    /// Where undeliverable mail comes back to, for example `bounces@votes.example.org`. The number of the mail is added after
    /// a plus sign. Empty: the sender's address.
    pub bounce_address: String,
    /// Shared with the mail server that reports undeliverable mail to `/hooks/mail/bounce`. Empty: reports are not accepted.
    pub bounce_secret: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::File,
            from: "Folkmoot <folkmoot@localhost>".into(),
            smtp_url: String::new(),
            bounce_address: String::new(),
            bounce_secret: String::new(),
        }
    }
}

impl Mail {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.transport == MailTransport::Smtp && self.smtp_url.is_empty() {
            bail!(
                "in [mail], transport = \"smtp\" needs smtp_url, for example smtps://user:password@mail.example.org"
            );
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            bail!("in [mail], from must be an address, for example \"Votes <votes@example.org>\"");
        }
        if !self.smtp_url.is_empty() && !self.is_private() {
            bail!(
                "in [mail], smtp_url would send mail and password unencrypted; write smtps://… or add ?tls=required to smtp://…"
            );
        }
        if !self.bounce_address.is_empty()
            && (self.bounce_address.parse::<lettre::Address>().is_err()
                || self.bounce_address.contains('+')
                || self.bounce_address.find('@').is_some_and(|at| at > 14))
        {
            bail!(
                "in [mail], bounce_address must be an address with at most 14 characters and no plus sign before the @, for \
                 example bounces@votes.example.org"
            );
        }
        if !self.bounce_secret.is_empty() && self.bounce_secret.len() < 32 {
            bail!(
                "in [mail], bounce_secret must have at least 32 characters; make one with: openssl rand -hex 32"
            );
        }
        Ok(())
    }

    /// True when nobody between here and the mail server can read along.
    fn is_private(&self) -> bool {
        let Ok(url) = url::Url::parse(&self.smtp_url) else { return false };
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]" | "::1"));
        let required = url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
        url.scheme() == "smtps" || (url.scheme() == "smtp" && (local || required))
    }
}

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading in a terminal.
    Text,
}

/// `[reports]`: how scripted reports are held (requirement REP-01).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reports {
    /// Layers of the kernel that may be missing: `landlock`, `limits`, `seccomp`. Empty: a machine that lacks one runs no
    /// report. Name one only where those who write reports are trusted with the whole machine.
    pub may_lack: Vec<folkmoot_reports::Layer>,
}

/// `[log]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Form of the lines.
    pub format: LogFormat,
    /// Levels, for example `info` or `folkmoot=debug,warn`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, filter: "info".into() }
    }
}

/// `[[witnesses]]`: somebody who signs the checkpoints of ballot boxes (C2SP `tlog-witness`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Witness {
    /// Address below which `/add-checkpoint` answers.
    pub url: String,
    /// The key that checks its signatures: name+id+key, as `folkmoot witness` prints it.
    pub key: String,
}

impl Witness {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        use folkmoot_ballot::receipt::{KeyKind, VerifierKey};
        let local = ["http://localhost:", "http://127.0.0.1:", "http://[::1]:"];
        if !self.url.starts_with("https://") && !local.iter().any(|l| self.url.starts_with(l)) {
            bail!("in [[witnesses]], url must begin with https:// (http:// is accepted for localhost only)");
        }
        match VerifierKey::parse(&self.key) {
            Ok(key) if key.kind() == KeyKind::Witness => Ok(()),
            Ok(_) => bail!("in [[witnesses]], {:?} is the key of a ballot box, not of a witness", self.key),
            Err(error) => bail!("in [[witnesses]], {:?} is no key: {error}", self.key),
        }
    }
}
