//! Times as Better Auth's adapters store them.
//!
//! | adapter | column | content |
//! |---|---|---|
//! | Kysely on PostgreSQL, tables made by 1.3.11 or later | `timestamptz` | an instant |
//! | Kysely on PostgreSQL, tables made before | `timestamp` | the local time of the Node process |
//! | Drizzle and Prisma on PostgreSQL | `timestamp` | UTC |
//! | Kysely on SQLite | text | ISO 8601 with `Z` |
//! | Drizzle on SQLite, `timestamp_ms` | integer | Unix milliseconds |
//! | Drizzle on SQLite, `timestamp` | integer | Unix seconds |

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::db::error::DbError;

/// An instant; a time without zone may, in the hour that a clock was put back, be one of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AmbiguousInstant {
    pub earliest: DateTime<Utc>,
    pub latest: DateTime<Utc>,
}

/// The expression that gives a column of this type as text that [`AmbiguousInstant::read`] understands.
pub(crate) fn as_text(column: &str, kind: &str) -> String {
    match kind {
        "timestamp with time zone" => format!("floor(extract(epoch FROM {column}) * 1000)::bigint::text"),
        "timestamp without time zone" => format!("to_char({column}, 'YYYY-MM-DD HH24:MI:SS.MS')"),
        _ => format!("CAST({column} AS text)"),
    }
}

impl AmbiguousInstant {
    /// Reads ISO 8601 text, with a zone or in `zone`, Unix milliseconds, or (where a number is too small for those) Unix seconds.
    pub(crate) fn read(text: &str, zone: Tz) -> Result<Self, DbError> {
        const FIRST_IN_MS: i64 = 100_000_000_000; // 1973 in milliseconds, 5138 in seconds
        let read = match text.parse::<i64>() {
            Ok(number) if number.abs() < FIRST_IN_MS => DateTime::from_timestamp(number, 0).map(Self::at),
            Ok(number) => DateTime::from_timestamp_millis(number).map(Self::at),
            Err(_) => match DateTime::parse_from_rfc3339(text) {
                Ok(instant) => Some(Self::at(instant.to_utc())),
                Err(_) => {
                    let form = if text.contains('T') { "%Y-%m-%dT%H:%M:%S%.f" } else { "%Y-%m-%d %H:%M:%S%.f" };
                    NaiveDateTime::parse_from_str(text, form).ok().map(|local| Self::on_the_clock(local, zone))
                }
            },
        };
        read.ok_or_else(|| DbError::Query("a time in Better Auth's tables is in no known form".into()))
    }

    fn at(instant: DateTime<Utc>) -> Self {
        Self { earliest: instant, latest: instant }
    }

    fn on_the_clock(local: NaiveDateTime, zone: Tz) -> Self {
        let read = zone.from_local_datetime(&local);
        match (read.earliest(), read.latest()) {
            (Some(earliest), Some(latest)) => Self { earliest: earliest.to_utc(), latest: latest.to_utc() },
            // an hour that the clock left out, and so no writer of local times can have meant: as if it had not been put forward yet
            _ => {
                let before = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1))).fix();
                Self::at((local - before).and_utc())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, zone: Tz) -> (String, String) {
        let time = AmbiguousInstant::read(text, zone).unwrap();
        (time.earliest.to_rfc3339(), time.latest.to_rfc3339())
    }

    fn one(instant: &str) -> (String, String) {
        (instant.to_owned(), instant.to_owned())
    }

    #[test]
    fn every_encoding_is_read() {
        let new_york = Tz::America__New_York;
        for zone in [Tz::UTC, new_york] {
            for text in ["2026-11-28T08:16:47.308Z", "1795853807308", "2026-11-28T09:16:47.308+01:00"] {
                assert_eq!(read(text, zone), one("2026-11-28T08:16:47.308+00:00"), "{text}");
            }
            assert_eq!(read("1795853807", zone), one("2026-11-28T08:16:47+00:00"));
        }
        for text in ["2026-11-28 03:16:47.308", "2026-11-28T03:16:47.308"] {
            assert_eq!(read(text, new_york), one("2026-11-28T08:16:47.308+00:00"));
            assert_eq!(read(text, Tz::UTC), one("2026-11-28T03:16:47.308+00:00"));
        }
        for wrong in ["", "tomorrow", "2026-11-28", "infinity", "1795853807.5", "99999999999999999"] {
            assert!(AmbiguousInstant::read(wrong, Tz::UTC).is_err(), "{wrong}");
        }
    }

    #[test]
    fn where_a_clock_is_put_back_a_time_may_be_two() {
        let both = ("2026-10-25T00:30:00+00:00".to_owned(), "2026-10-25T01:30:00+00:00".to_owned());
        assert_eq!(read("2026-10-25 02:30:00", Tz::Europe__Berlin), both);
        assert_eq!(read("2026-03-29 02:30:00", Tz::Europe__Berlin), one("2026-03-29T01:30:00+00:00"));
    }
}
