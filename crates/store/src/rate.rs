//! Token buckets in the database: they survive a restart and hold for two processes together.

use diesel::prelude::*;

use crate::schema::rate_buckets;
use crate::types::Utc;
use crate::{Conn, on_backend};

/// A bucket that holds `capacity` tokens and gains one every `refill_seconds`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Tokens of a full bucket.
    pub capacity: f64,
    /// Seconds until one token comes back.
    pub refill_seconds: f64,
}

/// Takes a token from the bucket `name`. `Err(seconds)` says when the next one is there; nothing was taken then.
///
/// Call it in a transaction of its own that is committed in either case.
///
/// # Errors
/// A database error.
pub fn take(conn: &mut Conn, name: &str, rate: Rate, now: Utc) -> QueryResult<Result<(), u32>> {
    let held: Option<(f64, Utc)> = rate_buckets::table
        .find(name)
        .select((rate_buckets::tokens, rate_buckets::updated_at))
        .first(conn)
        .optional()?;
    let tokens = match held {
        None => rate.capacity,
        Some((tokens, at)) => {
            // A clock that went back refills nothing.
            let seconds = now.since(at).as_seconds_f64().max(0.0);
            (tokens + seconds / rate.refill_seconds).min(rate.capacity)
        }
    };
    if tokens < 1.0 {
        let wait = ((1.0 - tokens) * rate.refill_seconds).ceil().clamp(1.0, 86_400.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=86400")]
        return Ok(Err(wait as u32));
    }
    let left = tokens - 1.0;
    on_backend!(conn, c => diesel::insert_into(rate_buckets::table)
        .values((rate_buckets::name.eq(name), rate_buckets::tokens.eq(left), rate_buckets::updated_at.eq(now)))
        .on_conflict(rate_buckets::name)
        .do_update()
        .set((rate_buckets::tokens.eq(left), rate_buckets::updated_at.eq(now)))
        .execute(c))?;
    Ok(Ok(()))
}

/// Removes buckets not used since `before`; they are full again.
///
/// # Errors
/// A database error.
pub fn purge(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    diesel::delete(rate_buckets::table.filter(rate_buckets::updated_at.lt(before))).execute(conn)
}
