//! Bodies and who sits in them: public pages, and the pages on which staff keep the facts.

mod public;
mod staff;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use folkmoot_store::bodies::{self, BodyKind, BodyMember};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde_json::{Value, json};

use crate::error::AppResult;
use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [public::routes(), staff::routes()].into_iter().flatten().collect()
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
    position: String,
    from: String,
    until: String,
    open: bool,
}

fn words(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// Members of today, those to come, and those of before.
struct Seats {
    present: Vec<Seat>,
    coming: Vec<Seat>,
    past: Vec<Seat>,
}

fn seats(conn: &mut Conn, members: &[BodyMember], today: NaiveDate) -> AppResult<Seats> {
    let ids: Vec<PersonId> = members.iter().map(|m| m.person_id).collect();
    let names: BTreeMap<PersonId, String> =
        accounts::persons_with(conn, &ids)?.into_iter().map(|p| (p.id, p.preferred_name)).collect();
    let mut seats = Seats { present: Vec::new(), coming: Vec::new(), past: Vec::new() };
    for member in members {
        let seat = Seat {
            id: member.id.0,
            name: names.get(&member.person_id).cloned().unwrap_or_default(),
            position: member.position.clone(),
            from: words(member.starts_on),
            until: member.ends_on.map(words).unwrap_or_default(),
            open: member.ends_on.is_none_or(|end| end >= today),
        };
        if member.sits_on(today) {
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
    let line = |(seat, body): (BodyMember, bodies::Body)| {
        json!({ "body": body.name, "position": seat.position, "from": seat.starts_on.to_string(),
                "until": seat.ends_on.map(|d| d.to_string()) })
    };
    Ok(Value::Array(seats.map(line).collect()))
}
