//! Search: conditions that each name a set of people. The smallest set is loaded whole and the others are asked about its
//! members only; when every set is large, the people closest to the first condition are looked through until enough are found.
//! So the time is bounded whatever is asked.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::{Person, PersonState};
use crate::memberships::{ClassId, MembershipState};
use crate::people::bulk::{NO_ADDRESS, state_mark};
use crate::people::terms;
use crate::schema::{memberships, person_words, persons};
use crate::types::{PersonId, Utc};

/// Largest set that is loaded whole.
const WHOLE: i64 = 2_000;
/// Members looked through when every set is larger.
const LOOKED_THROUGH: i64 = 3_000;
/// Members looked through at a time.
const STEP: i64 = 1_000;

/// What is looked for; everything must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Beginnings of words of the name or of an address.
    pub text: String,
    /// State of the account.
    pub state: Option<PersonState>,
    /// Nobody proved to read the address, or there is none.
    pub no_address: bool,
    /// Holds this class at the instant.
    pub class: Option<(ClassId, Utc)>,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// At most as many people as asked for. By name when all were counted, the closest first otherwise.
    pub people: Vec<Person>,
    /// How many there are; `None` when too many to count.
    pub total: Option<usize>,
}

/// A set of people.
enum Condition {
    /// With a word that begins so.
    Begins(String),
    /// With exactly this mark.
    Mark(String),
    /// In this class at the instant.
    Class(ClassId, Utc),
}

/// Memberships in a class that are in force at an instant.
macro_rules! in_force {
    ($class:expr, $at:expr) => {
        memberships::class_id
            .eq($class)
            .and(memberships::state.eq(MembershipState::Active))
            .and(memberships::starts_at.le($at))
            .and(memberships::ends_at.is_null().or(memberships::ends_at.gt(Some($at))))
    };
}

impl Condition {
    /// The end of the range of words; every word that begins with the text lies below it.
    fn bounds(&self) -> (String, String) {
        match self {
            Self::Begins(text) => (text.clone(), format!("{text}\u{10ffff}")),
            Self::Mark(word) => (word.clone(), word.clone()),
            Self::Class(..) => (String::new(), String::new()),
        }
    }

    /// At most `limit` members from the `offset`th on, the closest words first.
    fn some(&self, conn: &mut Conn, limit: i64, offset: i64) -> QueryResult<Vec<PersonId>> {
        if let Self::Class(class, at) = self {
            return memberships::table
                .filter(in_force!(*class, *at))
                .order(memberships::person_id)
                .select(memberships::person_id)
                .limit(limit)
                .offset(offset)
                .load(conn);
        }
        let (from, to) = self.bounds();
        person_words::table
            .filter(person_words::word.ge(from))
            .filter(person_words::word.le(to))
            .order((person_words::word, person_words::person_id))
            .select(person_words::person_id)
            .limit(limit)
            .offset(offset)
            .load(conn)
    }

    /// Which of `ids` are members.
    fn among(&self, conn: &mut Conn, ids: &[PersonId]) -> QueryResult<BTreeSet<PersonId>> {
        let found: Vec<PersonId> = if let Self::Class(class, at) = self {
            memberships::table
                .filter(memberships::person_id.eq_any(ids))
                .filter(in_force!(*class, *at))
                .select(memberships::person_id)
                .load(conn)?
        } else {
            let (from, to) = self.bounds();
            person_words::table
                .filter(person_words::person_id.eq_any(ids))
                .filter(person_words::word.ge(from))
                .filter(person_words::word.le(to))
                .select(person_words::person_id)
                .load(conn)?
        };
        Ok(found.into_iter().collect())
    }
}

fn conditions(wanted: &Wanted) -> Vec<Condition> {
    let mut all: Vec<Condition> = terms(&wanted.text).into_iter().map(Condition::Begins).collect();
    // The longest first: most likely the rarest.
    all.sort_by_key(|c| match c {
        Condition::Begins(t) | Condition::Mark(t) => std::cmp::Reverse(t.len()),
        Condition::Class(..) => std::cmp::Reverse(0),
    });
    all.extend(wanted.class.map(|(class, at)| Condition::Class(class, at)));
    all.extend(wanted.state.map(|s| Condition::Mark(state_mark(s))));
    if wanted.no_address {
        all.push(Condition::Mark(NO_ADDRESS.into()));
    }
    all
}

/// People for whom everything in `wanted` holds, at most `limit`. Nothing wanted means everybody, by name.
///
/// # Errors
/// A database error.
pub fn search(conn: &mut Conn, wanted: &Wanted, limit: i64) -> QueryResult<Found> {
    let conditions = conditions(wanted);
    if conditions.is_empty() {
        let people = persons::table.order((persons::preferred_name, persons::id)).limit(limit).load(conn)?;
        return Ok(Found { people, total: None });
    }
    let mut smallest: Option<(usize, BTreeSet<PersonId>)> = None;
    for (at, condition) in conditions.iter().enumerate() {
        let ids = condition.some(conn, WHOLE + 1, 0)?;
        if i64::try_from(ids.len()).is_ok_and(|n| n > WHOLE) {
            continue;
        }
        let ids: BTreeSet<PersonId> = ids.into_iter().collect();
        if smallest.as_ref().is_none_or(|(_, s)| ids.len() < s.len()) {
            smallest = Some((at, ids));
        }
    }
    match smallest {
        Some((at, ids)) => whole(conn, &conditions, at, ids, limit),
        None => closest(conn, &conditions, limit),
    }
}

fn whole(
    conn: &mut Conn,
    conditions: &[Condition],
    smallest: usize,
    mut ids: BTreeSet<PersonId>,
    limit: i64,
) -> QueryResult<Found> {
    for (at, condition) in conditions.iter().enumerate() {
        if at == smallest || ids.is_empty() {
            continue;
        }
        let asked: Vec<PersonId> = ids.iter().copied().collect();
        ids = condition.among(conn, &asked)?;
    }
    let all: Vec<PersonId> = ids.into_iter().collect();
    let people = persons::table
        .filter(persons::id.eq_any(&all))
        .order((persons::preferred_name, persons::id))
        .limit(limit)
        .load(conn)?;
    Ok(Found { people, total: Some(all.len()) })
}

fn closest(conn: &mut Conn, conditions: &[Condition], limit: i64) -> QueryResult<Found> {
    let most = usize::try_from(limit).unwrap_or(0);
    let Some((first, others)) = conditions.split_first() else {
        return Ok(Found { people: Vec::new(), total: Some(0) });
    };
    let (mut chosen, mut seen, mut offset) = (Vec::new(), BTreeSet::new(), 0);
    let mut ended = false;
    while chosen.len() < most && offset < LOOKED_THROUGH && !ended {
        let step = first.some(conn, STEP, offset)?;
        offset += STEP;
        let mut fits: Vec<PersonId> = Vec::with_capacity(step.len());
        ended = i64::try_from(step.len()).is_ok_and(|n| n < STEP);
        for id in step {
            if seen.insert(id) {
                fits.push(id);
            }
        }
        for condition in others {
            let members = condition.among(conn, &fits)?;
            fits.retain(|id| members.contains(id));
        }
        chosen.extend(fits);
    }
    let total = ended.then_some(chosen.len());
    chosen.truncate(most);
    let mut people: Vec<Person> = persons::table.filter(persons::id.eq_any(&chosen)).load(conn)?;
    people.sort_by_key(|p| chosen.iter().position(|id| *id == p.id));
    Ok(Found { people, total })
}
