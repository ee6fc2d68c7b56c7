//! Converts between days and instants of a time zone.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Clock changes are multiples of 15 minutes.
const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// Number of quarters in two days: a zone can skip a whole day.
const QUARTERS: i32 = 2 * 24 * 4 + 1;

/// Returns the day that contains an instant.
pub(crate) fn day_of(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// Returns the first instant of a day. If the zone skips midnight or the whole day, returns the next existing instant.
pub(crate) fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let quarters = (0..QUARTERS).filter_map(|number| midnight.checked_add_signed(QUARTER.checked_mul(number)?));
    let first = quarters.filter_map(|local| zone.from_local_datetime(&local).earliest()).next();
    first.map_or_else(|| midnight.and_utc(), |local| local.to_utc())
}

/// Returns the first instant after a day.
pub(crate) fn end_of(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    day.succ_opt().map(|next| start_of(next, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: Tz, day: &str) -> String {
        start_of(day.parse().unwrap(), zone).to_rfc3339()
    }

    #[test]
    fn returns_the_first_instant_of_a_day() {
        assert_eq!(start(Tz::UTC, "2026-12-01"), "2026-12-01T00:00:00+00:00");
        assert_eq!(start(Tz::Europe__Vienna, "2026-07-01"), "2026-06-30T22:00:00+00:00");
        // clocks change from 23:59 to 01:00
        assert_eq!(start(Tz::America__Sao_Paulo, "2018-11-04"), "2018-11-04T03:00:00+00:00");
        // midnight occurs twice
        assert_eq!(start(Tz::America__Havana, "2026-11-01"), "2026-11-01T04:00:00+00:00");
        // the zone skipped the day
        assert_eq!(start(Tz::Pacific__Apia, "2011-12-30"), start(Tz::Pacific__Apia, "2011-12-31"));
    }
}
