//! Converts local times to instants (RFC 5545 section 3.3.5).

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Clock changes are multiples of 15 minutes, except those before about 1970.
const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// Number of quarters in two days: a zone can skip a whole day.
const QUARTERS: i32 = 2 * 24 * 4;

/// Returns the instants of a local time, earliest first.
///
/// A repeated time has two. A skipped time has the offset before the gap, and is later by the length of the gap.
fn instants(local: NaiveDateTime, zone: Tz) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => (Some(at.to_utc()), None),
        MappedLocalTime::Ambiguous(one, other) => {
            let (one, other) = (one.to_utc(), other.to_utc());
            (Some(one.min(other)), Some(one.max(other)))
        }
        MappedLocalTime::None => (skipped(local, zone), None),
    }
}

/// Returns the instant of a skipped local time.
fn skipped(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let earlier = (1..=QUARTERS).filter_map(|number| local.checked_sub_signed(QUARTER.checked_mul(number)?));
    let before = earlier.filter_map(|earlier| zone.from_local_datetime(&earlier).latest()).next()?;
    local.checked_sub_offset(before.offset().fix()).map(|at| at.and_utc())
}

/// Converts a local time to an instant.
///
/// A skipped time has the offset before the gap: in a gap from 02:00 to 03:00, 02:30 is 03:30. Of a repeated time, returns the first.
/// Returns `None` outside the supported years.
pub fn to_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    instants(local, zone).0
}

/// Converts a local time to an instant. Of a repeated time, returns the one nearest to `expected`.
pub(crate) fn to_nearest_instant(local: NaiveDateTime, zone: Tz, expected: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let distance = |at: &DateTime<Utc>| at.signed_duration_since(expected).abs();
    let (first, second) = instants(local, zone);
    first.into_iter().chain(second).min_by_key(distance)
}

/// Converts an instant to a local time.
pub(crate) fn to_local(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// Returns a local time that is not after `earliest`. All earlier local times are before `earliest`, even near a clock change.
pub(crate) fn local_before(earliest: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let local = to_local(earliest, zone);
    local.checked_sub_signed(offset_change(earliest, zone)).unwrap_or(NaiveDateTime::MIN)
}

/// Returns a local time that is not before `latest`. All later local times are after `latest`, even near a clock change.
pub(crate) fn local_after(latest: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let local = to_local(latest, zone);
    local.checked_add_signed(offset_change(latest, zone)).unwrap_or(NaiveDateTime::MAX)
}

/// Returns the size of the clock changes within a day before and after an instant.
fn offset_change(at: DateTime<Utc>, zone: Tz) -> TimeDelta {
    let offset = |days: i64| {
        let nearby = at.checked_add_signed(TimeDelta::days(days)).unwrap_or(at);
        to_local(nearby, zone).signed_duration_since(nearby.naive_utc())
    };
    offset(1).checked_sub(&offset(-1)).unwrap_or_default().abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_times_have_the_offset_before_the_gap() {
        for (zone, local, expected) in [
            (Tz::Europe__Berlin, "2027-03-28T02:30:00", "2027-03-28T01:30:00Z"),
            (Tz::America__New_York, "2007-03-11T02:30:00", "2007-03-11T07:30:00Z"),
            // clocks change from 23:59 to 01:00
            (Tz::America__Santiago, "2027-09-05T00:00:00", "2027-09-05T04:00:00Z"),
            (Tz::America__Santiago, "2027-09-05T00:30:00", "2027-09-05T04:30:00Z"),
            // by half an hour
            (Tz::Australia__Lord_Howe, "2027-10-03T02:15:00", "2027-10-02T15:45:00Z"),
            // across midnight: clocks change from 23:00 to 00:00
            (Tz::America__Nuuk, "2027-03-27T23:30:00", "2027-03-28T01:30:00Z"),
            // the zone skipped the day
            (Tz::Pacific__Apia, "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"),
        ] {
            assert_eq!(to_instant(local.parse().unwrap(), zone), Some(expected.parse().unwrap()), "{zone} {local}");
        }
    }

    #[test]
    fn repeated_times_are_the_first() {
        for (zone, local, expected) in [
            (Tz::Europe__Berlin, "2027-10-31T02:30:00", "2027-10-31T00:30:00Z"),
            (Tz::America__Havana, "2026-11-01T00:00:00", "2026-11-01T04:00:00Z"),
            (Tz::Australia__Lord_Howe, "2027-04-04T01:45:00", "2027-04-03T14:45:00Z"),
        ] {
            assert_eq!(to_instant(local.parse().unwrap(), zone), Some(expected.parse().unwrap()), "{zone} {local}");
        }
    }

    #[test]
    fn every_time_of_every_zone_has_an_instant() {
        for zone in chrono_tz::TZ_VARIANTS {
            for day in ["0001-01-01", "1847-12-01", "1900-01-01", "2011-12-30", "2027-03-28", "9999-12-31"] {
                let midnight: NaiveDateTime = format!("{day}T00:00:00").parse().unwrap();
                for minutes in [0, 30, 90, 150] {
                    let local = midnight.checked_add_signed(TimeDelta::minutes(minutes)).unwrap();
                    assert!(to_instant(local, zone).is_some(), "{zone} {local}");
                }
            }
        }
    }
}
