//! The trustee document, as the page of the trustee reads it (`static/booth/README.md`).

use folkmoot_store::Utc;
use folkmoot_store::elections::trustees::TrusteeRow;
use serde_json::{Map, Value, json};

use super::ceremony;
use super::standing::{Due, Standing, kinds};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// The document for one trustee at `now`.
///
/// # Errors
/// `Internal` when what is stored cannot be read.
pub(super) fn document(
    app: &App,
    standing: &Standing,
    me: &TrusteeRow,
    csrf: &str,
    now: Utc,
) -> AppResult<Value> {
    let election = &standing.election;
    let slug = &election.slug;
    let due = standing.due(me, now);
    let board: Vec<Value> =
        standing.trustees.iter().map(|t| json!({ "name": t.name, "state": standing.words(t) })).collect();
    let mut document = json!({
        "format": "folkmoot-trustee-1",
        "election": { "uuid": election.uuid, "name": election.title, "group": standing.settings.group },
        "trustee": { "name": me.name, "index": me.position },
        "kind": if standing.is_threshold() { "threshold" } else { "single" },
        "size": standing.trustees.len(),
        "threshold": standing.needed(),
        "step": due.step(),
        "public_key": me.public_key,
        "inputs": inputs(app, standing, me, due)?,
        "archive_url": format!("/elections/{slug}/trustee/archive.bel"),
        "board": board,
        "submit": { "url": format!("/elections/{slug}/trustee"), "csrf": csrf },
    });
    if let (Some(fields), false) = (document.as_object_mut(), standing.settings.help.is_empty()) {
        let text = format!("Questions: {}", standing.settings.help);
        fields.insert("help".into(), json!({ "text": text, "url": format!("/elections/{slug}") }));
    }
    Ok(document)
}

fn inputs(app: &App, standing: &Standing, me: &TrusteeRow, due: Due) -> AppResult<Value> {
    let p = me.position;
    let mut inputs = Map::new();
    let mut put = |name: &str, value: Value| inputs.insert(name.to_owned(), value);
    if matches!(due, Due::Commit | Due::Share) {
        put("certs", list(standing, kinds::CERTIFICATE)?);
    }
    if matches!(due, Due::Reveal | Due::Share) {
        let all: Vec<&str> = standing.bodies(kinds::COMMITMENT).into_iter().map(|(_, body)| body).collect();
        put("commitments", json!(all));
    }
    match due {
        Due::Reveal => {
            put("sealed", json!(standing.body(p, kinds::SEALED)));
        }
        Due::Share => {
            put("seen", json!(standing.body(p, kinds::SEEN)));
            put("vinput", ceremony::vinput(standing, p)?);
        }
        Due::Rehearse => {
            put("nonce", json!(ceremony::nonce(app, standing, p)));
        }
        _ => {}
    }
    if matches!(due, Due::Rehearse | Due::Shuffle | Due::Decrypt)
        && let Some(sealed) = ceremony::sealed_share(standing, p)?
    {
        put("private_key", json!(sealed));
    }
    Ok(Value::Object(inputs))
}

fn list(standing: &Standing, kind: &str) -> AppResult<Value> {
    let all: Result<Vec<Value>, _> =
        standing.bodies(kind).into_iter().map(|(_, body)| serde_json::from_str(body)).collect();
    all.map(Value::from).map_err(AppError::internal)
}
