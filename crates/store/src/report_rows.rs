//! Rows for scripted reports. Whatever is about taking part in an election leaves this file as numbers by class, never by
//! person, and no query here touches ballots or voting codes.

mod motions;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;

pub use motions::{MotionRow, motions};

use crate::affiliations::DeclarationState;
use crate::data_requests::{PrivacyKind, RequestState};
use crate::elections::Election;
use crate::mails::MailState;
use crate::memberships::{Class, Membership, MembershipId, MembershipState};
use crate::payments::ledger::EntryKind;
use crate::payments::{PaymentState, Provider};
use crate::schema::{
    addresses, affiliations, affirmations, audit_log, bodies, body_members, election_mails, elections, mails,
    membership_classes, memberships, outside_organisations, paid_terms, participations, payment_entries,
    payments, persons, privacy_requests, roll_entries, roster_consents,
};
use crate::{Conn, PersonId, PublicId, Utc};

/// Who holds a membership: identifier, name, legal name.
pub type Holder = (PublicId, String, Option<String>);

/// Memberships with their class and holder, by key, after a key; at most `limit`.
///
/// # Errors
/// A database error.
pub fn memberships_after(
    conn: &mut Conn,
    after: MembershipId,
    limit: i64,
) -> QueryResult<Vec<(Membership, Class, Holder)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .inner_join(persons::table)
        .filter(memberships::id.gt(after))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .order(memberships::id)
        .limit(limit)
        .select((
            memberships::all_columns,
            membership_classes::all_columns,
            (persons::public_id, persons::preferred_name, persons::legal_name),
        ))
        .load(conn)
}

/// When each of these people affirmed last.
///
/// # Errors
/// A database error.
pub fn last_affirmations(conn: &mut Conn, people: &[PersonId]) -> QueryResult<HashMap<PersonId, Utc>> {
    let mut last = HashMap::new();
    for some in people.chunks(1_000) {
        let rows: Vec<(PersonId, Option<Utc>)> = affirmations::table
            .filter(affirmations::person_id.eq_any(some))
            .group_by(affirmations::person_id)
            .select((affirmations::person_id, max(affirmations::affirmed_at)))
            .load(conn)?;
        last.extend(rows.into_iter().filter_map(|(person, at)| Some((person, at?))));
    }
    Ok(last)
}

/// The verified address of each of these people to which mail goes.
///
/// # Errors
/// A database error.
pub fn mail_addresses(conn: &mut Conn, people: &[PersonId]) -> QueryResult<HashMap<PersonId, String>> {
    let rows: Vec<(PersonId, String)> = addresses::table
        .filter(addresses::person_id.eq_any(people))
        .filter(addresses::is_primary.eq(true))
        .filter(addresses::verified_at.is_not_null())
        .select((addresses::person_id, addresses::address))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// One payment of dues; its amount is apart, see [`amounts`].
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Paid {
    /// Key of the class.
    pub tier: String,
    /// What was paid for.
    pub kind: String,
    /// When.
    pub paid_at: Utc,
    /// When it was given back.
    pub returned_at: Option<Utc>,
    /// Who.
    pub member: PublicId,
    /// What the payment was known by.
    pub reference: String,
}

/// All payments of dues, oldest first.
///
/// # Errors
/// A database error.
pub fn paid(conn: &mut Conn) -> QueryResult<Vec<Paid>> {
    paid_terms::table
        .inner_join(membership_classes::table)
        .inner_join(persons::table.on(persons::id.eq(paid_terms::person_id)))
        .order(paid_terms::id)
        .select((
            membership_classes::class_key,
            paid_terms::kind,
            paid_terms::paid_at,
            paid_terms::returned_at,
            persons::public_id,
            paid_terms::reference,
        ))
        .load(conn)
}

/// What each payment amounts to, in minor units, with its currency; by what it is known by.
///
/// # Errors
/// A database error.
pub fn amounts(conn: &mut Conn) -> QueryResult<HashMap<String, (i64, String)>> {
    let rows: Vec<(String, i64, String)> = payments::table
        .select((payments::reference, payments::amount_minor, payments::currency))
        .load(conn)?;
    Ok(rows.into_iter().map(|(reference, amount, currency)| (reference, (amount, currency))).collect())
}

/// One entry of the ledger with its payment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Money {
    /// When it happened.
    pub occurred_at: Utc,
    /// What happened.
    pub kind: EntryKind,
    /// Signed, in minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Through whom.
    pub provider: Provider,
    /// How the payment stands.
    pub state: PaymentState,
    /// Name of the payer.
    pub payer: String,
    /// What the payer quotes.
    pub reference: String,
}

/// The ledger of payments, oldest first.
///
/// # Errors
/// A database error.
pub fn money(conn: &mut Conn) -> QueryResult<Vec<Money>> {
    payment_entries::table
        .inner_join(payments::table.on(payments::id.eq(payment_entries::payment_id)))
        .inner_join(persons::table.on(persons::id.eq(payments::person_id)))
        .order(payment_entries::id)
        .select((
            payment_entries::occurred_at,
            payment_entries::kind,
            payment_entries::amount_minor,
            payment_entries::currency,
            payments::provider,
            payments::state,
            persons::preferred_name,
            payments::reference,
        ))
        .load(conn)
}

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

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Delivery {
    /// Key, for asking on.
    pub id: i64,
    /// When it was queued.
    pub created_at: Utc,
    /// Name of the message.
    pub message: String,
    /// Address.
    pub recipient: String,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// Last part of the address of the election it belongs to.
    pub election: Option<String>,
}

