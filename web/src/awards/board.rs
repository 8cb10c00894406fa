//! Who sits on the deciding body, and what a member may see of the nominations.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use folkmoot_governance::award::{AwardNomination, NominationState as Standing, RoundId};
use folkmoot_store::awards::nominations::{
    self, Nomination, NominationId, NominationState, Nominee, Support,
};
use folkmoot_store::awards::review::{self, VoteChoice};
use folkmoot_store::awards::rounds::{self, Round, RoundState};
use folkmoot_store::bodies::{self, BodyId, BodyMember, MemberRole};
use folkmoot_store::people::fold;
use folkmoot_store::{Conn, PersonId, Utc, accounts};

use super::programme::{Award, id_of};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::tasks::Task;

/// A member of the deciding body, today.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    pub(super) award: Award,
    pub(super) person: PersonId,
    /// Chair or deputy.
    pub(super) is_chair: bool,
}

/// The chair and the deputies.
pub(super) fn leads(member: &BodyMember) -> bool {
    member.role != MemberRole::Member
}

/// Members of a body on a day.
pub(super) fn members_on(conn: &mut Conn, body: BodyId, day: NaiveDate) -> AppResult<Vec<BodyMember>> {
    Ok(bodies::sitting(conn, body, day)?)
}

/// The seat of whoever asks.
///
/// # Errors
/// `NotFound` for everybody else: not even that there is a queue is told.
pub(super) fn seat(conn: &mut Conn, slug: &str, actor: &Actor, now: Utc) -> AppResult<Seat> {
    let award = Award::by_slug(conn, slug)?;
    let today = now.datetime().date_naive();
    let own: Vec<BodyMember> =
        members_on(conn, award.body.id, today)?.into_iter().filter(|m| m.person_id == actor.person).collect();
    if own.is_empty() {
        return Err(AppError::not_found());
    }
    let is_chair = own.iter().any(leads);
    Ok(Seat { award, person: actor.person, is_chair })
}

/// The seat of a chair or deputy.
///
/// # Errors
/// `NotFound` for people outside the body, `Forbidden` for its other members.
pub(super) fn chair(conn: &mut Conn, slug: &str, actor: &Actor, now: Utc) -> AppResult<Seat> {
    let seat = seat(conn, slug, actor, now)?;
    if seat.is_chair {
        Ok(seat)
    } else {
        Err(AppError::forbidden("The chair of the body or a deputy does this."))
    }
}

/// A nomination with everything that was sent for it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) nomination: Nomination,
    pub(super) nominees: Vec<Nominee>,
    pub(super) supports: Vec<(Support, RoundId)>,
}

impl Case {
    /// Reads active nominations of an award in the order of receipt.
    pub(super) fn active(conn: &mut Conn, award: &Award) -> AppResult<Vec<Self>> {
        let rows = nominations::in_state(conn, award.row.id, NominationState::Active)?;
        Self::of(conn, rows)
    }

    pub(super) fn of(conn: &mut Conn, rows: Vec<Nomination>) -> AppResult<Vec<Self>> {
        let ids: Vec<NominationId> = rows.iter().map(|n| n.id).collect();
        let mut nominees: BTreeMap<NominationId, Vec<Nominee>> = BTreeMap::new();
        for nominee in nominations::nominees(conn, &ids)? {
            nominees.entry(nominee.nomination_id).or_default().push(nominee);
        }
        let mut supports: BTreeMap<NominationId, Vec<(Support, RoundId)>> = BTreeMap::new();
        for (support, round) in nominations::supports(conn, &ids)? {
            let id = id_of(&round);
            supports.entry(support.nomination_id).or_default().push((support, id));
        }
        Ok(rows
            .into_iter()
            .map(|nomination| Self {
                nominees: nominees.remove(&nomination.id).unwrap_or_default(),
                supports: supports.remove(&nomination.id).unwrap_or_default(),
                nomination,
            })
            .collect())
    }

    /// As the rules see it.
    pub(super) fn facts(&self) -> AwardNomination {
        let mut received: Vec<RoundId> = self.supports.iter().map(|(_, id)| *id).collect();
        received.sort_unstable();
        AwardNomination { received, granted: None, withdrawn: None }
    }

    /// Where it stands in a round by calendar and carry-over.
    pub(super) fn standing(&self, award: &Award, round: RoundId) -> Standing {
        self.facts().state(round, &award.settings.counting(), award.settings.carry_over)
    }

