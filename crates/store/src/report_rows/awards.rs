//! Nominations to awards, for reports: what was decided about them as far as it was announced. Of the nominees only those leave
//! this file who were granted the award in public.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::awards::{nominations::NominationState, review::Outcome};
use crate::schema::{
    award_nominations, award_outcomes, award_programmes, award_recipients, award_rounds, award_supports,
};
use crate::{Conn, Utc};

/// What is public of a nomination's fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing was announced about it yet.
    Waiting,
    /// Carried over at least once, and considered again.
    CarriedOver,
    /// Granted and announced.
    Granted,
    /// Considered for the last time and not granted.
    Expired,
    /// Withdrawn.
    Withdrawn,
}

/// A nomination to an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardRow {
    /// Name of the award.
    pub award: String,
    /// Round of the last announced outcome, or in which it came.
    pub round: Option<String>,
    /// How it stands in public.
    pub fate: Fate,
    /// When it came.
    pub created_at: Utc,
    /// When it was granted, expired or withdrawn.
    pub closed_at: Option<Utc>,
    /// Announced rounds that it was carried over.
    pub carried: i64,
    /// Who was granted the award, from the public roster.
    pub recipients: String,
}

type Found = (i64, String, NominationState, Utc, Option<Utc>);

/// What is known beside a nomination, by its key.
struct Beside {
    labels: HashMap<i64, String>,
    first: HashMap<i64, i64>,
    outcomes: HashMap<i64, Vec<(i64, Outcome)>>,
    recipients: HashMap<i64, Vec<String>>,
}

impl Beside {
    fn read(conn: &mut Conn, now: Utc) -> QueryResult<Self> {
        let labels: Vec<(i64, String)> =
            award_rounds::table.select((award_rounds::id, award_rounds::label)).load(conn)?;
        let announced: Vec<(i64, i64, Outcome)> = award_outcomes::table
            .inner_join(award_rounds::table.on(award_rounds::id.eq(award_outcomes::round_id)))
            .filter(award_rounds::announced_at.le(now))
            .order((award_rounds::year, award_rounds::number, award_outcomes::nomination_id))
            .select((award_outcomes::nomination_id, award_outcomes::round_id, award_outcomes::outcome))
            .load(conn)?;
        let supports: Vec<(i64, i64)> = award_supports::table
            .order(award_supports::id.desc())
            .select((award_supports::nomination_id, award_supports::round_id))
            .load(conn)?;
        let on_roster: Vec<(Option<i64>, String)> = award_recipients::table
            .filter(award_recipients::public_from.le(now))
            .order(award_recipients::id)
            .select((award_recipients::nomination_id, award_recipients::name))
            .load(conn)?;
        let mut outcomes: HashMap<i64, Vec<(i64, Outcome)>> = HashMap::new();
        for (nomination, round, outcome) in announced {
            outcomes.entry(nomination).or_default().push((round, outcome));
        }
        let mut recipients: HashMap<i64, Vec<String>> = HashMap::new();
        for (nomination, name) in on_roster {
            if let Some(nomination) = nomination {
                recipients.entry(nomination).or_default().push(name);
            }
        }
        // The first support is the last of these, and stays.
        let first = supports.into_iter().collect();
        Ok(Self { labels: labels.into_iter().collect(), first, outcomes, recipients })
    }

    fn row(&self, (id, award, state, created_at, closed_at): Found) -> AwardRow {
        let outcomes = self.outcomes.get(&id).map_or(&[][..], Vec::as_slice);
        let carried = outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::CarriedOver).count();
        let fate = match (outcomes.last(), state) {
            (Some((_, Outcome::Granted)), _) => Fate::Granted,
            (Some((_, Outcome::Expired)), _) => Fate::Expired,
            (_, NominationState::Withdrawn) => Fate::Withdrawn,
            (Some((_, Outcome::CarriedOver)), _) => Fate::CarriedOver,
            (None, _) => Fate::Waiting,
        };
        let is_over = matches!(fate, Fate::Granted | Fate::Expired | Fate::Withdrawn);
        let round = outcomes.last().map(|(round, _)| round).or_else(|| self.first.get(&id));
        let recipients = self.recipients.get(&id).filter(|_| fate == Fate::Granted);
        AwardRow {
            award,
            round: round.and_then(|round| self.labels.get(round)).cloned(),
            fate,
            created_at,
            closed_at: closed_at.filter(|_| is_over),
            carried: i64::try_from(carried).unwrap_or(i64::MAX),
            recipients: recipients.map(|names| names.join(", ")).unwrap_or_default(),
        }
    }
}

/// Nominations to awards, oldest first, as they stand in public at `now`.
///
/// # Errors
/// A database error.
pub fn awards(conn: &mut Conn, now: Utc) -> QueryResult<Vec<AwardRow>> {
    let found: Vec<Found> = award_nominations::table
        .inner_join(award_programmes::table.on(award_programmes::id.eq(award_nominations::programme_id)))
        // Part of another one, which is a row by itself.
        .filter(award_nominations::state.ne(NominationState::Joined))
        .order(award_nominations::id)
        .select((
            award_nominations::id,
            award_programmes::name,
            award_nominations::state,
            award_nominations::created_at,
            award_nominations::closed_at,
        ))
        .load(conn)?;
    let beside = Beside::read(conn, now)?;
    Ok(found.into_iter().map(|one| beside.row(one)).collect())
}