/// Mails by key, after a key; at most `limit`.
///
/// # Errors
/// A database error.
pub fn deliveries_after(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<Delivery>> {
    let rows: Vec<(i64, Utc, String, String, MailState, i64)> = mails::table
        .filter(mails::id.gt(after))
        .order(mails::id)
        .limit(limit)
        .select((
            mails::id,
            mails::created_at,
            mails::message,
            mails::recipient,
            mails::state,
            mails::attempts,
        ))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let of: Vec<(Option<i64>, i64)> = election_mails::table
        .filter(election_mails::mail_id.eq_any(ids))
        .select((election_mails::mail_id, election_mails::election_id))
        .load(conn)?;
    let slugs: HashMap<i64, String> =
        elections::table.select((elections::id, elections::slug)).load(conn)?.into_iter().collect();
    let of: HashMap<i64, i64> =
        of.into_iter().filter_map(|(mail, election)| Some((mail?, election))).collect();
    let row = |(id, created_at, message, recipient, state, attempts)| Delivery {
        id,
        created_at,
        message,
        recipient,
        state,
        attempts,
        election: of.get(&id).and_then(|election| slugs.get(election)).cloned(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// One entry of the audit log without its details: number, instant, act, object, name of who did it.
pub type Entry = (i64, Utc, String, String, Option<String>);

/// Entries of the audit log by number, after a number; at most `limit`.
///
/// # Errors
/// A database error.
pub fn audit_after(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<Entry>> {
    audit_log::table
        .left_join(persons::table.on(audit_log::actor_id.eq(persons::id.nullable())))
        .filter(audit_log::seq.gt(after))
        .order(audit_log::seq)
        .limit(limit)
        .select((
            audit_log::seq,
            audit_log::at,
            audit_log::action,
            audit_log::object,
            persons::preferred_name.nullable(),
        ))
        .load(conn)
}

/// One term in a body whose members are public.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Seat {
    /// Name of the body.
    pub body: String,
    /// For example `Chair`; empty for an ordinary member.
    pub position: String,
    /// Cohort; empty where there are none.
    pub cohort: String,
    /// Who holds it.
    pub person: PersonId,
    /// Name of who holds it.
    pub holder: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day, when it is known.
    pub ends_on: Option<NaiveDate>,
    /// Last day of the term as it was given.
    pub term_until: Option<NaiveDate>,
    /// Why it ended, when it ended before the end of the term.
    pub ended: Option<String>,
}

/// Terms in public bodies, by body and day.
///
/// # Errors
/// A database error.
pub fn seats(conn: &mut Conn) -> QueryResult<Vec<Seat>> {
    body_members::table
        .inner_join(bodies::table)
        .inner_join(persons::table.on(persons::id.eq(body_members::person_id)))
        .filter(bodies::is_public.eq(true))
        .order((bodies::name, body_members::starts_on, body_members::id))
        .select((
            bodies::name,
            body_members::position,
            body_members::cohort,
            body_members::person_id,
            persons::preferred_name,
            body_members::starts_on,
            body_members::ends_on,
            body_members::term_until,
            body_members::ended,
        ))
        .load(conn)
}

/// Names of the organisations that each person belongs to on a day, from declarations that staff have not refused.
///
/// # Errors
/// A database error.
pub fn affiliated_on(conn: &mut Conn, day: NaiveDate) -> QueryResult<HashMap<PersonId, String>> {
    let rows: Vec<(PersonId, String)> = affiliations::table
        .inner_join(
            outside_organisations::table.on(outside_organisations::id.eq(affiliations::organisation_id)),
        )
        .filter(affiliations::state.ne(DeclarationState::Refused))
        .filter(affiliations::starts_on.le(day))
        .filter(affiliations::ends_on.is_null().or(affiliations::ends_on.ge(day)))
        .order((affiliations::person_id, outside_organisations::name))
        .select((affiliations::person_id, outside_organisations::name))
        .load(conn)?;
    let mut names: HashMap<PersonId, String> = HashMap::new();
    for (person, name) in rows {
        let known = names.entry(person).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(&name);
    }
    Ok(names)
}

/// Requests for erasure that were decided: when, and whether they were granted.
///
/// # Errors
/// A database error.
pub fn erasures(conn: &mut Conn) -> QueryResult<Vec<(Utc, bool)>> {
    let rows: Vec<(Option<Utc>, RequestState)> = privacy_requests::table
        .filter(privacy_requests::kind.eq(PrivacyKind::Erasure))
        .filter(privacy_requests::state.eq_any([RequestState::Granted, RequestState::Refused]))
        .order(privacy_requests::id)
        .select((privacy_requests::decided_at, privacy_requests::state))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(at, state)| Some((at?, state == RequestState::Granted))).collect())
}

/// People who agreed to be named, in classes shown in public: class, name, since, membership.
///
/// # Errors
/// A database error.
pub fn roster(conn: &mut Conn) -> QueryResult<Vec<(String, String, Membership)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .inner_join(persons::table)
        .inner_join(roster_consents::table.on(roster_consents::person_id.eq(memberships::person_id)))
        .filter(membership_classes::public_badge.eq(true))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .order((membership_classes::position, persons::preferred_name, memberships::id))
        .select((membership_classes::name, persons::preferred_name, memberships::all_columns))
        .load(conn)
}
