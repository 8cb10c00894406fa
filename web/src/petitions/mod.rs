//! Petitions: when a share of the members or voters has signed, a motion is put or a meeting is called.

mod pages;
#[cfg(test)]
mod tests;

use folkmoot_governance::Fraction;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::meetings::{self, Petition, PetitionAim, Signers};
use folkmoot_store::motions::{self, MotionKind};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::motions::effect::Effect;
use crate::motions::enter::{Entry, enter};
use crate::motions::settings::{KindSettings, Reach};
use crate::motions::standing;
use crate::routes::Route;

pub use pages::{NewWish, open};

/// How long a petition is open.
const DAYS: i64 = 60;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    pages::routes()
}

/// Kinds of motions of a body that a petition can bring about, with the share that has to sign.
///
/// # Errors
/// A database error.
pub fn kinds(conn: &mut Conn, body: &Body) -> AppResult<Vec<(MotionKind, KindSettings, Fraction)>> {
    let mut found = Vec::new();
    for kind in motions::kinds_of(conn, body.id)? {
        let settings = KindSettings::of(&kind)?;
        if let Some(share) = settings.petition.filter(|_| settings.reach != Reach::Seat) {
            found.push((kind, settings, share));
        }
    }
    Ok(found)
}

/// Whoever may sign a petition for this kind now.
///
/// # Errors
/// A database error.
pub fn signers(conn: &mut Conn, body: &Body, settings: &KindSettings, now: Utc) -> AppResult<Vec<PersonId>> {
    standing::electors(
        conn,
        body,
        &KindSettings { voters: settings.petition_voters, ..settings.clone() },
        now,
    )
}

const fn who(settings: &KindSettings) -> Signers {
    if settings.petition_voters { Signers::Voters } else { Signers::Members }
}

const fn aim(settings: &KindSettings) -> PetitionAim {
    if settings.petition_meeting { PetitionAim::Meeting } else { PetitionAim::Motion }
}

/// Where a petition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Open for signatures.
    Open,
    /// Enough have signed.
    Reached,
    /// Not enough signed in time.
    Over,
    /// Its author took it back.
    Withdrawn,
}

/// Where a petition stands at `now`.
#[must_use]
pub fn stand(petition: &Petition, now: Utc) -> Stand {
    if petition.reached_at.is_some() {
        Stand::Reached
    } else if petition.withdrawn_at.is_some() {
        Stand::Withdrawn
    } else if now < petition.closes_at {
        Stand::Open
    } else {
        Stand::Over
    }
}

/// Signs, and brings about what the petition asks for once enough have signed.
///
/// # Errors
/// `Conflict` when the petition is over, `Forbidden` for people who may not sign.
pub fn sign(conn: &mut Conn, app: &App, petition: &Petition, person: PersonId, now: Utc) -> AppResult<bool> {
    if stand(petition, now) != Stand::Open {
        return Err(AppError::conflict("This petition is over; it takes no more signatures."));
    }
    let body = bodies::by_id(conn, petition.body_id)?;
    let kind = motions::kind_of(conn, body.id, &petition.motion_kind)?
        .ok_or_else(|| AppError::conflict("The body has given this kind of petition up."))?;
    let settings = KindSettings::of(&kind)?;
    if !signers(conn, &body, &settings, now)?.contains(&person) {
        return Err(AppError::forbidden("You cannot sign this petition: only those who may vote on it can."));
    }
    if !meetings::sign(conn, petition.id, person, now)? {
        return Ok(false);
    }
    if meetings::signatures(conn, petition.id)? < petition.needed {
        return Ok(false);
    }
    meetings::end_petition(conn, petition.id, true, now)?;
    bring_about(conn, app, petition, (&body, &kind, &settings), now)?;
    Ok(true)
}

fn bring_about(
    conn: &mut Conn,
    app: &App,
    petition: &Petition,
    (body, kind, settings): (&Body, &MotionKind, &KindSettings),
    now: Utc,
) -> AppResult<PublicId> {
    if petition.aim == PetitionAim::Meeting {
        let what = (petition.title.as_str(), petition.text.as_str(), petition.id);
        return crate::meetings::begin(conn, app, body, what, now);
    }
    let about = if settings.about.is_empty() { body.slug.clone() } else { settings.about.clone() };
    let effect = match settings.reach {
        Reach::EndSeats => Effect::EndSeats { body: about, person: None },
        _ => Effect::Nothing,
    };
    let entry = Entry {
        kind,
        title: &petition.title,
        text: &petition.text,
        effect,
        proposer: petition.author_id,
        meeting: None,
        petition: Some(petition.id),
    };
    enter(conn, app, &entry, now)
}
