//! The outcome of a verification, for people and for programs.

use std::fmt::Write;

use folkmoot_ballot::json::Value as Plain;
use folkmoot_ballot::shape::Shape;
use folkmoot_ballot::verify::{Culprit, Finding, Report, Severity};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::receipts::Verdict;

fn culprit(culprit: &Culprit) -> Value {
    match culprit {
        Culprit::Event { height } => json!({"event": height}),
        Culprit::Ballot { height, tracker } => json!({"event": height, "tracker": tracker}),
        Culprit::Trustee { owner, height: Some(height) } => json!({"trustee": owner, "event": height}),
        Culprit::Trustee { owner, height: None } => json!({"trustee": owner}),
        _ => json!({}),
    }
}

fn finding(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Invalid => "invalid",
        Severity::Policy => "policy",
    };
    json!({
        "code": finding.code.number(),
        "severity": severity,
        "culprit": culprit(&finding.culprit),
        "message": finding.message,
    })
}

fn receipt(verdict: &Verdict) -> Value {
    json!({
        "file": verdict.file,
        "honoured": verdict.is_honoured(),
        "tracker": verdict.tracker,
        "replaced": verdict.replaced,
        "problem": verdict.problem.as_ref().map(ToString::to_string),
    })
}

/// One JSON object. `result` is there when the archive has a right result, exactly as its result object holds it.
pub(super) fn json(outcome: &Outcome) -> String {
    let report = &outcome.report;
    let mut out = Map::new();
    out.insert("valid".into(), outcome.is_valid().into());
    if let Some(e) = &report.election {
        let election = json!({
            "uuid": e.uuid, "name": e.name, "group": e.group.name(), "fingerprint": e.fingerprint,
            "questions": e.questions, "trustees": e.trustees,
            "credentials": e.credentials, "credential_weight": e.credential_weight,
        });
        out.insert("election".into(), election);
    }
    out.insert("events".into(), report.events.into());
    out.insert("stage".into(), report.stage.map(|s| s.to_string()).into());
    out.insert("head".into(), report.head.map(|h| h.hex()).into());
    out.insert("ballots".into(), report.ballots.into());
    out.insert("num_tallied".into(), report.num_tallied.into());
    out.insert("total_weight".into(), report.total_weight.into());
    out.insert("shuffles".into(), report.shuffles.clone().into());
    out.insert("decryptions".into(), report.decryptions.clone().into());
    out.insert("findings".into(), report.findings.iter().map(finding).collect());
    if let Some(continues) = outcome.continues {
        out.insert("continues".into(), continues.into());
    }
    if !outcome.receipts.is_empty() {
        out.insert("receipts".into(), outcome.receipts.iter().map(receipt).collect());
    }
    if let Some(result) = report.result.as_ref().and_then(|r| serde_json::from_str(&r.value_json()).ok()) {
        out.insert("result".into(), result);
    }
    Value::Object(out).to_string()
}

