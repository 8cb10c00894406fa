//! One browser's worth of HTTP: a session, and what pages send.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use chrono::TimeDelta;
use folkmoot_store::PersonId;
use folkmoot_store::accounts::{self, Strength};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::AppError;
use crate::http::session::{new_token, token_hash};

/// Most bytes of an answer.
const MOST: u64 = 1 << 30;

/// Somebody with a session, or nobody in particular.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    cookie: String,
}

/// What a form sends.
type Fields<'a> = &'a [(&'a str, &'a str)];

impl Client {
    /// Nobody in particular.
    pub fn visitor(app: &App) -> Self {
        let agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(600)))
            // The server lets go of idle connections after 15 s; a ballot must not be sent into one of those.
            .max_idle_age(Duration::from_secs(5))
            .build();
        Self { agent: agent.into(), base: app.config().public_url.clone(), cookie: String::new() }
    }

    /// Somebody who has just signed in with a second factor.
    pub fn of(app: &App, person: PersonId) -> anyhow::Result<Self> {
        let (token, now) = (new_token(app)?, app.now());
        let (hash, expires) = (token_hash(&token), now.plus(TimeDelta::days(14)));
        app.store().write(|c| {
            accounts::add_session(c, &hash, person, Strength::SecondFactor, "Replay", expires, now)?;
            Ok::<_, AppError>(())
        })?;
        Ok(Self { cookie: format!("folkmoot-session={token}"), ..Self::visitor(app) })
    }

    fn read(
        &self,
        path: &str,
        answer: ureq::http::Response<ureq::Body>,
    ) -> anyhow::Result<(u16, String, Vec<u8>)> {
        let status = answer.status().as_u16();
        let to =
            answer.headers().get("location").and_then(|l| l.to_str().ok()).unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        let reader = answer.into_body().into_with_config().limit(MOST).reader();
        reader.take(MOST).read_to_end(&mut bytes).with_context(|| format!("{path} broke off"))?;
        Ok((status, to, bytes))
    }

    /// The session, as the browser sends it.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// The bytes at an address that must be there.
    pub fn download(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let asked = self.agent.get(format!("{}{path}", self.base)).header("cookie", &self.cookie).call()?;
        let (status, _, bytes) = self.read(path, asked)?;
        ensure!(status == 200, "{path} answers {status}");
        Ok(bytes)
    }

    /// A page as text.
    pub fn page(&self, path: &str) -> anyhow::Result<String> {
        Ok(String::from_utf8(self.download(path)?)?)
    }

    /// A JSON document.
    pub fn json(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.download(path)?)?)
    }

    /// Sends JSON as a page's script does; what came back.
    pub fn send(&self, path: &str, proof: &str, body: &Value) -> anyhow::Result<Value> {
        let sent = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("x-csrf-token", proof)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .send(body.to_string())?;
        let (status, _, bytes) = self.read(path, sent)?;
        let said = String::from_utf8_lossy(&bytes);
        ensure!(status == 200, "{path} answers {status}: {said}");
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Sends a form with the proof from `page`; where it leads.
    pub fn post(&self, page: &str, path: &str, fields: Fields<'_>) -> anyhow::Result<String> {
        let shown = self.page(page)?;
        let proof = between(&shown, "name=\"csrf\" value=\"", "\"").context("a page without a form")?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", proof).extend_pairs(fields);
        let sent = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .send(form.finish())?;
        let (status, to, _) = self.read(path, sent)?;
        if status != 303 {
            bail!("{path} answers {status}");
        }
        Ok(to)
    }

    /// The proof for casting that the booth of this voter is given.
    pub fn booth_proof(&self, election: &str) -> anyhow::Result<String> {
        let document = self.json(&format!("{election}/booth.json"))?;
        let proof = document.pointer("/cast/csrf").and_then(Value::as_str);
        Ok(proof.context("the booth is closed to a voter")?.to_owned())
    }

    /// Casts; the receipt must be there.
    pub fn cast(&self, election: &str, proof: &str, ballot: &str) -> anyhow::Result<()> {
        let answer = self.send(&format!("{election}/ballots"), proof, &json!({ "ballot": ballot }))?;
        let receipt = answer.get("receipt").and_then(Value::as_str).unwrap_or_default();
        ensure!(!receipt.is_empty(), "a ballot was accepted without a receipt");
        Ok(())
    }
}

/// The part of `text` between two marks.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
