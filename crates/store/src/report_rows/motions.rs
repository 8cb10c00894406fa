//! Motions of bodies, for reports. How a motion stands is for its rule to say, see `folkmoot_governance::motion`.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::Conn;
use crate::motions::Motion;
use crate::schema::{bodies, motions, resolutions};

/// Motions of public bodies, oldest first: name of the body, number of the resolution that it became, motion.
///
/// # Errors
/// A database error.
pub fn motions(conn: &mut Conn) -> QueryResult<Vec<(String, Option<String>, Motion)>> {
    let public: Vec<(i64, String)> =
        bodies::table.filter(bodies::is_public.eq(true)).select((bodies::id, bodies::name)).load(conn)?;
    let public: HashMap<i64, String> = public.into_iter().collect();
    let numbers: Vec<(Option<i64>, String)> = resolutions::table
        .filter(resolutions::is_public.eq(true))
        .select((resolutions::motion_id, resolutions::number))
        .load(conn)?;
    let numbers: HashMap<i64, String> =
        numbers.into_iter().filter_map(|(motion, number)| Some((motion?, number))).collect();
    let found: Vec<Motion> = motions::table.order(motions::id).load(conn)?;
    let row = |motion: Motion| {
        let body = public.get(&motion.body_id.0)?.clone();
        Some((body, numbers.get(&motion.id.0).cloned(), motion))
    };
    Ok(found.into_iter().filter_map(row).collect())
}
