//! Days in the zone of who asks.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::db::{DueFilter, DueRange};
use crate::recurrence::Due;

/// The last year that a date can have.
const LAST_YEAR: i32 = 9999;
/// Clocks jump by quarters of an hour.
const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// The quarters of two days: a zone can jump over a whole day.
const QUARTERS: i32 = 2 * 24 * 4 + 1;

/// Now, somewhere.
pub(crate) struct ZonedNow {
    /// Where.
    pub zone: Tz,
    /// When.
    pub now: DateTime<Utc>,
}

impl ZonedNow {
    /// The filter of a word, if it is one.
    pub(crate) fn word(&self, word: &str) -> Option<DueFilter> {
        let today = self.day_of(self.now);
        match word.to_ascii_lowercase().as_str() {
            "none" => Some(DueFilter::Never),
            "any" => Some(DueFilter::Sometime),
            "today" => Some(self.days(today, today)),
            // today and the six days after
            "week" => Some(self.days(today, today.checked_add_days(Days::new(6)).unwrap_or(today))),
            "overdue" => Some(self.overdue(true)),
            _ => None,
        }
    }

    /// Only what is overdue, or only what is not.
    pub(crate) fn overdue(&self, is: bool) -> DueFilter {
        DueFilter::Overdue { today: self.day_of(self.now), now: self.now, is }
    }

    /// Due then or later. A day counts whole: one in which an instant lies is not before it.
    pub(crate) fn not_before(&self, bound: Due) -> DueFilter {
        let (day, instant) = match bound {
            Due::Day(day) => (day, self.start_of(day)),
            Due::At(instant) => (self.day_of(instant), instant),
        };
        let from = Some(instant);
        DueFilter::Within(match day.year() > LAST_YEAR {
            false => DueRange { first_day: Some(day), from, ..DueRange::default() },
            // no day is that late: the first day comes after the last
            true => DueRange {
                first_day: NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31),
                last_day: NaiveDate::from_ymd_opt(1, 1, 1),
                from,
                before: None,
            },
        })
    }

    /// Due then or earlier.
    pub(crate) fn not_after(&self, bound: Due) -> DueFilter {
        let (day, before) = match bound {
            Due::Day(day) => (day, self.end_of(day)),
            // the next instant that can be stored
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

    /// The day on which an instant falls.
    pub(crate) fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a day. Where clocks jump over midnight, or a zone over a whole day, it is the first one that exists.
    pub(crate) fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let quarters = (0..QUARTERS).filter_map(|number| midnight.checked_add_signed(QUARTER.checked_mul(number)?));
        let first = quarters.filter_map(|local| self.zone.from_local_datetime(&local).earliest()).next();
        first.map_or_else(|| midnight.and_utc(), |local| local.to_utc())
    }

    /// The first instant after a day.
    fn end_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        day.succ_opt().map(|next| self.start_of(next))
    }
}

/// The bound, unless it lies after the year 9999: nothing is stored there. SQLite compares dates as text, for which `+10000` comes
/// before `2026`.
fn storable(bound: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(bound).filter(|bound| bound.year() <= LAST_YEAR)
}

/// The same for a day.
fn storable_day(bound: NaiveDate) -> Option<NaiveDate> {
    Some(bound).filter(|bound| bound.year() <= LAST_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: Tz, day: &str) -> String {
        let calendar = ZonedNow { zone, now: DateTime::UNIX_EPOCH };
        calendar.start_of(day.parse().unwrap()).to_rfc3339()
    }

    fn span(filter: DueFilter) -> DueRange {
        let DueFilter::Within(span) = filter else { panic!("{filter:?} is no span") };
        span
    }

    #[test]
    fn bounds_beyond_the_last_year_exclude_nothing_that_is_stored() {
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        let end: DateTime<Utc> = "9999-12-31T23:59:59.999Z".parse().unwrap();
        for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Etc__GMTPlus12] {
            let calendar = ZonedNow { zone, now: end };
            let by_day = span(calendar.not_after(Due::Day(last)));
            let until_end = span(calendar.not_after(Due::At(end)));
            assert_eq!(until_end.before, None);
            for before in [by_day.before, span(calendar.word("week").unwrap()).before].into_iter().flatten() {
                assert!(before <= end, "{zone}: {before}");
            }
            let from = span(calendar.not_before(Due::At(end)));
            assert!(from.first_day.unwrap() <= last);
        }
        // in this zone the instant lies in the year 10000, which has no tasks
        let beyond = span(ZonedNow { zone: Tz::Europe__Vienna, now: end }.not_before(Due::At(end)));
        assert!(beyond.first_day > beyond.last_day);
    }

    #[test]
    fn a_day_begins_with_its_first_instant() {
        assert_eq!(start(Tz::UTC, "2026-12-01"), "2026-12-01T00:00:00+00:00");
        assert_eq!(start(Tz::Europe__Vienna, "2026-07-01"), "2026-06-30T22:00:00+00:00");
        // clocks go from 23:59 to 01:00
        assert_eq!(start(Tz::America__Sao_Paulo, "2018-11-04"), "2018-11-04T03:00:00+00:00");
        // midnight comes twice
        assert_eq!(start(Tz::America__Havana, "2026-11-01"), "2026-11-01T04:00:00+00:00");
        // the day never was
        assert_eq!(start(Tz::Pacific__Apia, "2011-12-30"), start(Tz::Pacific__Apia, "2011-12-31"));
    }
}
