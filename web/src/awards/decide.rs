//! The end of a review: verdicts from the votes by the rule of the round, and the texts.

use std::collections::BTreeSet;

use folkmoot_governance::award::{Choice, NominationState as Standing};
use folkmoot_store::awards::nominations::{self, NominationState};
use folkmoot_store::awards::review::{self, Decided, Outcome, VoteChoice};
use folkmoot_store::awards::rounds::{self, Round};
use folkmoot_store::{Conn, PersonId, Utc, accounts};

use super::board::{Case, leads, members_on};
use super::mail::AwardRoundDecided;
use super::programme::{Award, KnownRule, id_of};
use super::texts::{Granted, Matter};
use super::verdict::Tally;
use crate::app::App;
use crate::error::AppResult;
use crate::mail::{self, Recipient};

/// Members of the deciding body at the end of the review, by key.
fn electors(conn: &mut Conn, award: &Award, round: &Round, now: Utc) -> AppResult<BTreeSet<PersonId>> {
    let day = round.review_until.unwrap_or(now).datetime().date_naive();
    Ok(members_on(conn, award.body.id, day)?.into_iter().map(|m| m.person_id).collect())
}

/// The votes on a nomination in a round, of those who sit on the body at the end of the review.
pub(super) fn tally(
    conn: &mut Conn,
    award: &Award,
    round: &Round,
    case: &Case,
    now: Utc,
) -> AppResult<Tally> {
    let members = electors(conn, award, round, now)?;
    let nominated = case.nominated_members(conn, &members)?;
    let votes = review::votes(conn, round.id, &[case.nomination.id])?;
    Ok(Tally::of(&votes, &members, &nominated))
}

/// Decides every nomination that is considered in the round, carries over or lets expire the rest, and writes the texts.
///
/// # Errors
/// A database error.
pub(super) fn decide(
    conn: &mut Conn,
    app: &App,
    award: &Award,
    round: &Round,
    rule: &KnownRule,
    now: Utc,
) -> AppResult<()> {
    let (id, counting) = (id_of(round), award.settings.counting());
    let next = counting.step(id, 1);
    for case in Case::active(conn, award)? {
        if !matches!(case.standing(award, id), Standing::Active { .. }) {
            continue;
        }
        let tally = tally(conn, award, round, &case, now)?;
        let outcome = if tally.under(&rule.policy)?.passes {
            Outcome::Granted
        } else if matches!(case.standing(award, next), Standing::Active { .. }) {
            Outcome::CarriedOver
        } else {
            Outcome::Expired
        };
        let decided = Decided {
            nomination_id: case.nomination.id,
            round_id: round.id,
            outcome,
            votes_for: tally.count(Choice::Yes),
            votes_against: tally.count(Choice::No),
            abstentions: tally.count(Choice::Abstain),
            recusals: tally.count(Choice::Recused),
            members: i64::try_from(tally.members).unwrap_or(i64::MAX),
            created_at: now,
        };
        review::decide(conn, &decided)?;
        match outcome {
            Outcome::Granted => {
                let state = NominationState::Granted;
                nominations::close(conn, case.nomination.id, state, Some(round.id), now)?;
            }
            Outcome::Expired => {
                nominations::close(conn, case.nomination.id, NominationState::Expired, None, now)?;
            }
            Outcome::CarriedOver => keep_recusals(conn, award, round, &case, now)?,
        }
    }
    rounds::set_decided(conn, round.id, now)?;
    write_texts(conn, app, award, round)?;
    tell_chairs(conn, app, award, round, now)
}

/// Who stepped aside stays aside in the next round, until they say otherwise.
fn keep_recusals(conn: &mut Conn, award: &Award, round: &Round, case: &Case, now: Utc) -> AppResult<()> {
    let next = award.ensure(conn, award.settings.counting().step(id_of(round), 1), now)?;
    let votes = review::votes(conn, round.id, &[case.nomination.id])?;
    for vote in votes.into_iter().filter(|v| v.choice == VoteChoice::Recused) {
        review::cast(
            conn,
            case.nomination.id,
            next.id,
            vote.person_id,
            VoteChoice::Recused,
            &vote.rationale,
            now,
        )?;
    }
    Ok(())
}

/// Everything a round granted, with people and numbers.
pub(super) fn granted(conn: &mut Conn, round: &Round) -> AppResult<Vec<Granted>> {
    let rows = nominations::granted_in(conn, round.id)?;
    let decided = review::decided_in(conn, round.id)?;
    let ids: Vec<_> = rows.iter().map(|n| n.id).collect();
    let people = nominations::nominees(conn, &ids)?;
    Ok(rows
        .into_iter()
        .filter_map(|nomination| {
            let decided = *decided.iter().find(|d| d.nomination_id == nomination.id)?;
            let nominees = people.iter().filter(|p| p.nomination_id == nomination.id).cloned().collect();
            Some(Granted { nomination, nominees, decided })
        })
        .collect())
}

/// Writes resolution, minutes and announcement from the templates, as the citations stand now.
pub(super) fn write_texts(conn: &mut Conn, app: &App, award: &Award, round: &Round) -> AppResult<()> {
    let granted = granted(conn, round)?;
    let organisation = app.organisation();
    let link = app.link(&format!("/awards/{}/rounds/{}", award.row.slug, round.path()));
    let matter = Matter {
        organisation: &organisation.name,
        award: &award.row.name,
        round: &round.label,
        body: &award.body.name,
        link: &link,
        granted: &granted,
    };
    let resolution = matter.resolution(&award.settings.resolution);
    let minutes = matter.minutes(&resolution);
    let announcement = matter.announcement(&award.settings.announcement);
    Ok(rounds::set_texts(conn, round.id, &resolution, &minutes, &announcement)?)
}

fn tell_chairs(conn: &mut Conn, app: &App, award: &Award, round: &Round, now: Utc) -> AppResult<()> {
    let today = now.datetime().date_naive();
    for member in members_on(conn, award.body.id, today)?.into_iter().filter(leads) {
        let Some(address) = accounts::mail_address_of(conn, member.person_id)? else { continue };
        let message = AwardRoundDecided {
            name: accounts::person(conn, member.person_id)?.preferred_name,
            award: award.row.name.clone(),
            round: round.label.clone(),
            announced: round.announce_at.map(|at| app.when(at)).unwrap_or_default(),
            link: app.link(&format!("/awards/review/{}/rounds/{}", award.row.slug, round.path())),
        };
        mail::queue(conn, app, &Recipient::person(member.person_id, address), &message, now)?;
    }
    Ok(())
}
