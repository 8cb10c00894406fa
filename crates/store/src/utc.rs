//! The column type of instants.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Timestamp;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};

use crate::conn::MultiBackend;

/// An instant in UTC, whole microseconds: what both databases keep.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = Timestamp)]
pub struct Utc(NaiveDateTime);

impl<DB: Backend> ToSql<Timestamp, DB> for Utc
where
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <NaiveDateTime as ToSql<Timestamp, DB>>::to_sql(&self.0, out)
    }
}

impl FromSql<Timestamp, Pg> for Utc {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, Pg>>::from_sql(value).map(Self)
    }
}

// diesel tries eighteen formats, each read anew for every value; a roll of 10,000 people has 50,000 instants.
impl FromSql<Timestamp, Sqlite> for Utc {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        if let Some(instant) = usual_form(value.read_text().as_bytes()) {
            return Ok(Self(instant));
        }
        <NaiveDateTime as FromSql<Timestamp, Sqlite>>::from_sql(value).map(Self)
    }
}

impl FromSql<Timestamp, MultiBackend> for Utc {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Timestamp>()
    }
}

/// Reads `2026-06-16 12:00:00` with up to nine decimals of a second, as diesel writes instants of these centuries into
/// SQLite; `None` for whatever else there may be.
fn usual_form(text: &[u8]) -> Option<NaiveDateTime> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
    };
    let (whole, rest) = text.split_at_checked(19)?;
    let separators = [whole[4], whole[7], whole[10], whole[13], whole[16]];
    if separators != *b"-- ::" {
        return None;
    }
    let nanos = match rest.split_first() {
        None => 0,
        Some((b'.', decimals)) if (1..=9).contains(&decimals.len()) => {
            number(decimals)? * 10_u32.pow(u32::try_from(9 - decimals.len()).ok()?)
        }
        Some(_) => return None,
    };
    let year = i32::try_from(number(&whole[..4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&whole[5..7])?, number(&whole[8..10])?)?.and_hms_nano_opt(
        number(&whole[11..13])?,
        number(&whole[14..16])?,
        number(&whole[17..])?,
        nanos,
    )
}

impl Utc {
    /// Takes an instant, dropping everything finer than a microsecond.
    #[must_use]
    pub fn from_datetime(instant: DateTime<chrono::Utc>) -> Self {
        Self(instant.naive_utc().trunc_subsecs(6))
    }

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z; `None` outside chrono's range.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self::from_datetime)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// Parses RFC 3339, for example `2026-06-16T12:00:00Z`. Meant for tests, seeds and command lines.
    ///
    /// # Errors
    /// chrono's parse error.
    pub fn parse(text: &str) -> Result<Self, chrono::ParseError> {
        Ok(Self::from_datetime(DateTime::parse_from_rfc3339(text)?.with_timezone(&chrono::Utc)))
    }

    /// As chrono's type.
    #[must_use]
    pub fn datetime(self) -> DateTime<chrono::Utc> {
        self.0.and_utc()
    }

    /// This instant plus `span`, stopping at the ends of chrono's range.
    #[must_use]
    pub fn plus(self, span: TimeDelta) -> Self {
        let end = if span < TimeDelta::zero() { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
        Self(self.0.checked_add_signed(span).unwrap_or(end))
    }

    /// Span from `earlier` to this instant.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0 - earlier.0
    }
}

impl fmt::Display for Utc {
    /// RFC 3339 with `Z`, as many digits as needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.datetime().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Utc {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Utc {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use chrono::NaiveDateTime;
    use diesel::prelude::*;
    use diesel::sql_types::{Text, Timestamp};

    use super::{Utc, usual_form};

    #[test]
    fn the_quick_reading_is_that_of_chrono_or_none() {
        let by_chrono = |text: &str| NaiveDateTime::parse_from_str(text, "%F %T%.f").ok();
        for text in [
            "2026-06-16 12:00:00",
            "2026-06-16 12:00:00.5",
            "2026-06-16 12:00:00.000001",
            "1969-12-31 23:59:59.999999",
            "0001-01-01 00:00:00.123456789",
            "2024-02-29 00:00:00.120",
        ] {
            assert_eq!(usual_form(text.as_bytes()), Some(by_chrono(text).unwrap()), "{text}");
        }
        for text in [
            "2026-02-29 00:00:00",
            "2026-06-16 24:00:00",
            "2026-06-16 12:00:60",
            "2026-06-16T12:00:00",
            "2026-06-16 12:00:00.",
            "2026-06-16 12:00:00.1234567890",
            "2026-06-16 12:00:00Z",
            "+12026-06-16 12:00:00",
            "2026-06-16 12:00",
            "2026-06-16 1 :00:00",
            "２０26-06-16 12:00",
            "",
        ] {
            assert_eq!(usual_form(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn instants_come_back_from_sqlite_as_they_went_in() {
        let mut conn = crate::Conn::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        for micros in [0, 1, -1, 1_781_611_200_000_000, 1_781_611_200_120_000] {
            let at = Utc::from_micros(micros).unwrap();
            let back: Utc = diesel::select(at.into_sql::<Timestamp>()).get_result(&mut conn).unwrap();
            assert_eq!(back, at);
        }
        let crate::Conn::Sqlite(conn) = &mut conn else { unreachable!() };
        #[derive(QueryableByName)]
        struct Read {
            #[diesel(sql_type = Timestamp)]
            at: Utc,
        }
        let read = |conn: &mut SqliteConnection, text: &str| {
            diesel::sql_query("SELECT ? AS at").bind::<Text, _>(text).get_result::<Read>(conn).map(|r| r.at)
        };
        assert_eq!(read(conn, "2026-06-16 12:00").unwrap(), Utc::parse("2026-06-16T12:00:00Z").unwrap());
        assert!(read(conn, "2026-02-30 12:00:00").is_err());
    }
}
