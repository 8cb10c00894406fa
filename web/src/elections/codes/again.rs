//! Who may get their code once more, and the mail that brings it.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, address_lookup};
use folkmoot_store::elections::roll::{self, RollEntry};
use folkmoot_store::elections::{Election, running, sealed_codes};
use folkmoot_store::{Conn, PersonId, Utc, mails};

use super::open;
use crate::app::App;
use crate::elections::preparation::{CodeKeeping, Plan, Registrar};
use crate::elections::registrar::{CODE, VotingCode};
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};
use crate::mail::{self, Recipient};

/// Name of a code that its person asked for, in the ledger of deliveries.
pub const ASKED: &str = "voting code, asked for";
/// Name of a code that an officer sent again.
pub const BY_OFFICER: &str = "voting code, sent by an officer";
/// Every mail of an election that held a code.
pub const ALL: &[&str] = &[CODE, ASKED, BY_OFFICER];

/// How often one person's code is sent again within a day, by each of the two ways.
const MOST: usize = 3;

/// Why a code is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Voting has not begun; the codes go out when it does.
    NotOpen,
    /// No ballot is accepted any more.
    Ended,
    /// The person has no vote.
    NotOnRoll,
    /// Somebody else made and sent the codes.
    External,
    /// The election keeps no codes.
    Nowhere,
    /// There is no confirmed address.
    NoAddress,
    /// The first mail went to no address, or to one that the person does not have any more.
    OtherAddress,
    /// Mails to the address come back.
    Suppressed,
    /// Sent again often enough for today.
    TooOften,
}

impl Refusal {
    /// To the person whose code it is; `help` is where questions about the election go.
    #[must_use]
    pub fn to_voter(self, help: &str) -> String {
        let whom = if help.is_empty() { "the officers of this election" } else { help };
        match self {
            Self::NotOpen => "Voting is not open yet. The voting codes are mailed when it opens.".into(),
            Self::Ended => "Voting has ended. No voting code is sent any more.".into(),
            Self::NotOnRoll => "You are not on the roll of this election.".into(),
            Self::External => format!(
                "The codes of this election were made and sent by its registrar, not by this site. Write to {whom}."
            ),
            Self::Nowhere => format!(
                "The codes of this election are kept nowhere once they are mailed, so yours cannot be sent again. It is in the first mail about the vote. Questions: {whom}."
            ),
            Self::NoAddress | Self::OtherAddress => format!(
                "While voting is open, a code goes by itself only to the address that got it first, and that is none of your confirmed addresses. Write to {whom}: an officer can send it to your present address."
            ),
            Self::Suppressed => format!(
                "Mails to the address that got your code first come back. Write to {whom}: an officer can send it to another address that you have confirmed."
            ),
            Self::TooOften => format!(
                "Your code was sent again {MOST} times within a day. Look into the folder for unwanted mail too, or write to {whom}."
            ),
        }
    }

    /// To an officer who wants to send it.
    #[must_use]
    pub const fn to_officer(self) -> &'static str {
        match self {
            Self::NotOpen => "Voting is not open yet. The codes go out when it opens.",
            Self::Ended => "Voting has ended. No code is sent any more.",
            Self::NotOnRoll => "This person is not on the roll of this election.",
            Self::External => {
                "The codes of this election come from its registrar, who alone can send one again."
            }
            Self::Nowhere => {
                "The codes of this election are kept nowhere, so a lost one cannot be sent again."
            }
            Self::NoAddress => "This person has no confirmed address to send the code to.",
            Self::OtherAddress => "The first mail went to another address.",
            Self::Suppressed => {
                "The person's address is on the suppression list: mails to it come back. The person can confirm another one, or it is taken off the list."
            }
            Self::TooOften => {
                "Officers have sent this code three times within a day. Find out first why the mails do not arrive."
            }
        }
    }
}