/// A text of one question for people: control characters of a foreign election must not reach the terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn owners(list: &[u64]) -> String {
    match list {
        [] => "none".to_owned(),
        _ => list.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The labels of a question's counts, one list for every array of the result.
fn labels(question: &Plain) -> Option<Vec<Vec<String>>> {
    let lists = question.get("type").is_some();
    let content = if lists { question.get("value")? } else { question };
    let texts =
        |v: &Plain| v.as_array().ok().map(|l| l.iter().filter_map(|a| a.as_str().ok().map(plain)).collect());
    if lists {
        return content.get("answers")?.as_array().ok()?.iter().map(texts).collect();
    }
    let mut answers: Vec<String> = texts(content.get("answers")?)?;
    if content.get("blank").is_some_and(|b| b.as_bool() == Ok(true)) {
        answers.insert(0, "(blank)".to_owned());
    }
    Some(vec![answers])
}

fn counts(out: &mut String, list: &Shape<u64>, labels: &[String]) {
    for (count, label) in list.leaves().into_iter().zip(labels) {
        let _ = writeln!(out, "  {count:>10}  {label}");
    }
}

fn result(out: &mut String, report: &Report, election: &Plain) {
    let Some(result) = &report.result else { return };
    let questions = election.get("questions").and_then(|q| q.as_array().ok()).unwrap_or_default();
    let texts = report.election.iter().flat_map(|e| &e.questions);
    for ((question, text), entry) in questions.iter().zip(texts).zip(result.shape.entries()) {
        let _ = writeln!(out, "\n{}", plain(text));
        let kind = question.get("type").and_then(|t| t.as_str().ok());
        match (kind, labels(question)) {
            (Some("NonHomomorphic"), _) => {
                let _ = writeln!(
                    out,
                    "  {} ranked or graded ballots, to be counted by the election's method",
                    entry.entries().len()
                );
            }
            (Some(_), Some(lists)) => {
                entry.entries().iter().zip(&lists).for_each(|(list, labels)| counts(out, list, labels));
            }
            (None, Some(lists)) => lists.iter().for_each(|labels| counts(out, entry, labels)),
            (_, None) => {}
        }
    }
}

fn receipts(out: &mut String, list: &[Verdict]) {
    for verdict in list {
        let _ = match (&verdict.problem, verdict.replaced, &verdict.tracker) {
            (Some(problem), ..) => writeln!(out, "Receipt {}: NOT HONOURED: {problem}", verdict.file),
            (None, true, _) => {
                writeln!(
                    out,
                    "Receipt {}: recorded; a later ballot of the same voter counts instead",
                    verdict.file
                )
            }
            (None, false, Some(tracker)) => {
                writeln!(out, "Receipt {}: recorded, tracker {tracker}", verdict.file)
            }
            (None, false, None) => writeln!(out, "Receipt {}: its event is in the archive", verdict.file),
        };
    }
}

/// A summary that a candidate's agent can read.
pub(super) fn text(outcome: &Outcome) -> String {
    let report = &outcome.report;
    let mut out = String::new();
    if let Some(e) = &report.election {
        let _ = writeln!(out, "Election     {} ({}, {})", plain(&e.name), e.uuid, e.group);
        let _ = writeln!(out, "Fingerprint  {}", e.fingerprint);
        let _ =
            writeln!(out, "Roll         {} credentials, total weight {}", e.credentials, e.credential_weight);
    }
    let Some(stage) = report.stage else {
        for finding in report.violations() {
            let _ = writeln!(out, "WRONG {}", plain(&finding.to_string()));
        }
        out.push_str("INVALID: this is not the archive of an election, or not one that can be read.\n");
        return out;
    };
    let last = report.events.saturating_sub(1);
    let _ = writeln!(out, "Stage        {stage} (event {last} of the archive is its last)");
    let _ = writeln!(
        out,
        "Ballots      {} recorded, {} count, total weight {}",
        report.ballots, report.num_tallied, report.total_weight
    );
    let _ = writeln!(out, "Shuffles     by trustees: {}", owners(&report.shuffles));
    let _ = writeln!(out, "Decryptions  by trustees: {}", owners(&report.decryptions));
    if let Some(head) = report.head {
        let _ = writeln!(out, "Last event   {}", head.hex());
    }
    if let Some(election) = &outcome.election {
        result(&mut out, report, election);
    }
    out.push('\n');
    match outcome.continues {
        Some(true) => out.push_str("The archive continues the older copy.\n"),
        Some(false) => {
            out.push_str(
                "The archive does NOT continue the older copy: events were removed or changed, or the files ",
            );
            out.push_str("were given in the wrong order.\n");
        }
        None => {}
    }
    receipts(&mut out, &outcome.receipts);
    for finding in report.policy() {
        let _ = writeln!(out, "Note {}", plain(&finding.to_string()));
    }
    for finding in report.violations() {
        let _ = writeln!(out, "WRONG {}", plain(&finding.to_string()));
    }
    out.push_str(match (outcome.is_valid(), report.result.is_some()) {
        (true, true) => "VALID: every ballot, shuffle, decryption and the result were checked.\n",
        (true, false) => "VALID so far: everything that is there was checked; there is no result yet.\n",
        (false, _) => {
            "INVALID: do not rely on this election; show these findings to its returning officer.\n"
        }
    });
    out
}
