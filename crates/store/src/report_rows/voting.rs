//! Rolls and turnout, for reports: whatever is about taking part leaves this file as numbers by class, never by person.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::people::last_affirmations;
use crate::elections::Election;
use crate::mails::MailState;
use crate::memberships::MembershipState;
use crate::schema::{
    election_mails, mails, membership_classes, memberships, participations, persons, roll_entries,
};
use crate::{Conn, PersonId};

/// The class of everybody on a roll, as of an instant: the first in the order of classes; without a class, `none`.
fn tiers(conn: &mut Conn, election: &Election) -> QueryResult<HashMap<PersonId, String>> {
    let at = election.record_at.or(election.opens_at).unwrap_or(election.created_at);
    let on_roll: Vec<PersonId> = roll_entries::table
        .filter(roll_entries::election_id.eq(election.id))
        .select(roll_entries::person_id)
        .load(conn)?;
    let held: Vec<(PersonId, String)> = memberships::table
        .inner_join(membership_classes::table)
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .filter(memberships::starts_at.le(at))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(at)))
        .order((membership_classes::position.desc(), memberships::id))
        .select((memberships::person_id, membership_classes::class_key))
        .load(conn)?;
    // The last one stays, which is the first in the order of classes.
    let classes: HashMap<PersonId, String> = held.into_iter().collect();
    let tier = |person: &PersonId| classes.get(person).cloned().unwrap_or_else(|| "none".to_owned());
    Ok(on_roll.iter().map(|person| (*person, tier(person))).collect())
}

/// Voters of a class on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turnout {
    /// Key of the class.
    pub tier: String,
    /// Day, UTC.
    pub day: NaiveDate,
    /// People of the class on the roll.
    pub eligible: i64,
    /// People of the class who voted first on that day.
    pub cast: i64,
}

/// Who voted, as numbers by class and day.
///
/// # Errors
/// A database error.
pub fn turnout(conn: &mut Conn, election: &Election) -> QueryResult<Vec<Turnout>> {
    let tiers = tiers(conn, election)?;
    let voted: Vec<(PersonId, NaiveDate)> = participations::table
        .filter(participations::election_id.eq(election.id))
        .select((participations::person_id, participations::day))
        .load(conn)?;
    let mut eligible: HashMap<&str, i64> = HashMap::new();
    for tier in tiers.values() {
        *eligible.entry(tier).or_default() += 1;
    }
    let mut cast: BTreeMap<(&str, NaiveDate), i64> = BTreeMap::new();
    for (person, day) in &voted {
        *cast.entry((tiers.get(person).map_or("none", String::as_str), *day)).or_default() += 1;
    }
    let row = |((tier, day), cast): ((&str, NaiveDate), i64)| Turnout {
        tier: tier.to_owned(),
        day,
        eligible: eligible.get(tier).copied().unwrap_or(0),
        cast,
    };
    Ok(cast.into_iter().map(row).collect())
}

