//! What the rules of a roll look at, read from the database for one person or for everybody at once.
//!
//! Classes are named by their keys, elections by their titles, the body as the rule names it, people by their public ids.

use std::collections::{BTreeMap, HashMap};

use folkmoot_governance::dues::DuesPolicy;
use folkmoot_governance::electorate::{
    Affirmation, Certification, ElectorateRule, Membership, MembershipEnd, OptOut, Paid, Participation,
    PersonFacts, Roll, RollInstants, Standing, assess,
};
use folkmoot_governance::{ClassId as ClassName, Interval};
use folkmoot_store::bodies::BodyId;
use folkmoot_store::memberships::facts::{Rows, Who, rows};
use folkmoot_store::memberships::paid::PaidTerm;
use folkmoot_store::memberships::{self, Class, ClassId, MembershipState};
use folkmoot_store::{Conn, PersonId, Utc};

use super::dues::{covers, policy_of};
use super::{instant, utc};
use crate::error::{AppError, AppResult};

/// The roll of a body, and how everybody with a membership stands to it.
#[derive(Debug, Clone)]
pub struct Electorate {
    /// The roll, sorted by public id.
    pub roll: Roll,
    /// Of everybody, on the roll or not, how and why; sorted by public id.
    pub standings: Vec<Standing>,
    people: HashMap<String, PersonId>,
}

impl Electorate {
    /// The key of a person of [`Self::standings`].
    #[must_use]
    pub fn person(&self, standing: &Standing) -> Option<PersonId> {
        self.people.get(standing.person.as_str()).copied()
    }

    /// Keys of the people on the roll, with how they stand.
    pub fn on_roll(&self) -> impl Iterator<Item = (PersonId, &Standing)> {
        self.standings.iter().filter(|s| s.on_roll).filter_map(|s| Some((self.person(s)?, s)))
    }
}

/// Makes the roll of `body` from what the database knows now: everybody with a membership, present, past or to come, is
/// assessed. Closed accounts are on no roll.
///
/// # Errors
/// A database error.
pub fn electorate(
    conn: &mut Conn,
    body: BodyId,
    rule: &ElectorateRule,
    at: &RollInstants,
) -> AppResult<Electorate> {
    let found = load(conn, Who::Everybody, body, rule, at)?;
    let people = found.iter().map(|(id, facts)| (facts.person.as_str().to_owned(), *id)).collect();
    let facts: Vec<PersonFacts> = found.into_iter().map(|(_, facts)| facts).collect();
    let (roll, standings) = Roll::build(&facts, rule, at).map_err(AppError::internal)?;
    Ok(Electorate { roll, standings, people })
}

/// What is known about one person, for `assess` and `what_if`.
///
/// # Errors
/// `NotFound` when there is no such person or the account is closed; a database error.
pub fn of(
    conn: &mut Conn,
    person: PersonId,
    body: BodyId,
    rule: &ElectorateRule,
    at: &RollInstants,
) -> AppResult<PersonFacts> {
    let found = load(conn, Who::One(person), body, rule, at)?;
    found.into_iter().next().map(|(_, facts)| facts).ok_or_else(AppError::not_found)
}

/// How one person stands to the roll of a body.
///
/// # Errors
/// As [`of`].
pub fn standing_of(
    conn: &mut Conn,
    person: PersonId,
    body: BodyId,
    rule: &ElectorateRule,
    at: &RollInstants,
) -> AppResult<Standing> {
    Ok(assess(&of(conn, person, body, rule, at)?, rule, at))
}

fn load(
    conn: &mut Conn,
    who: Who,
    body: BodyId,
    rule: &ElectorateRule,
    at: &RollInstants,
) -> AppResult<Vec<(PersonId, PersonFacts)>> {
    let mut classes = BTreeMap::new();
    for class in memberships::classes(conn)? {
        classes.insert(class.id, ClassFacts::of(&class)?);
    }
    let rows = rows(conn, who, body, utc(at.record)?)?;
    let mut people: BTreeMap<PersonId, PersonFacts> = rows
        .people
        .iter()
        .filter(|(_, _, closed)| !closed)
        .map(|(id, public, _)| (*id, PersonFacts::new(public.as_str())))
        .collect();
    fill(&mut people, rows, rule, &classes)?;
    Ok(people.into_iter().collect())
}

struct ClassFacts {
    name: ClassName,
    dues: Option<DuesPolicy>,
}

impl ClassFacts {
    fn of(class: &Class) -> AppResult<Self> {
        Ok(Self { name: class.key.as_str().into(), dues: policy_of(class)? })
    }
}

fn interval(from: Utc, to: Option<Utc>) -> AppResult<Interval> {
    Ok(Interval { from: instant(from)?, to: to.map(instant).transpose()? })
}

const fn why_ended(state: MembershipState) -> MembershipEnd {
    match state {
        MembershipState::Converted => MembershipEnd::Converted,
        MembershipState::Resigned => MembershipEnd::Resigned,
        MembershipState::Terminated | MembershipState::Removed => MembershipEnd::Terminated,
        MembershipState::Emeritus => MembershipEnd::Emeritus,
        MembershipState::Deceased => MembershipEnd::Deceased,
        _ => MembershipEnd::Lapsed,
    }
}

fn fill(
    people: &mut BTreeMap<PersonId, PersonFacts>,
    rows: Rows,
    rule: &ElectorateRule,
    classes: &BTreeMap<ClassId, ClassFacts>,
) -> AppResult<()> {
    for row in rows.memberships {
        let (Some(facts), Some(class)) = (people.get_mut(&row.person_id), classes.get(&row.class_id)) else {
            continue;
        };
        // Given back before it began, or never covered.
        if row.ends_at.is_some_and(|end| end <= row.starts_at) {
            continue;
        }
        let during = interval(row.starts_at, row.ends_at)?;
        let ended = row.ends_at.map(|_| why_ended(row.state));
        facts.memberships.push(Membership { class: class.name.clone(), during, ended });
    }
    let mut terms: BTreeMap<(PersonId, ClassId), Vec<PaidTerm>> = BTreeMap::new();
    for term in rows.paid {
        terms.entry((term.person_id, term.class_id)).or_default().push(term);
    }
    for ((person, class), terms) in terms {
        let (Some(facts), Some(class)) = (people.get_mut(&person), classes.get(&class)) else { continue };
        let Some(policy) = &class.dues else { continue };
        let paid = policy.paid_intervals(&covers(policy, &terms)?);
        facts.paid.extend(paid.into_iter().map(|during| Paid { class: class.name.clone(), during }));
    }
    for (person, class, at) in rows.certifications {
        if let (Some(facts), Some(class)) = (people.get_mut(&person), classes.get(&class)) {
            facts.certifications.push(Certification { class: class.name.clone(), at: instant(at)? });
        }
    }
    for (person, at) in rows.affirmations {
        if let Some(facts) = people.get_mut(&person) {
            facts.affirmations.push(Affirmation { body: rule.body.clone(), at: instant(at)? });
        }
    }
    for (person, from, to) in rows.opt_outs {
        if let Some(facts) = people.get_mut(&person) {
            facts.opt_outs.push(OptOut { body: rule.body.clone(), during: interval(from, to)? });
        }
    }
    let past = rows.past.into_iter().map(|p| (p.person_id, p.election, p.closed_at, p.voted));
    for (person, election, closed, voted) in rows.participation.into_iter().chain(past) {
        if let Some(facts) = people.get_mut(&person) {
            let closed = instant(closed)?;
            facts.participation.push(Participation { election: election.into(), closed, voted });
        }
    }
    Ok(())
}
