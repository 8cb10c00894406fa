//! Motions of bodies, as rows for reports.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::motions::{Choice, Outcome};
use crate::schema::{bodies, motion_votes, motions, resolutions};
use crate::{Conn, Utc};

/// A motion with its votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MotionRow {
    /// Name of the body.
    pub body: String,
    /// Number of the resolution that it became.
    pub number: Option<String>,
    /// Title.
    pub title: String,
    /// How it ended; nothing while it is open.
    pub outcome: Option<Outcome>,
    /// When voting opened.
    pub opened_at: Option<Utc>,
    /// When it was settled.
    pub settled_at: Option<Utc>,
    /// Votes for it, against it, and abstentions.
    pub votes: (i64, i64, i64),
}

type Found = (i64, i64, String, Option<Outcome>, Option<Utc>, Option<Utc>);

/// Motions of public bodies, oldest first.
///
/// # Errors
/// A database error.
pub fn motions(conn: &mut Conn) -> QueryResult<Vec<MotionRow>> {
    let public: Vec<(i64, String)> =
        bodies::table.filter(bodies::is_public.eq(true)).select((bodies::id, bodies::name)).load(conn)?;
    let public: HashMap<i64, String> = public.into_iter().collect();
    let found: Vec<Found> = motions::table
        .order(motions::id)
        .select((
            motions::id,
            motions::body_id,
            motions::title,
            motions::outcome,
            motions::opened_at,
            motions::settled_at,
        ))
        .load(conn)?;
    let votes: Vec<(i64, Choice)> =
        motion_votes::table.select((motion_votes::motion_id, motion_votes::choice)).load(conn)?;
    let numbers: Vec<(Option<i64>, String)> =
        resolutions::table.select((resolutions::motion_id, resolutions::number)).load(conn)?;
    let numbers: HashMap<i64, String> =
        numbers.into_iter().filter_map(|(motion, number)| Some((motion?, number))).collect();
    let mut sums: HashMap<i64, (i64, i64, i64)> = HashMap::new();
    for (motion, choice) in votes {
        let sum = sums.entry(motion).or_default();
        match choice {
            Choice::Yes => sum.0 += 1,
            Choice::No => sum.1 += 1,
            Choice::Abstain => sum.2 += 1,
            Choice::Recused => {}
        }
    }
    let row = |(id, body, title, outcome, opened_at, settled_at): Found| {
        let body = public.get(&body)?.clone();
        let votes = sums.get(&id).copied().unwrap_or_default();
        let number = numbers.get(&id).cloned();
        Some(MotionRow { body, number, title, outcome, opened_at, settled_at, votes })
    };
    Ok(found.into_iter().filter_map(row).collect())
}