    /// The people, as a line.
    pub(super) fn people(&self) -> String {
        let names: Vec<&str> = self.nominees.iter().map(|n| n.name.as_str()).collect();
        let names = super::texts::list(&names);
        if self.nomination.team.is_empty() { names } else { format!("{}: {names}", self.nomination.team) }
    }

    /// Members of the body who are nominated here: by account, by address, or by name when no address was given.
    pub(super) fn nominated_members(
        &self,
        conn: &mut Conn,
        members: &BTreeSet<PersonId>,
    ) -> AppResult<BTreeSet<PersonId>> {
        let ids: Vec<PersonId> = members.iter().copied().collect();
        let names: Vec<(PersonId, String)> = accounts::persons_with(conn, &ids)?
            .into_iter()
            .map(|p| (p.id, fold(&p.preferred_name)))
            .collect();
        let mut found = BTreeSet::new();
        for nominee in &self.nominees {
            if nominee.email.is_empty() {
                let name = fold(&nominee.name);
                found.extend(names.iter().filter(|(_, n)| *n == name).map(|(id, _)| *id));
            } else if let Some(owner) = accounts::owner_of_address(conn, &nominee.email)?
                && members.contains(&owner.id)
            {
                found.insert(owner.id);
            }
        }
        Ok(found)
    }
}

/// The earliest round that is not decided and in which a nomination is considered.
pub(super) fn round_of(award: &Award, case: &Case, all: &[Round]) -> Option<Round> {
    all.iter()
        .filter(|r| matches!(r.state, RoundState::Open | RoundState::Review))
        .find(|r| matches!(case.standing(award, id_of(r)), Standing::Active { .. }))
        .cloned()
}

/// Reviewers are asked for the votes they have not cast, and the chair for what only the chair does.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let today = now.datetime().date_naive();
    let seats = bodies::seats_of(conn, actor.person)?;
    let mut found = Vec::new();
    for (award, chairs) in Award::all(conn)?.into_iter().filter_map(|award| {
        let own: Vec<_> = seats.iter().filter(|(m, b)| b.id == award.body.id && m.sits_on(today)).collect();
        let chairs = own.iter().any(|(m, _)| leads(m));
        (!own.is_empty()).then_some((award, chairs))
    }) {
        let page = format!("/awards/review/{}", award.row.slug);
        for (round, waiting) in waiting_for(conn, &award, actor.person, now)? {
            if round.state == RoundState::Review && !waiting.is_empty() {
                let what = if waiting.len() == 1 { "nomination" } else { "nominations" };
                found.push(Task {
                    text: format!(
                        "Vote on {} {what} for the {}, {}",
                        waiting.len(),
                        award.row.name,
                        round.label
                    ),
                    href: page.clone(),
                    hint: String::new(),
                    due: round.review_until,
                });
            }
        }
        if chairs && award.adopted(conn)?.is_none() {
            found.push(Task {
                text: format!("Adopt the rule by which the {} is decided", award.row.name),
                href: format!("{page}/rules"),
                hint: String::new(),
                due: None,
            });
        }
    }
    Ok(found)
}

/// For each undecided round the nominations on which a member has not spoken, without those about the member.
pub(super) fn waiting_for(
    conn: &mut Conn,
    award: &Award,
    person: PersonId,
    now: Utc,
) -> AppResult<Vec<(Round, Vec<NominationId>)>> {
    let all = rounds::of_programme(conn, award.row.id)?;
    let members = BTreeSet::from([person]);
    let mut found: Vec<(Round, Vec<NominationId>)> = Vec::new();
    for case in Case::active(conn, award)? {
        let Some(round) = round_of(award, &case, &all) else { continue };
        if !round.takes_votes(now) || case.nominated_members(conn, &members)?.contains(&person) {
            continue;
        }
        let spoken = review::votes(conn, round.id, &[case.nomination.id])?;
        if spoken.iter().any(|v| v.person_id == person) {
            continue;
        }
        match found.iter_mut().find(|(r, _)| r.id == round.id) {
            Some((_, ids)) => ids.push(case.nomination.id),
            None => found.push((round, vec![case.nomination.id])),
        }
    }
    Ok(found)
}

/// What a member said in the round, if anything.
pub(super) fn said(
    conn: &mut Conn,
    round: &Round,
    nomination: NominationId,
    person: PersonId,
) -> AppResult<Option<(VoteChoice, String)>> {
    let votes = review::votes(conn, round.id, &[nomination])?;
    Ok(votes.into_iter().find(|v| v.person_id == person).map(|v| (v.choice, v.rationale)))
}
