//! What follows when a motion passes, and how it is carried out.

use chrono::NaiveDate;
use folkmoot_store::bodies::{self, MemberRole, SeatBasis, SeatEnd};
use folkmoot_store::{Conn, PublicId, Utc, accounts, motions};
use serde::{Deserialize, Serialize};

use crate::bodies::{Granted, give_seat};
use crate::error::AppResult;

/// What follows when a motion passes. Kept with the motion, so that what was voted on is what is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// The resolution, nothing else.
    Nothing,
    /// A seat from the day on which the motion takes effect.
    Seat {
        /// Address of the body.
        body: String,
        /// The person.
        person: PublicId,
        /// Years; 0 for the term of the body.
        years: u32,
    },
    /// The end of a seat, or of all seats of the body.
    EndSeats {
        /// Address of the body.
        body: String,
        /// The person; `None` for the whole body.
        person: Option<PublicId>,
    },
    /// Another motion is vetoed.
    Veto {
        /// That motion.
        motion: PublicId,
    },
}

impl Effect {
    /// In a sentence, for pages.
    ///
    /// # Errors
    /// A database error.
    pub fn words(&self, conn: &mut Conn) -> AppResult<String> {
        Ok(match self {
            Self::Nothing => String::new(),
            Self::Seat { body, person, years } => {
                let name = accounts::person_by_public_id(conn, person)?.preferred_name;
                let body = bodies::by_slug(conn, body)?.name;
                match years {
                    0 => format!("If it passes, {name} becomes a member of {body}."),
                    years => format!("If it passes, {name} becomes a member of {body} for {years} years."),
                }
            }
            Self::EndSeats { body, person: Some(person) } => {
                let name = accounts::person_by_public_id(conn, person)?.preferred_name;
                format!("If it passes, {name} loses the seat in {}.", bodies::by_slug(conn, body)?.name)
            }
            Self::EndSeats { body, person: None } => {
                let body = bodies::by_slug(conn, body)?.name;
                format!("If it passes, every member of {body} loses the seat and a new election is held.")
            }
            Self::Veto { motion } => {
                let target = motions::by_public_id(conn, motion)?;
                format!("If it passes in time, the motion “{}” is vetoed.", target.title)
            }
        })
    }

    /// Carries it out as of `effective`. Returns what could not be done, for those who have to see to it.
    ///
    /// # Errors
    /// A database error.
    pub fn apply(
        &self,
        conn: &mut Conn,
        by: motions::MotionId,
        effective: Utc,
        now: Utc,
    ) -> AppResult<Option<String>> {
        let day = effective.datetime().date_naive();
        match self {
            Self::Nothing => Ok(None),
            Self::Seat { body, person, years } => {
                let body = bodies::by_slug(conn, body)?;
                let person = accounts::person_by_public_id(conn, person)?.id;
                let years = if *years == 0 { None } else { Some(*years) };
                let end = years
                    .and_then(|y| folkmoot_governance::term::Term::years(day, y))
                    .and_then(|t| t.to.pred_opt());
                let seat = Granted {
                    person,
                    role: MemberRole::Member,
                    position: String::new(),
                    cohort: String::new(),
                    basis: SeatBasis::Motion,
                    starts_on: day,
                    ends_on: end,
                };
                Ok(give_seat(conn, &body, &seat, now)?.err())
            }
            Self::EndSeats { body, person } => {
                let body = bodies::by_slug(conn, body)?;
                let whose = match person {
                    Some(id) => Some(accounts::person_by_public_id(conn, id)?.id),
                    None => None,
                };
                let seats = bodies::sitting(conn, body.id, day)?;
                let mut ended = 0;
                for seat in seats.iter().filter(|s| whose.is_none_or(|w| s.person_id == w)) {
                    bodies::leave(
                        conn,
                        body.id,
                        seat.id,
                        last_day(day, seat.starts_on),
                        (SeatEnd::Removed, ""),
                    )?;
                    ended += 1;
                }
                Ok((ended == 0).then(|| "Nobody concerned had a seat any more.".to_owned()))
            }
            Self::Veto { motion } => {
                let target = motions::by_public_id(conn, motion)?;
                if target.settled_at.is_some() {
                    return Ok(Some("The motion was decided for good before the veto.".to_owned()));
                }
                motions::veto(conn, target.id, by, effective)?;
                Ok(None)
            }
        }
    }
}

/// The last day in a seat that is lost on `day`.
fn last_day(day: NaiveDate, starts_on: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day).max(starts_on)
}