/// Whether this election takes ballots now. A pause in between is no obstacle, the announced end is.
fn is_voting(election: &Election, now: Utc) -> Result<(), Refusal> {
    match election.state.as_str() {
        "open" | "suspended" => match (election.opens_at, election.closes_at) {
            (Some(opens), _) if now < opens => Err(Refusal::NotOpen),
            (_, Some(closes)) if now < closes => Ok(()),
            _ => Err(Refusal::Ended),
        },
        "draft"
        | "announced"
        | "nominations"
        | "closed_nominations"
        | "candidates_announced"
        | "rehearsed" => Err(Refusal::NotOpen),
        _ => Err(Refusal::Ended),
    }
}

/// Whether codes of this election can be sent again at all.
///
/// # Errors
/// Database errors.
pub fn any_can_be_sent(conn: &mut Conn, election: &Election, now: Utc) -> AppResult<bool> {
    Ok(is_voting(election, now).is_ok() && sealed_codes::count(conn, election.id)? > 0)
}

/// A code that can be sent again.
#[derive(Debug, Clone)]
pub struct Kept {
    entry: i64,
    sealed: String,
}

/// The kept code of a person, or why there is none.
///
/// # Errors
/// Database errors.
pub fn kept(
    conn: &mut Conn,
    election: &Election,
    person: PersonId,
    now: Utc,
) -> AppResult<Result<Kept, Refusal>> {
    if let Err(refusal) = is_voting(election, now) {
        return Ok(Err(refusal));
    }
    let Some(RollEntry { id: entry, .. }) = roll::of_person(conn, election.id, person)? else {
        return Ok(Err(Refusal::NotOnRoll));
    };
    let plan = Plan::of(conn, election.id)?;
    if plan.as_ref().is_some_and(|p| p.registrar == Registrar::External) {
        return Ok(Err(Refusal::External));
    }
    if plan.is_some_and(|p| p.codes == CodeKeeping::Nowhere) {
        return Ok(Err(Refusal::Nowhere));
    }
    let sealed = sealed_codes::of_entry(conn, election.id, entry)?;
    Ok(sealed.map(|sealed| Kept { entry, sealed }).ok_or(Refusal::Nowhere))
}

/// Where this person asks for their code to be sent: to the address of the first mail, which nobody changes by taking over an
/// account while voting is open.
///
/// # Errors
/// Database errors.
pub fn frozen_address(
    conn: &mut Conn,
    election: &Election,
    person: PersonId,
) -> AppResult<Result<String, Refusal>> {
    let first = running::sent_to(conn, election.id, person, &[CODE])?.into_iter().next();
    let Some(address) = first.and_then(|m| m.recipient) else { return Ok(Err(Refusal::OtherAddress)) };
    let lookup = address_lookup(&address);
    let owned = accounts::addresses_of(conn, person)?;
    if !owned.iter().any(|a| a.verified_at.is_some() && a.lookup == lookup) {
        return Ok(Err(Refusal::OtherAddress));
    }
    if mails::suppression(conn, &address)?.is_some() {
        return Ok(Err(Refusal::Suppressed));
    }
    Ok(Ok(address))
}

/// Refuses a code that was sent again this way often enough within a day.
///
/// # Errors
/// Database errors.
pub fn not_too_often(
    conn: &mut Conn,
    election: &Election,
    person: PersonId,
    kind: &str,
    now: Utc,
) -> AppResult<Result<(), Refusal>> {
    let since = now.plus(-TimeDelta::hours(24));
    let sent = running::sent_to(conn, election.id, person, &[kind])?;
    let lately = sent.iter().filter(|m| m.queued_at.is_some_and(|at| at > since)).count();
    Ok(if lately < MOST { Ok(()) } else { Err(Refusal::TooOften) })
}

/// Queues the mail with the code and notes it in the ledger of deliveries as `kind`.
///
/// # Errors
/// Database errors; `Internal` when the code was sealed by another key.
pub fn send(
    conn: &mut Conn,
    app: &App,
    election: &Election,
    kept: &Kept,
    (person, address): (PersonId, &str),
    kind: &str,
    now: Utc,
) -> AppResult<()> {
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let code = open(app, election, kept.entry, &kept.sealed)?;
    let name = accounts::person(conn, person)?.preferred_name;
    let message = VotingCode::to(app, election, &settings, name, &code);
    let mail = mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
    Ok(running::note_mail(conn, election.id, person, kind, Some(mail))?)
}
