//! What the rules of a roll look at, read from the database for one person or for everybody at once.
//!
//! Classes are named by their keys, elections by their titles, the body as the rule names it, people by their public ids.

use std::collections::HashMap;

use folkmoot_governance::dues::DuesPolicy;
use folkmoot_governance::electorate::{
    Affirmation, Certification, ElectorateRule, Membership, MembershipEnd, OptOut, Paid, Participation,
    PersonFacts, Roll, RollInstants, Standing, assess,
};
use folkmoot_governance::{ClassId as ClassName, ElectionId as ElectionName, Interval};
use folkmoot_store::accounts::PersonState;
use folkmoot_store::bodies::BodyId;
use folkmoot_store::memberships::facts::{Dues, Rows, Who, rows};
use folkmoot_store::memberships::{self, Class, ClassId, MembershipState};
use folkmoot_store::{Conn, PersonId, Utc};

use super::dues::{payment, policy_of};
use super::{instant, utc};
use crate::error::{AppError, AppResult};

/// The roll of a body, and how everybody with a membership stands to it.
#[derive(Debug, Clone)]
pub struct Electorate {
    /// The roll, sorted by public id.
    pub roll: Roll,
    /// Of everybody, on the roll or not, how and why; sorted by public id.
    pub standings: Vec<Standing>,
    /// Of each of `standings`, the key, and whether the account is an ordinary one.
    people: Vec<(PersonId, bool)>,
}

impl Electorate {
    /// Everybody with how they stand, by key.
    pub fn everybody(&self) -> impl Iterator<Item = (PersonId, &Standing)> {
        self.people.iter().map(|(person, _)| *person).zip(&self.standings)
    }

    /// Keys of the people on the roll, with how they stand.
    pub fn on_roll(&self) -> impl Iterator<Item = (PersonId, &Standing)> {
        self.everybody().filter(|(_, standing)| standing.on_roll)
    }

    /// Those of [`Self::on_roll`] whose account is neither barred nor a part of another.
    pub fn active_on_roll(&self) -> impl Iterator<Item = (PersonId, &Standing)> {
        let active = self.people.iter().map(|(_, active)| *active);
        self.everybody()
            .zip(active)
            .filter(|((_, standing), active)| standing.on_roll && *active)
            .map(|(who, _)| who)
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
    let People { keys, facts, .. } = load(conn, Who::Everybody, body, rule, at)?;
    // The facts come in the order of the public ids, which is that of the standings.
    let (roll, standings) = Roll::build(&facts, rule, at).map_err(AppError::internal)?;
    Ok(Electorate { roll, standings, people: keys })
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
    found.facts.into_iter().next().ok_or_else(AppError::not_found)
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

/// People with what is known about each, in the order of their public ids.
struct People {
    /// The key of each, and whether the account is an ordinary one.
    keys: Vec<(PersonId, bool)>,
    /// What is known about each.
    facts: Vec<PersonFacts>,
    /// Where each stands in the two lists.
    places: HashMap<PersonId, usize>,
}

impl People {
    fn get(&mut self, person: PersonId) -> Option<&mut PersonFacts> {
        self.facts.get_mut(*self.places.get(&person)?)
    }
}

fn load(
    conn: &mut Conn,
    who: Who,
    body: BodyId,
    rule: &ElectorateRule,
    at: &RollInstants,
) -> AppResult<People> {
    let mut classes = HashMap::new();
    for class in memberships::classes(conn)? {
        classes.insert(class.id, ClassFacts::of(&class)?);
    }
    let rows = rows(conn, who, body, utc(at.record)?)?;
    let most = rows.people.len();
    let mut people = People {
        keys: Vec::with_capacity(most),
        facts: Vec::with_capacity(most),
        places: HashMap::with_capacity(most),
    };
    for (id, public, state) in &rows.people {
        if *state != PersonState::Closed {
            people.places.insert(*id, people.facts.len());
            people.keys.push((*id, *state == PersonState::Active));
            people.facts.push(PersonFacts::new(public.as_str()));
        }
    }
    fill(&mut people, rows, rule, &classes)?;
    Ok(people)
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
    people: &mut People,
    mut rows: Rows,
    rule: &ElectorateRule,
    classes: &HashMap<ClassId, ClassFacts>,
) -> AppResult<()> {
    for row in rows.memberships {
        let (Some(facts), Some(class)) = (people.get(row.person_id), classes.get(&row.class_id)) else {
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
    let whose = |dues: &Dues| (dues.person_id, dues.class_id);
    rows.paid.sort_by_key(whose);
    for terms in rows.paid.chunk_by_mut(|one, other| whose(one) == whose(other)) {
        let Some((person, class)) = terms.first().map(whose) else { continue };
        let (Some(facts), Some(class)) = (people.get(person), classes.get(&class)) else { continue };
        let Some(policy) = &class.dues else { continue };
        let payments = terms
            .iter_mut()
            .map(|t| payment(std::mem::take(&mut t.reference), t.kind, t.paid_at, t.returned_at))
            .collect::<AppResult<Vec<_>>>()?;
        let paid = policy.paid_intervals(&policy.covers(&payments));
        facts.paid.extend(paid.into_iter().map(|during| Paid { class: class.name.clone(), during }));
    }
    for (person, class, at) in rows.certifications {
        if let (Some(facts), Some(class)) = (people.get(person), classes.get(&class)) {
            facts.certifications.push(Certification { class: class.name.clone(), at: instant(at)? });
        }
    }
    for (person, at) in rows.affirmations {
        if let Some(facts) = people.get(person) {
            facts.affirmations.push(Affirmation { body: rule.body.clone(), at: instant(at)? });
        }
    }
    for (person, from, to) in rows.opt_outs {
        if let Some(facts) = people.get(person) {
            facts.opt_outs.push(OptOut { body: rule.body.clone(), during: interval(from, to)? });
        }
    }
    for held in rows.participation {
        let (election, closed) = (ElectionName::from(held.title), instant(held.closed_at)?);
        for (person, voted) in held.entitled {
            if let Some(facts) = people.get(person) {
                facts.participation.push(Participation { election: election.clone(), closed, voted });
            }
        }
    }
    for past in rows.past {
        if let Some(facts) = people.get(past.person_id) {
            let closed = instant(past.closed_at)?;
            facts.participation.push(Participation {
                election: past.election.into(),
                closed,
                voted: past.voted,
            });
        }
    }
    Ok(())
}
