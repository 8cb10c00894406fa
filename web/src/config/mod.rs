//! Settings of the program: a TOML file, then environment variables, into one struct that refuses unknown names.
//!
//! `FOLKMOOT_PUBLIC_URL` sets `public_url`; two underscores step into a section: `FOLKMOOT_MAIL__SMTP_URL` sets `smtp_url`
//! in `[mail]`. `folkmoot config check` prints what is in force.

mod payments;
mod sections;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};
use url::Url;

pub use payments::Payments;
pub use sections::{Http, Log, LogFormat, Mail, MailTransport, Passwords, Reports, Sessions, Witness};

/// All settings. Every field has a default but the public URL, which only `demo` invents.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address people use, for example `https://votes.example.org`. Links in mails are built from it alone.
    pub public_url: String,
    /// Where to listen, for example `127.0.0.1:8080`.
    pub listen: String,
    /// Folder for the database, the key file and files derived from the database.
    pub data_folder: PathBuf,
    /// `sqlite:PATH` or `postgres://…`. Empty: `folkmoot.db` in the data folder.
    pub database_url: String,
    /// The installation's secret key. Empty: `key` in the data folder. Several processes must share it.
    pub key_file: PathBuf,
    /// Run jobs and send mail inside `serve`; off when `folkmoot worker` runs beside it.
    pub work_inside: bool,
    /// Limits of the HTTP server.
    pub http: Http,
    /// How long people stay signed in.
    pub sessions: Sessions,
    /// Cost of password hashes.
    pub passwords: Passwords,
    /// How mail leaves.
    pub mail: Mail,
    /// How dues are paid.
    pub payments: Payments,
    /// Who signs the checkpoints of ballot boxes besides this server.
    pub witnesses: Vec<Witness>,
    /// How scripted reports are held.
    pub reports: Reports,
    /// What is logged.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".into(),
            listen: "127.0.0.1:8080".into(),
            data_folder: "data".into(),
            database_url: String::new(),
            key_file: PathBuf::new(),
            work_inside: true,
            http: Http::default(),
            sessions: Sessions::default(),
            passwords: Passwords::default(),
            mail: Mail::default(),
            payments: Payments::default(),
            witnesses: Vec::new(),
            reports: Reports::default(),
            log: Log::default(),
        }
    }
}

impl Config {
    /// Reads `file` (if given), then the variables, then checks the whole.
    ///
    /// # Errors
    /// One sentence that names the file, the setting and what to write.
    pub fn load(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let mut table = match file {
            None => toml::Table::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|e| {
                    let said = crate::server::said(&e);
                    anyhow!(
                        "cannot read the settings file {}: {said}; write the path of yours after --config",
                        path.display()
                    )
                })?;
                // Parsed as `Config` first, because that error names line and column.
                toml::from_str::<Self>(&text).map_err(|e| in_file(path, &text, &e))?;
                text.parse().map_err(|e| in_file(path, &text, &e))?
            }
        };
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix("FOLKMOOT_") {
                set(&mut table, &key.to_lowercase(), &value)
                    .with_context(|| format!("in the environment variable {name}"))?;
                // Tried after each, so that the message can name the variable.
                table
                    .clone()
                    .try_into::<Self>()
                    .map_err(|e| anyhow!("in the environment variable {name}: {}", plain(e.message())))?;
            }
        }
        let config: Self = table.try_into()?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn check(&self) -> anyhow::Result<()> {
        let url = self.url()?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            _ => bail!("public_url must begin with https:// (http:// is accepted for localhost only)"),
        }
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            bail!("public_url must be scheme, host and port alone, for example https://votes.example.org");
        }
        self.http.check()?;
        self.passwords.check()?;
        self.mail.check()?;
        self.payments.check()?;
        self.witnesses.iter().try_for_each(Witness::check)
    }

    /// The public URL, parsed.
    ///
    /// # Errors
    /// When it is none.
    pub fn url(&self) -> anyhow::Result<Url> {
        Url::parse(&self.public_url)
            .with_context(|| format!("public_url {:?} is no address", self.public_url))
    }

    /// True when cookies can be `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Scheme, host and port as a browser writes them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url().map(|u| u.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Host and port as a browser writes them in `Host`.
    #[must_use]
    pub fn host(&self) -> String {
        self.origin().split_once("://").map(|(_, host)| host.to_owned()).unwrap_or_default()
    }

    /// The database's address with the default filled in.
    #[must_use]
    pub fn database(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite:{}", self.data_folder.join("folkmoot.db").display())
        } else {
            self.database_url.clone()
        }
    }

    /// The key file with the default filled in.
    #[must_use]
    pub fn key_path(&self) -> PathBuf {
        if self.key_file.as_os_str().is_empty() {
            self.data_folder.join("key")
        } else {
            self.key_file.clone()
        }
    }

    /// The settings as TOML, with passwords in addresses replaced.
    ///
    /// # Errors
    /// Never for values that came through `load`.
    pub fn shown(&self) -> anyhow::Result<String> {
        let mut copy = self.clone();
        for address in [&mut copy.database_url, &mut copy.mail.smtp_url] {
            if let Ok(mut url) = Url::parse(address)
                && url.password().is_some()
                && url.set_password(Some("********")).is_ok()
            {
                *address = url.to_string();
            }
        }
        if !copy.mail.bounce_secret.is_empty() {
            copy.mail.bounce_secret = "********".into();
        }
        copy.payments.hide();
        Ok(toml::to_string_pretty(&copy)?)
    }
}

