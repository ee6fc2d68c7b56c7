//! Parses timestamps of Better Auth's adapters.
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

/// A timestamp in Better Auth's tables has an unknown format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a timestamp in Better Auth's tables has an unknown format")]
pub struct UnknownTimestamp;

/// An instant, or two possible instants.
///
/// A local time is ambiguous in the hour that a clock repeats when it is set back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct AmbiguousInstant {
    pub(super) earliest: DateTime<Utc>,
    pub(super) latest: DateTime<Utc>,
}

/// Returns an SQL expression of the column as text.
///
/// [`AmbiguousInstant::parse`] accepts the text.
pub(super) fn timestamp_as_text(column: &str, kind: &str) -> String {
    match kind {
        "timestamp with time zone" => format!("floor(extract(epoch FROM {column}) * 1000)::bigint::text"),
        "timestamp without time zone" => format!("to_char({column}, 'YYYY-MM-DD HH24:MI:SS.MS')"),
        _ => format!("CAST({column} AS text)"),
    }
}

impl AmbiguousInstant {
    /// Parses ISO 8601 text, Unix milliseconds or Unix seconds.
    ///
    /// Text without a time zone is in `zone`. Numbers below 100 000 000 000 are seconds.
    pub(super) fn parse(text: &str, zone: Tz) -> Result<Self, UnknownTimestamp> {
        const FIRST_IN_MS: i64 = 100_000_000_000; // 1973 in milliseconds, 5138 in seconds
        let instant = match text.parse::<i64>() {
            Ok(number) if number.abs() < FIRST_IN_MS => DateTime::from_timestamp(number, 0).map(Self::exact),
            Ok(number) => DateTime::from_timestamp_millis(number).map(Self::exact),
            Err(_) => match DateTime::parse_from_rfc3339(text) {
                Ok(instant) => Some(Self::exact(instant.to_utc())),
                Err(_) => {
                    let format = if text.contains('T') { "%Y-%m-%dT%H:%M:%S%.f" } else { "%Y-%m-%d %H:%M:%S%.f" };
                    NaiveDateTime::parse_from_str(text, format).ok().map(|local| Self::from_local(local, zone))
                }
            },
        };
        instant.ok_or(UnknownTimestamp)
    }

    fn exact(instant: DateTime<Utc>) -> Self {
        Self { earliest: instant, latest: instant }
    }

    fn from_local(local: NaiveDateTime, zone: Tz) -> Self {
        let candidates = zone.from_local_datetime(&local);
        match (candidates.earliest(), candidates.latest()) {
            (Some(earliest), Some(latest)) => Self { earliest: earliest.to_utc(), latest: latest.to_utc() },
            // a local time in the skipped hour does not exist: uses the offset from before the clock was set forward
            _ => {
                let offset_before = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1))).fix();
                Self::exact((local - offset_before).and_utc())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, zone: Tz) -> (String, String) {
        let instant = AmbiguousInstant::parse(text, zone).unwrap();
        (instant.earliest.to_rfc3339(), instant.latest.to_rfc3339())
    }

    fn exact(instant: &str) -> (String, String) {
        (instant.to_owned(), instant.to_owned())
    }

    #[test]
    fn parses_all_encodings() {
        let new_york = Tz::America__New_York;
        for zone in [Tz::UTC, new_york] {
            for text in ["2026-11-28T08:16:47.308Z", "1795853807308", "2026-11-28T09:16:47.308+01:00"] {
                assert_eq!(parse(text, zone), exact("2026-11-28T08:16:47.308+00:00"), "{text}");
            }
            assert_eq!(parse("1795853807", zone), exact("2026-11-28T08:16:47+00:00"));
        }
        for text in ["2026-11-28 03:16:47.308", "2026-11-28T03:16:47.308"] {
            assert_eq!(parse(text, new_york), exact("2026-11-28T08:16:47.308+00:00"));
            assert_eq!(parse(text, Tz::UTC), exact("2026-11-28T03:16:47.308+00:00"));
        }
        for invalid in ["", "tomorrow", "2026-11-28", "infinity", "1795853807.5", "99999999999999999"] {
            assert!(AmbiguousInstant::parse(invalid, Tz::UTC).is_err(), "{invalid}");
        }
    }

    #[test]
    fn local_times_of_a_repeated_hour_are_ambiguous() {
        let both = ("2026-10-25T00:30:00+00:00".to_owned(), "2026-10-25T01:30:00+00:00".to_owned());
        assert_eq!(parse("2026-10-25 02:30:00", Tz::Europe__Berlin), both);
        assert_eq!(parse("2026-03-29 02:30:00", Tz::Europe__Berlin), exact("2026-03-29T01:30:00+00:00"));
    }
}
