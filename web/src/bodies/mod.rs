//! Bodies and who sits in them: public pages, and the pages on which staff keep the facts.

pub mod activity;
pub mod calendar;
mod mail;
mod members;
mod public;
pub mod rules;
mod staff;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use folkmoot_governance::electorate::Activity;
use folkmoot_store::bodies::{self, Body, BodyKind, BodyMember, MemberRole, SeatEnd};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde_json::{Value, json};

use crate::error::AppResult;
use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        public::routes(),
        calendar::routes(),
        activity::routes(),
        staff::routes(),
        rules::routes(),
        members::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub use members::{Granted, give_seat};

/// A choice in a form.
struct Choice {
    value: &'static str,
    label: &'static str,
}

fn choices(all: &[(&'static str, &'static str)]) -> Vec<Choice> {
    all.iter().map(|(value, label)| Choice { value, label }).collect()
}

/// The kind in words.
#[must_use]
pub const fn kind_words(kind: BodyKind) -> &'static str {
    match kind {
        BodyKind::Board => "Board",
        BodyKind::Council => "Council",
        BodyKind::Committee => "Committee",
        BodyKind::WorkGroup => "Work group",
        BodyKind::Team => "Team",
    }
}

/// A member as lists show it.
struct Seat {
    id: i64,
    name: String,
    /// What the member is: `Chair`, `Treasurer`; empty for an ordinary member.
    position: String,
    /// Cohort, basis and activity in words, or empty.
    about: String,
    from: String,
    until: String,
    /// How it ended, for those of before; or that it ends before the term.
    ended: String,
}

/// A day for people, for example `31 May 2026`.
#[must_use]
pub fn words(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// What a member is in words: the position, or what the role says.
#[must_use]
pub fn position(member: &BodyMember) -> String {
    match member.role {
        _ if !member.position.is_empty() => member.position.clone(),
        MemberRole::Chair => "Chair".into(),
        MemberRole::Deputy => "Deputy chair".into(),
        MemberRole::Member => String::new(),
    }
}

fn ended(member: &BodyMember, today: NaiveDate) -> String {
    let over = member.ends_on.is_some_and(|end| end < today);
    let how = match (member.ended, over) {
        (Some(SeatEnd::Resigned), true) => "resigned",
        (Some(SeatEnd::Resigned), false) => "has resigned",
        (Some(SeatEnd::Removed), _) => "removed by decision",
        (Some(SeatEnd::Moved), _) => "moved to another seat",
        (Some(SeatEnd::Died), _) => "died in office",
        (Some(SeatEnd::Term), _) | (None, true) => "end of the term",
        (None, false) => return String::new(),
    };
    match member.term_until.filter(|term| member.ends_on.is_some_and(|end| end < *term)) {
        Some(term) => format!("{how}; the term was until {}", words(term)),
        None => how.to_owned(),
    }
}

/// Members of today, those to come, and those of before.
struct Seats {
    present: Vec<Seat>,
    coming: Vec<Seat>,
    past: Vec<Seat>,
}

fn seats(conn: &mut Conn, body: &Body, members: &[BodyMember], now: Utc) -> AppResult<Seats> {
    let today = now.datetime().date_naive();
    let policy = activity::policy(body)?;
    let ids: Vec<PersonId> = members.iter().map(|m| m.person_id).collect();
    let names: BTreeMap<PersonId, String> =
        accounts::persons_with(conn, &ids)?.into_iter().map(|p| (p.id, p.preferred_name)).collect();
    let mut seats = Seats { present: Vec::new(), coming: Vec::new(), past: Vec::new() };
    for member in members {
        let sits = member.sits_on(today);
        let mut about = Vec::new();
        if !member.cohort.is_empty() {
            about.push(format!("cohort {}", member.cohort));
        }
        if let Some(policy) = policy.as_ref().filter(|_| sits)
            && let Activity::Inactive { since } = activity::stands(policy, member, now)?
        {
            about.push(format!("inactive since {}", words(since.utc_date())));
        }
        let seat = Seat {
            id: member.id.0,
            name: names.get(&member.person_id).cloned().unwrap_or_default(),
            position: position(member),
            about: about.join(", "),
            from: words(member.starts_on),
            until: member.ends_on.map(words).unwrap_or_default(),
            ended: ended(member, today),
        };
        if sits {
            seats.present.push(seat);
        } else if member.starts_on > today {
            seats.coming.push(seat);
        } else {
            seats.past.push(seat);
        }
    }
    seats.present.sort_by(|a, b| (a.position.is_empty(), &a.name).cmp(&(b.position.is_empty(), &b.name)));
    Ok(seats)
}

/// The bodies a person sits or sat in, for the download of their own data.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, _now: Utc) -> AppResult<Value> {
    let seats = bodies::seats_of(conn, person)?.into_iter();
    let line = |(seat, body): (BodyMember, Body)| {
        json!({ "body": body.name, "position": position(&seat), "cohort": seat.cohort, "from": seat.starts_on.to_string(),
                "until": seat.ends_on.map(|d| d.to_string()), "ended": seat.ended })
    };
    Ok(Value::Array(seats.map(line).collect()))
}
