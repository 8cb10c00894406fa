//! Who belongs to which organisation: people declare it, staff confirm it, and the rules about common affiliations use it.

mod own;
pub mod rules;
mod staff;
#[cfg(test)]
mod tests;

use folkmoot_store::affiliations::{Affiliation, ControlLink, DeclarationState, Organisation, RelationKind};
use folkmoot_store::{Conn, PersonId, Utc, affiliations};
use serde_json::{Value, json};

use crate::bodies::words;
use crate::error::AppResult;
use crate::routes::Route;

pub use staff::tasks;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [own::routes(), staff::routes()].into_iter().flatten().collect()
}

/// A choice in a form.
struct Choice {
    value: &'static str,
    label: &'static str,
}

const fn relation_words(relation: RelationKind) -> &'static str {
    match relation {
        RelationKind::Employee => "Employed by it",
        RelationKind::Officer => "Officer",
        RelationKind::Director => "On its board",
        RelationKind::Consultant => "Significant consultant",
        RelationKind::Owner => "Owner of a share",
    }
}

fn relations() -> Vec<Choice> {
    RelationKind::ALL.iter().map(|r| Choice { value: r.as_str(), label: relation_words(*r) }).collect()
}

const fn state_words(state: DeclarationState) -> (&'static str, &'static str) {
    match state {
        DeclarationState::Declared => ("Declared", "warn"),
        DeclarationState::Confirmed => ("Confirmed", "good"),
        DeclarationState::Refused => ("Refused, does not count", "bad"),
    }
}

/// A share in percent, for people: `12.5 %`.
#[must_use]
pub fn percent(share_bp: i64) -> String {
    let (whole, rest) = (share_bp / 100, share_bp % 100);
    match rest {
        0 => format!("{whole} %"),
        rest if rest % 10 == 0 => format!("{whole}.{} %", rest / 10),
        rest => format!("{whole}.{rest:02} %"),
    }
}

/// Reads a share in percent with at most two decimals, as hundredths of a percent.
///
/// # Errors
/// What to enter instead, in words.
pub fn parse_percent(text: &str) -> Result<i64, &'static str> {
    const WRONG: &str = "Enter a share between 0.01 and 100 percent, for example 25 or 12.5.";
    let text = text.trim_end_matches('%').trim().replace(',', ".");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || rest.len() > 2 || !digits(whole) || !digits(rest) {
        return Err(WRONG);
    }
    let whole: i64 = whole.parse().map_err(|_| WRONG)?;
    let rest: i64 = format!("{rest:0<2}").parse().map_err(|_| WRONG)?;
    let share = whole * 100 + rest;
    if (1..=10_000).contains(&share) { Ok(share) } else { Err(WRONG) }
}

/// A declaration as lists show it.
struct Line {
    id: String,
    person: String,
    organisation: String,
    relation: String,
    time: String,
    state: &'static str,
    kind: &'static str,
    is_open: bool,
}

fn line(found: Affiliation, organisation: Organisation, person: String) -> Line {
    let (state, kind) = state_words(found.state);
    let share = match found.relation {
        RelationKind::Owner => format!(" ({})", percent(found.share_bp)),
        _ => String::new(),
    };
    let from = words(found.starts_on);
    Line {
        id: found.public_id.to_string(),
        person,
        organisation: organisation.name,
        relation: format!("{}{share}", relation_words(found.relation)),
        time: found
            .ends_on
            .map_or_else(|| format!("since {from}"), |end| format!("{from} to {}", words(end))),
        state,
        kind,
        is_open: found.ends_on.is_none() && found.state != DeclarationState::Refused,
    }
}

/// A link of control as lists show it.
struct LinkLine {
    id: i64,
    text: String,
    state: &'static str,
    kind: &'static str,
    undecided: bool,
    is_open: bool,
}

fn link_lines(links: Vec<ControlLink>, organisations: &[Organisation]) -> Vec<LinkLine> {
    let name = |id| organisations.iter().find(|o| o.id == id).map_or("?", |o| o.name.as_str());
    let line = |l: ControlLink| {
        let (state, kind) = state_words(l.state);
        let until = l.ends_on.map(|end| format!(", until {}", words(end))).unwrap_or_default();
        LinkLine {
            id: l.id.0,
            text: format!("{} owns {} of {}{until}", name(l.owner_id), percent(l.share_bp), name(l.owned_id)),
            state,
            kind,
            undecided: l.state == DeclarationState::Declared,
            is_open: l.ends_on.is_none() && l.state != DeclarationState::Refused,
        }
    };
    links.into_iter().map(line).collect()
}

/// What a person declared, for the download of their own data.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, _now: Utc) -> AppResult<Value> {
    let all = affiliations::of(conn, person)?.into_iter();
    let line = |(a, o): (Affiliation, Organisation)| {
        json!({ "organisation": o.name, "relation": a.relation, "share_percent": percent(a.share_bp),
                "from": a.starts_on.to_string(), "until": a.ends_on.map(|d| d.to_string()), "state": a.state })
    };
    Ok(Value::Array(all.map(line).collect()))
}
