//! Converts days of a time zone to database filters.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::db::{DueFilter, DueRange};
use crate::recurrence::Due;

/// The last year of a valid date.
const LAST_YEAR: i32 = 9999;
/// Clock changes are multiples of 15 minutes.
const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// Number of quarters in two days: a zone can skip a whole day.
const QUARTERS: i32 = 2 * 24 * 4 + 1;

/// The current time in a time zone.
pub(crate) struct ZonedNow {
    /// The zone that defines days.
    pub zone: Tz,
    /// The current time.
    pub now: DateTime<Utc>,
}

impl ZonedNow {
    /// Returns the filter of a value of `due`. `None`: the word is unknown.
    pub(crate) fn due_filter(&self, word: &str) -> Option<DueFilter> {
        let today = self.day_of(self.now);
        match word.to_ascii_lowercase().as_str() {
            "none" => Some(DueFilter::Unset),
            "any" => Some(DueFilter::Set),
            "today" => Some(self.days(today, today)),
            // today and the next six days
            "week" => Some(self.days(today, today.checked_add_days(Days::new(6)).unwrap_or(today))),
            "overdue" => Some(self.overdue(true)),
            _ => None,
        }
    }

    /// Filters overdue tasks, or tasks that are not overdue.
    pub(crate) fn overdue(&self, is_overdue: bool) -> DueFilter {
        DueFilter::Overdue { today: self.day_of(self.now), now: self.now, is_overdue }
    }

    /// Filters tasks due at the bound or later. The day that contains an instant counts as later.
    pub(crate) fn not_before(&self, bound: Due) -> DueFilter {
        let (day, instant) = match bound {
            Due::Day(day) => (day, self.start_of(day)),
            Due::At(instant) => (self.day_of(instant), instant),
        };
        let from = Some(instant);
        DueFilter::Within(match day.year() > LAST_YEAR {
            false => DueRange { first_day: Some(day), from, ..DueRange::default() },
            // no stored day is that late: the empty range begins after its end
            true => DueRange {
                first_day: NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31),
                last_day: NaiveDate::from_ymd_opt(1, 1, 1),
                from,
                before: None,
            },
        })
    }

    /// Filters tasks due at the bound or earlier.
    pub(crate) fn not_after(&self, bound: Due) -> DueFilter {
        let (day, before) = match bound {
            Due::Day(day) => (day, self.end_of(day)),
            // the next storable instant: timestamps have milliseconds
            Due::At(instant) => (self.day_of(instant), instant.checked_add_signed(TimeDelta::milliseconds(1))),
        };
        DueFilter::Within(DueRange {
            last_day: storable_day(day),
            before: before.and_then(storable),
            ..DueRange::default()
        })
    }

    fn days(&self, first: NaiveDate, last: NaiveDate) -> DueFilter {
        DueFilter::Within(DueRange {
            first_day: Some(first),
            last_day: storable_day(last),
            from: Some(self.start_of(first)),
            before: self.end_of(last).and_then(storable),
        })
    }

    /// Returns the day that contains an instant.
    pub(crate) fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    /// Returns the first instant of a day. If the zone skips midnight or the whole day, returns the next existing instant.
    pub(crate) fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let quarters = (0..QUARTERS).filter_map(|number| midnight.checked_add_signed(QUARTER.checked_mul(number)?));
        let first = quarters.filter_map(|local| self.zone.from_local_datetime(&local).earliest()).next();
        first.map_or_else(|| midnight.and_utc(), |local| local.to_utc())
    }

    /// Returns the first instant after a day.
    fn end_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        day.succ_opt().map(|next| self.start_of(next))
    }
}

/// Returns the bound, unless it is after the year 9999. No later date is stored, and SQLite sorts the text `+10000` before `2026`.
fn storable(bound: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(bound).filter(|bound| bound.year() <= LAST_YEAR)
}

/// Returns the day, unless it is after the year 9999.
fn storable_day(bound: NaiveDate) -> Option<NaiveDate> {
    Some(bound).filter(|bound| bound.year() <= LAST_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: Tz, day: &str) -> String {
        let zoned_now = ZonedNow { zone, now: DateTime::UNIX_EPOCH };
        zoned_now.start_of(day.parse().unwrap()).to_rfc3339()
    }

    fn range(filter: DueFilter) -> DueRange {
        let DueFilter::Within(range) = filter else { panic!("{filter:?} is not a range") };
        range
    }

    #[test]
    fn bounds_beyond_the_last_year_exclude_no_stored_date() {
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        let end: DateTime<Utc> = "9999-12-31T23:59:59.999Z".parse().unwrap();
        for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Etc__GMTPlus12] {
            let zoned_now = ZonedNow { zone, now: end };
            let by_day = range(zoned_now.not_after(Due::Day(last)));
            let until_end = range(zoned_now.not_after(Due::At(end)));
            assert_eq!(until_end.before, None);
            for before in [by_day.before, range(zoned_now.due_filter("week").unwrap()).before].into_iter().flatten() {
                assert!(before <= end, "{zone}: {before}");
            }
            let from = range(zoned_now.not_before(Due::At(end)));
            assert!(from.first_day.unwrap() <= last);
        }
        // in this zone the instant is in the year 10000, which has no tasks
        let beyond = range(ZonedNow { zone: Tz::Europe__Vienna, now: end }.not_before(Due::At(end)));
        assert!(beyond.first_day > beyond.last_day);
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