/// How far people of each class came: (class, stage, number of the stage, people).
///
/// # Errors
/// A database error.
pub fn funnel(conn: &mut Conn, election: &Election) -> QueryResult<Vec<(String, &'static str, i64, i64)>> {
    let tiers = tiers(conn, election)?;
    let sent: Vec<(PersonId, Option<MailState>)> = election_mails::table
        .left_join(mails::table.on(election_mails::mail_id.eq(mails::id.nullable())))
        .filter(election_mails::election_id.eq(election.id))
        .select((election_mails::person_id, mails::state.nullable()))
        .load(conn)?;
    let people: Vec<PersonId> = tiers.keys().copied().collect();
    let affirmed: HashSet<PersonId> = last_affirmations(conn, &people)?.into_keys().collect();
    let voted: Vec<PersonId> = participations::table
        .filter(participations::election_id.eq(election.id))
        .select(participations::person_id)
        .load(conn)?;
    let mailed: HashSet<PersonId> = sent.iter().map(|(person, _)| *person).collect();
    let arrived = |state: &Option<MailState>| matches!(state, Some(MailState::Sent));
    let delivered: HashSet<PersonId> =
        sent.iter().filter(|(_, state)| arrived(state)).map(|(person, _)| *person).collect();
    let stages: [(&'static str, i64, HashSet<PersonId>); 5] = [
        ("eligible", 1, people.into_iter().collect()),
        ("mailed", 2, mailed),
        ("delivered", 3, delivered),
        ("affirmed", 4, affirmed),
        ("voted", 5, voted.into_iter().collect()),
    ];
    let mut rows = Vec::new();
    let classes: std::collections::BTreeSet<&String> = tiers.values().collect();
    for class in classes {
        for (stage, step, people) in &stages {
            let count = people.iter().filter(|person| tiers.get(person) == Some(class)).count();
            rows.push((class.clone(), *stage, *step, i64::try_from(count).unwrap_or(i64::MAX)));
        }
    }
    Ok(rows)
}

/// One person on a roll, or no longer on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRoll {
    /// Key of the class.
    pub tier: String,
    /// Against the roll before: `new`, `kept`, `class changed` or `removed`.
    pub change: &'static str,
    /// Why the person is on the roll, in words; nothing for who was removed.
    pub reason: Option<String>,
    /// Name as on the roll.
    pub name: String,
}

/// A roll, compared with the one before it, by name.
///
/// # Errors
/// A database error.
pub fn roll(conn: &mut Conn, election: &Election, before: Option<&Election>) -> QueryResult<Vec<OnRoll>> {
    let now = tiers(conn, election)?;
    let past = before.map(|before| tiers(conn, before)).transpose()?.unwrap_or_default();
    let reasons: HashMap<PersonId, String> = roll_entries::table
        .filter(roll_entries::election_id.eq(election.id))
        .select((roll_entries::person_id, roll_entries::reason))
        .load(conn)?
        .into_iter()
        .collect();
    let mut either: Vec<PersonId> = now.keys().chain(past.keys()).copied().collect();
    either.sort_unstable();
    either.dedup();
    let mut names: Vec<(PersonId, String)> = Vec::new();
    // Databases take a bounded number of values in one question.
    for some in either.chunks(1_000) {
        let found: Vec<(PersonId, String)> = persons::table
            .filter(persons::id.eq_any(some))
            .select((persons::id, persons::preferred_name))
            .load(conn)?;
        names.extend(found);
    }
    names.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    let row = |(person, name): (PersonId, String)| {
        let (tier, change) = match (now.get(&person), past.get(&person)) {
            (Some(tier), None) => (tier, "new"),
            (Some(tier), Some(was)) if tier == was => (tier, "kept"),
            (Some(tier), Some(_)) => (tier, "class changed"),
            (None, Some(was)) => (was, "removed"),
            (None, None) => return None,
        };
        Some(OnRoll { tier: tier.clone(), change, reason: reasons.get(&person).cloned(), name })
    };
    Ok(names.into_iter().filter_map(row).collect())
}

/// How many people of each class missed how many of these elections: (class, missed, people).
///
/// # Errors
/// A database error.
pub fn missed(conn: &mut Conn, held: &[Election]) -> QueryResult<Vec<(String, i64, i64)>> {
    let mut missed: BTreeMap<PersonId, (String, i64)> = BTreeMap::new();
    for election in held {
        let voted: Vec<PersonId> = participations::table
            .filter(participations::election_id.eq(election.id))
            .select(participations::person_id)
            .load(conn)?;
        let voted: HashSet<PersonId> = voted.into_iter().collect();
        for (person, tier) in tiers(conn, election)? {
            let entry = missed.entry(person).or_default();
            entry.0 = tier;
            entry.1 += i64::from(!voted.contains(&person));
        }
    }
    let mut numbers: BTreeMap<(String, i64), i64> = BTreeMap::new();
    for value in missed.into_values() {
        *numbers.entry(value).or_default() += 1;
    }
    Ok(numbers.into_iter().map(|((tier, missed), people)| (tier, missed, people)).collect())
}
