//! Affiliations as the seat rules take them: of candidates, of members whose terms go on, and who controls whom.
//!
//! A declaration counts from the day it names, confirmed or not, until staff refuse it: silence of the staff must not let
//! anybody past a limit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use folkmoot_governance::Fraction;
use folkmoot_governance::seats::{
    Affiliation, CoAffiliationPolicy, ControlLink, LaterBreach, Organisations, Relation, Serving, breaches,
};
use folkmoot_store::affiliations::{self, DeclarationState, RelationKind};
use folkmoot_store::bodies::{self, Body, BodyMember};
use folkmoot_store::{Conn, PersonId, accounts};

use crate::error::{AppError, AppResult};
use crate::http::when::start_of;
use crate::membership::instant;

/// Hundredths of a percent as a fraction.
fn share(share_bp: i64) -> AppResult<Fraction> {
    let part = u32::try_from(share_bp).map_err(AppError::internal)?;
    Fraction::new(part, 10_000).map_err(AppError::internal)
}

fn relation(kind: RelationKind, share_bp: i64) -> AppResult<Relation> {
    Ok(match kind {
        RelationKind::Employee => Relation::Employee,
        RelationKind::Officer => Relation::Officer,
        RelationKind::Director => Relation::Director,
        RelationKind::Consultant => Relation::Consultant,
        RelationKind::Owner => Relation::Owner(share(share_bp)?),
    })
}

/// What counts for each of these people on a day.
///
/// # Errors
/// A database error.
pub fn of_people(
    conn: &mut Conn,
    people: &[PersonId],
    day: NaiveDate,
) -> AppResult<BTreeMap<PersonId, Vec<Affiliation>>> {
    let mut found: BTreeMap<PersonId, Vec<Affiliation>> = BTreeMap::new();
    for (declared, organisation) in affiliations::of_people(conn, people)? {
        if declared.counts_on(day) {
            let relation = relation(declared.relation, declared.share_bp)?;
            let affiliation = Affiliation { organisation: organisation.name.into(), relation };
            found.entry(declared.person_id).or_default().push(affiliation);
        }
    }
    Ok(found)
}

/// What counts for one person on a day: for a candidate of an election, `AnswerSettings::affiliations`.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, person: PersonId, day: NaiveDate) -> AppResult<Vec<Affiliation>> {
    Ok(of_people(conn, &[person], day)?.remove(&person).unwrap_or_default())
}

/// Who controls whom on a day: `Seating::organisations`.
///
/// # Errors
/// A database error.
pub fn organisations(conn: &mut Conn, day: NaiveDate) -> AppResult<Organisations> {
    let names: BTreeMap<_, _> =
        affiliations::organisations(conn)?.into_iter().map(|o| (o.id, o.name)).collect();
    let mut links = Vec::new();
    for link in affiliations::links(conn)? {
        let over = link.starts_on > day || link.ends_on.is_some_and(|end| end < day);
        if over || link.state == DeclarationState::Refused {
            continue;
        }
        if let (Some(owner), Some(owned)) = (names.get(&link.owner_id), names.get(&link.owned_id)) {
            let (owner, owned) = (owner.as_str().into(), owned.as_str().into());
            links.push(ControlLink { owner, owned, share: share(link.share_bp)? });
        }
    }
    Ok(Organisations::new(links))
}

/// First day of the time in which a person has sat in a body without a break, up to `day`.
fn since(members: &[BodyMember], person: PersonId, day: NaiveDate) -> NaiveDate {
    let mut first = day;
    let mut own: Vec<&BodyMember> =
        members.iter().filter(|m| m.person_id == person && m.starts_on <= day).collect();
    own.sort_by_key(|m| std::cmp::Reverse(m.starts_on));
    for seat in own {
        let until = seat.ends_on.unwrap_or(NaiveDate::MAX);
        if until.succ_opt().is_none_or(|next| next >= first) {
            first = first.min(seat.starts_on);
        }
    }
    first
}

/// The members of a body on a day as the limit on common affiliations looks at them. For an election, ask for the first day
/// in office of the elected: those whose terms go on then are `Seating::serving`.
///
/// # Errors
/// A database error.
pub fn serving(conn: &mut Conn, body: &Body, day: NaiveDate) -> AppResult<Vec<Serving>> {
    let all = bodies::members(conn, body.id)?;
    let people: Vec<PersonId> = all.iter().filter(|m| m.sits_on(day)).map(|m| m.person_id).collect();
    let mut declared = of_people(conn, &people, day)?;
    let mut serving = Vec::new();
    for person in accounts::persons_with(conn, &people)? {
        let since = instant(start_of(since(&all, person.id, day)))?;
        serving.push(Serving {
            person: person.public_id.as_str().into(),
            name: person.preferred_name,
            affiliations: declared.remove(&person.id).unwrap_or_default(),
            since,
        });
    }
    serving.sort_by(|a, b| a.person.cmp(&b.person));
    Ok(serving)
}

/// The limit of a body on common affiliations; `None` when it has none.
///
/// # Errors
/// A policy in the database that this version cannot read.
pub fn policy(body: &Body) -> AppResult<Option<CoAffiliationPolicy>> {
    Ok(body.co_affiliation.as_ref().map(|text| text.parse()).transpose()?)
}

/// Every limit that the members of a body exceed on a day, in words. (Bylaws 5.15, PEP 13, PEP 772.)
///
/// # Errors
/// A database error.
pub fn exceeded(conn: &mut Conn, body: &Body, day: NaiveDate) -> AppResult<Vec<String>> {
    let Some(policy) = policy(body)? else { return Ok(Vec::new()) };
    let serving = serving(conn, body, day)?;
    let organisations = organisations(conn, day)?;
    let size = match u32::try_from(body.seats) {
        Ok(seats) if seats > 0 => seats,
        _ => u32::try_from(serving.len()).unwrap_or(u32::MAX),
    };
    let names = |people: &[folkmoot_governance::PersonId]| -> String {
        let name = |p: &folkmoot_governance::PersonId| {
            serving.iter().find(|s| s.person == *p).map_or("somebody", |s| s.name.as_str())
        };
        crate::elections::seating::and(&people.iter().map(name).collect::<Vec<_>>())
    };
    let found = breaches(&serving, &policy, &organisations, size);
    Ok(found
        .iter()
        .map(|breach| {
            let next = match policy.later {
                LaterBreach::LongestServing => {
                    format!("{} has served longest and must resign", names(&breach.resign))
                }
                LaterBreach::TheyAgree => "they agree who resigns".to_owned(),
            };
            format!(
                "{} share {}, where at most {} may; {next}.",
                names(&breach.holders),
                breach.organisation,
                breach.limit
            )
        })
        .collect())
}
