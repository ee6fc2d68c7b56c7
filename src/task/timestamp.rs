//! Formats instants and days for responses (RFC 3339): UTC with millisecond precision.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;

/// The text of an instant or a day.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Timestamp(String);

impl Timestamp {
    /// Formats an instant of the service, always with milliseconds.
    pub(crate) fn with_millis(at: DateTime<Utc>) -> Self {
        Self(at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }

    /// Formats an instant of a client, without milliseconds if they are zero.
    pub(crate) fn shortest(at: DateTime<Utc>) -> Self {
        Self(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// Formats a day.
    pub(crate) fn day(day: NaiveDate) -> Self {
        Self(day.to_string())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    #[test]
    fn milliseconds_are_always_or_only_written_if_not_zero() {
        let second = DateTime::from_timestamp(1_795_248_000, 0).unwrap();
        let instant = second + TimeDelta::milliseconds(40);
        assert_eq!(json!(Timestamp::with_millis(second)), "2026-11-21T08:00:00.000Z");
        assert_eq!(json!(Timestamp::with_millis(instant)), "2026-11-21T08:00:00.040Z");
        assert_eq!(json!(Timestamp::shortest(second)), "2026-11-21T08:00:00Z");
        assert_eq!(json!(Timestamp::shortest(instant)), "2026-11-21T08:00:00.040Z");
        assert_eq!(json!(Timestamp::day(NaiveDate::from_ymd_opt(1, 2, 3).unwrap())), "0001-02-03");
    }
}
