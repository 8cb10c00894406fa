//! A nomination whose author's address is proved: it becomes one of its own, or a further support of one that is there.

use folkmoot_governance::award::RoundId;
use folkmoot_store::awards::nominations::{
    self, NewNominee, NewSupport, Nomination, NominationState, Nominee,
};
use folkmoot_store::people::fold;
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde::{Deserialize, Serialize};

use super::mail::AwardNominationReceived;
use super::programme::Award;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::mail::{self, Recipient};

/// Somebody who is nominated, as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Name.
    pub name: String,
    /// Address; empty when none was given.
    pub email: String,
}

/// A nomination as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Address of the programme.
    pub award: String,
    /// Name of the team; empty for none.
    pub team: String,
    /// Whom; never empty.
    pub nominees: Vec<Named>,
    /// For what, in a sentence.
    pub citation: String,
    /// What they did.
    pub accomplishments: String,
    /// Web addresses, one a line.
    pub links: String,
    /// People who can tell more.
    pub referees: String,
    /// Who nominates.
    pub author_name: String,
    /// At which address.
    pub author_email: String,
}

/// Takes a nomination in: merges it with one of the same person or team, or adds it; the author gets the same thanks for both.
///
/// # Errors
/// `Conflict` when the award takes no nominations; a database error.
pub fn receive(
    conn: &mut Conn,
    app: &App,
    proposal: &Proposal,
    author: Option<PersonId>,
    now: Utc,
) -> AppResult<()> {
    let award = Award::by_slug(conn, &proposal.award)?;
    if !award.row.is_open {
        return Err(AppError::conflict("This award takes no nominations at present."));
    }
    if !award.settings.self_nomination && nominates_self(conn, proposal, author)? {
        return Err(AppError::conflict("Nobody nominates themselves for this award."));
    }
    let round = award.open_round(conn, now)?;
    let nominees = resolve(conn, &proposal.nominees)?;
    let id = match known(conn, &award, &nominees)? {
        Some((nomination, there)) => {
            complete(conn, &there, &nominees)?;
            nomination.id
        }
        None => nominations::add(
            conn,
            &app.public_id()?,
            award.row.id,
            &proposal.team,
            &proposal.citation,
            &nominees,
            now,
        )?,
    };
    let support = NewSupport {
        author_name: &proposal.author_name,
        author_email: &proposal.author_email,
        person: author,
        citation: &proposal.citation,
        accomplishments: &proposal.accomplishments,
        links: &proposal.links,
        referees: &proposal.referees,
    };
    nominations::add_support(conn, id, round.id, &support, now)?;
    let message = AwardNominationReceived {
        name: proposal.author_name.clone(),
        award: award.row.name.clone(),
        round: round.label,
        until: last_round(&award, &round.year, &round.number),
        link: app.link(&format!("/awards/{}", award.row.slug)),
    };
    let to = Recipient { person: author, address: proposal.author_email.clone() };
    mail::queue(conn, app, &to, &message, now)?;
    Ok(())
}

/// The last round in which a nomination received in this one is considered; empty without a calendar.
fn last_round(award: &Award, year: &i64, number: &i64) -> String {
    let Some(calendar) = &award.settings.calendar else { return String::new() };
    let id = RoundId {
        year: i32::try_from(*year).unwrap_or(i32::MAX),
        number: u32::try_from(*number).unwrap_or(1),
    };
    let more = i32::try_from(award.settings.carry_over.rounds.saturating_sub(1)).unwrap_or(0);
    award.label(calendar.step(id, more))
}

/// Whether the author is among the nominees: by address or, for a nominee without one, by name.
pub(super) fn nominates_self(
    conn: &mut Conn,
    proposal: &Proposal,
    author: Option<PersonId>,
) -> AppResult<bool> {
    let mut own = vec![accounts::address_lookup(&proposal.author_email)];
    if let Some(author) = author {
        let addresses = accounts::addresses_of(conn, author)?;
        own.extend(addresses.into_iter().map(|a| accounts::address_lookup(&a.address)));
    }
    let name = fold(&proposal.author_name);
    Ok(proposal.nominees.iter().any(|n| {
        if n.email.is_empty() {
            fold(&n.name) == name
        } else {
            own.contains(&accounts::address_lookup(&n.email))
        }
    }))
}

fn resolve(conn: &mut Conn, nominees: &[Named]) -> AppResult<Vec<NewNominee>> {
    let mut found = Vec::with_capacity(nominees.len());
    for named in nominees {
        let person =
            if named.email.is_empty() { None } else { accounts::owner_of_address(conn, &named.email)? };
        found.push(NewNominee {
            name: named.name.clone(),
            email: named.email.clone(),
            person: person.map(|p| p.id),
        });
    }
    Ok(found)
}

/// The active nomination of exactly these people.
fn known(
    conn: &mut Conn,
    award: &Award,
    nominees: &[NewNominee],
) -> AppResult<Option<(Nomination, Vec<Nominee>)>> {
    let active = nominations::in_state(conn, award.row.id, NominationState::Active)?;
    let ids: Vec<_> = active.iter().map(|n| n.id).collect();
    let all = nominations::nominees(conn, &ids)?;
    Ok(active.into_iter().find_map(|nomination| {
        let there: Vec<Nominee> = all.iter().filter(|n| n.nomination_id == nomination.id).cloned().collect();
        let same =
            there.len() == nominees.len() && nominees.iter().all(|n| there.iter().any(|t| is_same(t, n)));
        same.then_some((nomination, there))
    }))
}

/// The same person: the same account or address; the same name when one of the two has no address.
fn is_same(there: &Nominee, sent: &NewNominee) -> bool {
    if there.person_id.is_some() && there.person_id == sent.person {
        return true;
    }
    if there.email.is_empty() || sent.email.is_empty() {
        return fold(&there.name) == fold(&sent.name);
    }
    accounts::address_lookup(&there.email) == accounts::address_lookup(&sent.email)
}

/// Keeps addresses that only the later nomination told.
pub(super) fn complete(conn: &mut Conn, there: &[Nominee], sent: &[NewNominee]) -> AppResult<()> {
    for nominee in there.iter().filter(|t| t.email.is_empty()) {
        if let Some(told) = sent.iter().find(|s| !s.email.is_empty() && is_same(nominee, s)) {
            nominations::complete_nominee(conn, nominee.id, &told.email, told.person)?;
        }
    }
    Ok(())
}
