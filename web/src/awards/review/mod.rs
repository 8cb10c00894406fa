//! The review board: the queue (`queue`), one nomination with its evidence and the discussion (`page`), and what a member does
//! (`acts`).

mod acts;
mod page;
mod queue;

use std::collections::BTreeSet;

use folkmoot_governance::Explain;
use folkmoot_store::awards::nominations;
use folkmoot_store::awards::review::VoteChoice;
use folkmoot_store::awards::rounds::{Round, RoundState};
use folkmoot_store::{Conn, PublicId, Utc};

use super::board::{Case, Seat};
use super::programme::{Award, id_of};
use crate::error::{AppError, AppResult};
use crate::http::when::{day, when};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let signed_in = Access::SignedIn;
    vec![
        Route::get("/awards/review/{award}", signed_in, queue::queue),
        Route::get("/awards/review/{award}/nominations/{nomination}", signed_in, page::one),
        Route::post("/awards/review/{award}/nominations/{nomination}/vote", signed_in, acts::vote),
        Route::post("/awards/review/{award}/nominations/{nomination}/recusal", signed_in, acts::recuse),
        Route::post("/awards/review/{award}/nominations/{nomination}/comments", signed_in, acts::comment),
    ]
}

/// How a round stands, in words.
pub(super) fn round_words(round: &Round, now: Utc) -> String {
    match round.state {
        RoundState::Open => match round.cutoff_at {
            Some(at) => format!("Takes nominations until {}", when(at)),
            None => "Takes nominations until the chair puts them to the vote".into(),
        },
        RoundState::Review => match round.review_until {
            Some(end) if end <= now => "Waits for a rule: the votes are in".into(),
            Some(end) => format!("Votes are taken until {}", when(end)),
            None => "Votes are taken".into(),
        },
        RoundState::Decided => {
            format!("Decided; announced {}", round.announce_at.map(when).unwrap_or_default())
        }
        RoundState::Announced => format!("Announced {}", round.announced_at.map(day).unwrap_or_default()),
    }
}

fn standing_words(choice: Option<VoteChoice>, takes_votes: bool) -> (&'static str, &'static str) {
    match choice {
        Some(VoteChoice::Yes) => ("You: for", "good"),
        Some(VoteChoice::No) => ("You: against", "bad"),
        Some(VoteChoice::Abstain) => ("You: abstain", ""),
        Some(VoteChoice::Recused) => ("You stepped aside", ""),
        None if takes_votes => ("Your vote is missing", "warn"),
        None => ("No vote of yours", ""),
    }
}

/// "Carried over for 2 rounds, considered until 2022 Q4."
fn carried_words(award: &Award, case: &Case, round: &Round) -> String {
    let supports = match case.supports.len() {
        0 | 1 => String::new(),
        n => format!(" Nominated by {n}."),
    };
    match &award.settings.calendar {
        Some(_) => format!("{}{supports}", case.standing(award, id_of(round)).sentence()),
        None => supports.trim_start().to_owned(),
    }
}

/// A nomination that this member may see; what is about the member does not exist for them.
pub(super) fn case_for(conn: &mut Conn, seat: &Seat, id: &str) -> AppResult<Case> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let row = nominations::by_public_id(conn, seat.award.row.id, &id)?;
    let found = Case::of(conn, vec![row])?.pop().ok_or_else(AppError::not_found)?;
    let about = found.nominated_members(conn, &BTreeSet::from([seat.person]))?;
    if about.contains(&seat.person) { Err(AppError::not_found()) } else { Ok(found) }
}
