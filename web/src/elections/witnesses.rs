//! Asks witnesses to sign the checkpoints of ballot boxes (C2SP `tlog-witness`), so that nobody can be shown another box than
//! everybody else (requirement BRD-05). What waits for the announcement is shown to no witness either.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folkmoot_ballot::receipt::{SignedCheckpoint, VerifierKey};
use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election, ballot_box, witnesses as table};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::config::Witness;
use crate::error::{AppError, AppResult};
use crate::jobs::Job;

/// States in which a ballot box exists and may have grown.
const WITH_BOX: &[&str] = &[
    "rehearsed",
    "open",
    "suspended",
    "referred",
    "closed",
    "void",
    "quorum_ok",
    "shuffling",
    "decrypting",
    "counted",
    "allocated",
    "certified",
    "published",
];

/// Most bytes of a witness's answer.
const MOST: u64 = 64 * 1024;

/// Asks every witness about every ballot box that has grown.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskWitnesses {}

impl Job for AskWitnesses {
    const KIND: &'static str = "elections.ask_witnesses";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        if app.config().witnesses.is_empty() {
            return Ok(());
        }
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        let post = |url: &str, body: &str| -> anyhow::Result<(u16, String)> {
            let answer = agent.post(url).header("content-type", "text/plain").send(body)?;
            let status = answer.status().as_u16();
            Ok((status, answer.into_body().into_with_config().limit(MOST).read_to_string()?))
        };
        ask_all(app, &app.config().witnesses, &post)
    }
}

/// How a request reaches a witness: address and body; status and body of the answer.
pub type Post<'a> = &'a dyn Fn(&str, &str) -> anyhow::Result<(u16, String)>;

/// Asks all of `witnesses`; one that does not answer keeps nobody else waiting.
///
/// # Errors
/// What went wrong with any of them.
pub fn ask_all(app: &App, witnesses: &[Witness], post: Post<'_>) -> anyhow::Result<()> {
    let boxes = app.store().read(|c| Ok::<_, AppError>(elections::in_states(c, WITH_BOX)?))?;
    let mut failed = Vec::new();
    for election in boxes.iter().filter(|e| e.election_json.is_some()) {
        for witness in witnesses {
            if let Err(error) = ask(app, election, witness, post) {
                failed.push(format!("{}, {}: {error:#}", election.slug, witness.url));
            }
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// How many events the public sees.
fn public_size(conn: &mut Conn, election: &Election) -> AppResult<i64> {
    let size = ballot_box::log_state(conn, election.id)?.map_or(0, |s| s.size);
    Ok(election.public_height.map_or(size, |last| size.min(last + 1)))
}

fn ask(app: &App, election: &Election, witness: &Witness, post: Post<'_>) -> anyhow::Result<()> {
    let key = VerifierKey::parse(&witness.key)?;
    let (size, seen, note) = app.store().read(|c| {
        let size = public_size(c, election)?;
        let seen = table::last_size(c, election.id, key.name())?.unwrap_or(0);
        Ok::<_, AppError>((size, seen, ballot_box::checkpoint_at(c, election.id, size)?))
    })?;
    let Some(note) = note.filter(|_| size > seen) else { return Ok(()) };
    let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
    let (mut status, mut answer) = post(&url, &request(app, election, seen, size, &note)?)?;
    if status == 409 {
        // It has seen more, or has forgotten; it says which size it knows.
        let known: i64 = answer.trim().parse().context("it answers 409 without a size")?;
        ensure!(known <= size, "it has signed a checkpoint of {known} events; this server has {size}");
        (status, answer) = post(&url, &request(app, election, known, size, &note)?)?;
    }
    if status != 200 {
        bail!("it answers {status}: {}", answer.chars().take(200).collect::<String>());
    }
    let line = answer
        .lines()
        .find(|l| l.contains(key.name()))
        .context("its answer holds no signature of its own")?;
    let signed = SignedCheckpoint::parse(&format!("{note}{line}\n"))?;
    ensure!(
        signed.cosignatures(std::slice::from_ref(&key))?.len() == 1,
        "its answer holds no signature of its own"
    );
    app.store().write(|c| Ok::<_, AppError>(table::insert(c, election.id, size, key.name(), line)?))?;
    Ok(())
}

/// The size seen before, the proof that the checkpoint extends it, and the checkpoint.
fn request(app: &App, election: &Election, old: i64, size: i64, note: &str) -> anyhow::Result<String> {
    let held = app.boxes().get_now(app, election)?;
    let (from, to) = (u64::try_from(old)?, u64::try_from(size)?);
    let proof = match from == 0 || from == to {
        true => Vec::new(),
        false => app.store().read(|c| held.log.consistency(c, election, from, to))?,
    };
    let lines: String = proof.iter().map(|h| format!("{}\n", STANDARD.encode(h))).collect();
    Ok(format!("old {old}\n{lines}\n{note}"))
}

/// The newest checkpoint that the public sees, with what witnesses signed below it; with `witnessed`, the newest one that a
/// witness has signed.
///
/// # Errors
/// `NotFound` when there is none.
pub(super) fn checkpoint(conn: &mut Conn, election: &Election, witnessed: bool) -> AppResult<String> {
    let most = public_size(conn, election)?;
    let size = match witnessed {
        true => table::newest(conn, election.id, most)?.ok_or_else(AppError::not_found)?,
        false => most,
    };
    let mut note = ballot_box::checkpoint_at(conn, election.id, size)?.ok_or_else(AppError::not_found)?;
    for line in table::lines(conn, election.id, size)? {
        note.push_str(&line);
        note.push('\n');
    }
    Ok(note)
}