/// One sentence that names file and line.
fn in_file(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    anyhow!("in {}, line {line}: {}", path.display(), plain(error.message()))
}

/// The parser's words without line breaks and without names of machine types.
fn plain(message: &str) -> String {
    let one_line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    ["usize", "u64", "u32", "u16", "i64"]
        .iter()
        .fold(one_line, |text, kind| text.replace(&format!("expected {kind}"), "expected a whole number"))
}

/// Puts `value` at `key`, where `__` separates section and name. Numbers and truth values are recognised.
fn set(table: &mut toml::Table, key: &str, value: &str) -> anyhow::Result<()> {
    let parsed = match value.parse::<i64>() {
        Ok(n) => toml::Value::Integer(n),
        Err(_) => match value {
            "true" => toml::Value::Boolean(true),
            "false" => toml::Value::Boolean(false),
            _ if value.starts_with('[') => {
                let wrapped: toml::Table = format!("v = {value}").parse()?;
                wrapped.get("v").cloned().unwrap_or(toml::Value::Boolean(false))
            }
            text => toml::Value::String(text.into()),
        },
    };
    match key.split_once("__") {
        None => {
            table.insert(key.into(), parsed);
        }
        Some((section, name)) => {
            let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            let Some(section) = section.as_table_mut() else { bail!("this setting is no section") };
            section.insert(name.into(), parsed);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
        Config::load(None, pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())))
    }

    #[test]
    fn the_environment_overrides_and_unknown_names_are_refused() {
        let config = from(&[
            ("FOLKMOOT_PUBLIC_URL", "https://votes.example.org"),
            ("FOLKMOOT_HTTP__MAX_CONNECTIONS", "77"),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!(config.http.max_connections, 77);
        assert_eq!((config.host().as_str(), config.is_https()), ("votes.example.org", true));
        let error = format!("{:#}", from(&[("FOLKMOOT_HTTP__MAX_CONECTIONS", "77")]).unwrap_err());
        assert!(error.contains("max_conections"), "{error}");
    }

    #[test]
    fn a_file_with_a_wrong_key_names_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folkmoot.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nlisten_on = 3\n").unwrap();
        let error = format!("{:#}", Config::load(Some(&path), std::iter::empty()).unwrap_err());
        assert!(error.contains("listen_on") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn plain_http_is_for_localhost_only() {
        assert!(from(&[("FOLKMOOT_PUBLIC_URL", "http://votes.example.org")]).is_err());
        assert!(from(&[("FOLKMOOT_PUBLIC_URL", "http://localhost:9")]).is_ok());
        assert!(from(&[("FOLKMOOT_PUBLIC_URL", "https://votes.example.org/path")]).is_err());
    }

    #[test]
    fn mail_never_leaves_the_machine_unencrypted() {
        let with = |url| from(&[("FOLKMOOT_MAIL__TRANSPORT", "smtp"), ("FOLKMOOT_MAIL__SMTP_URL", url)]);
        for good in [
            "smtps://u:p@mail.example.org",
            "smtp://u:p@mail.example.org?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://localhost",
        ] {
            assert!(with(good).is_ok(), "{good}");
        }
        for bad in
            ["smtp://u:p@mail.example.org", "smtp://mail.example.org?tls=opportunistic", "mail.example.org"]
        {
            let error = format!("{:#}", with(bad).unwrap_err());
            assert!(error.contains("unencrypted"), "{bad}: {error}");
        }
        let bounce = |address| from(&[("FOLKMOOT_MAIL__BOUNCE_ADDRESS", address)]);
        assert!(bounce("bounces@votes.example.org").is_ok());
        for bad in ["bounces", "a+b@example.org", "undeliverable-mail@example.org"] {
            assert!(bounce(bad).is_err(), "{bad}");
        }
        assert!(from(&[("FOLKMOOT_MAIL__BOUNCE_SECRET", "short")]).is_err());
    }

    #[test]
    fn passwords_in_addresses_are_not_shown() {
        let config = from(&[("FOLKMOOT_DATABASE_URL", "postgres://u:geheim@h/n")]).unwrap();
        let text = config.shown().unwrap();
        assert!(!text.contains("geheim") && text.contains("u:*"), "{text}");
    }
}
