//! Days in the zone of who asks.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::recurrence::Due;
use crate::store::{DueFilter, Span};

/// Now, somewhere.
pub(in crate::routes) struct Calendar {
    /// Where.
    pub zone: Tz,
    /// When.
    pub now: DateTime<Utc>,
}

impl Calendar {
    /// The filter of a word, if it is one.
    pub(super) fn word(&self, word: &str) -> Option<DueFilter> {
        let today = self.day_of(self.now);
        match word.to_ascii_lowercase().as_str() {
            "none" => Some(DueFilter::Never),
            "any" => Some(DueFilter::Sometime),
            "today" => Some(self.days(today, today)),
            // today and the six days after
            "week" => Some(self.days(today, today + Days::new(6))),
            "overdue" => Some(self.overdue(true)),
            _ => None,
        }
    }

    /// Only what is overdue, or only what is not.
    pub(in crate::routes) fn overdue(&self, is: bool) -> DueFilter {
        DueFilter::Overdue { today: self.day_of(self.now), now: self.now, is }
    }

    /// Due then or later. A day counts whole: one in which an instant lies is not before it.
    pub(super) fn not_before(&self, bound: Due) -> DueFilter {
        let (day, instant) = match bound {
            Due::Day(day) => (day, self.start_of(day)),
            Due::At(instant) => (self.day_of(instant), instant),
        };
        DueFilter::Within(Span { first_day: Some(day), from: Some(instant), ..Span::default() })
    }

    /// Due then or earlier.
    pub(super) fn not_after(&self, bound: Due) -> DueFilter {
        let (day, end) = match bound {
            Due::Day(day) => (day, self.start_of(day + Days::new(1))),
            // the next instant that can be stored
            Due::At(instant) => (self.day_of(instant), instant + TimeDelta::milliseconds(1)),
        };
        DueFilter::Within(Span { last_day: Some(day), before: Some(end), ..Span::default() })
    }

    fn days(&self, first: NaiveDate, last: NaiveDate) -> DueFilter {
        DueFilter::Within(Span {
            first_day: Some(first),
            last_day: Some(last),
            from: Some(self.start_of(first)),
            before: Some(self.start_of(last + Days::new(1))),
        })
    }

    /// The day on which an instant falls.
    pub(in crate::routes) fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a day. Where clocks jump over midnight, or a zone over a whole day, it is the first one that exists.
    pub(in crate::routes) fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let quarters = (0..=2 * 24 * 4).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
        let first = quarters.filter_map(|local| self.zone.from_local_datetime(&local).earliest()).next();
        first.map_or_else(|| midnight.and_utc(), |local| local.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: Tz, day: &str) -> String {
        let calendar = Calendar { zone, now: DateTime::UNIX_EPOCH };
        calendar.start_of(day.parse().unwrap()).to_rfc3339()
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
