//! Converts days of a time zone to database filters.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::api::list_params::days;
use crate::api::list_params::own_zones::OwnZones;
use crate::db::{DueFilter, DueRange};
use crate::recurrence::Due;

/// The last year of a valid date.
const LAST_YEAR: i32 = 9999;

/// The current time in a time zone.
pub(crate) struct ZonedNow {
    /// The zone that defines days. `None`: the own zone of each task for the current day, and UTC for all other days.
    pub zone: Option<Tz>,
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
            "today" if self.zone.is_none() => Some(OwnZones::at(self.now).today()),
            "week" if self.zone.is_none() => Some(OwnZones::at(self.now).week()),
            "today" => Some(self.days(today, today)),
            // today and the next six days
            "week" => Some(self.days(today, today.checked_add_days(Days::new(6)).unwrap_or(today))),
            "overdue" => Some(self.overdue(true)),
            _ => None,
        }
    }

    /// Filters overdue tasks, or tasks that are not overdue.
    pub(crate) fn overdue(&self, is_overdue: bool) -> DueFilter {
        match self.zone {
            Some(zone) => DueFilter::Overdue { today: days::day_of(self.now, zone), now: self.now, is_overdue },
            None => OwnZones::at(self.now).overdue(self.now, is_overdue),
        }
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
        days::day_of(instant, self.zone.unwrap_or(Tz::UTC))
    }

    /// Returns the first instant of a day.
    pub(crate) fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        days::start_of(day, self.zone.unwrap_or(Tz::UTC))
    }

    /// Returns the first instant after a day.
    fn end_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        days::end_of(day, self.zone.unwrap_or(Tz::UTC))
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

    fn range(filter: DueFilter) -> DueRange {
        let DueFilter::Within(range) = filter else { panic!("{filter:?} is not a range") };
        range
    }

    #[test]
    fn bounds_beyond_the_last_year_exclude_no_stored_date() {
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        let end: DateTime<Utc> = "9999-12-31T23:59:59.999Z".parse().unwrap();
        for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Etc__GMTPlus12] {
            let zoned_now = ZonedNow { zone: Some(zone), now: end };
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
        let beyond = range(ZonedNow { zone: Some(Tz::Europe__Vienna), now: end }.not_before(Due::At(end)));
        assert!(beyond.first_day > beyond.last_day);
    }
}
