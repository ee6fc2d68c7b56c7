//! Visits the occurrences of a rule in order, in bounded steps.
//!
//! The crate `rrule` parses and validates rules. This module does not use its iterator: one call of `next` can run for seconds
//! and cannot be cancelled. Times are local; the caller applies the time zone.

use std::ops::ControlFlow::{self, Break, Continue};

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime};
use rrule::Frequency;

use crate::recurrence::budget::{RuleError, Steps};
use crate::recurrence::pattern::Pattern;
use crate::recurrence::rule::Skip;
use crate::recurrence::times::Times;

/// The outcome of a walk: `Break` with the visitor's value, or `Continue` at the end of the rule.
pub(crate) type WalkResult<R> = Result<ControlFlow<R>, RuleError>;

/// A walk over the occurrences of a rule.
pub(crate) struct Walk<'w, 'b> {
    pub(crate) pattern: &'w Pattern,
    /// The local time of the start.
    pub(crate) start: NaiveDateTime,
    /// The walk may skip occurrences before this.
    pub(crate) from: NaiveDateTime,
    /// The last day to visit.
    pub(crate) last_day: NaiveDate,
    pub(crate) steps: Steps<'b>,
}

impl Walk<'_, '_> {
    /// Visits the occurrences in order, until `visit` breaks or the rule ends.
    pub(crate) fn run<R>(
        mut self,
        mut visit: impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> Result<Option<R>, RuleError> {
        let result = match self.pattern.freq {
            Frequency::Hourly => self.visit_subdaily(3_600, &mut visit),
            Frequency::Minutely => self.visit_subdaily(60, &mut visit),
            Frequency::Secondly => self.visit_subdaily(1, &mut visit),
            _ => self.visit_periods(&mut visit),
        };
        result.map(ControlFlow::break_value)
    }

    /// Visits periods of days, weeks, months or years.
    fn visit_periods<R>(&mut self, visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>) -> WalkResult<R> {
        let pattern = self.pattern;
        let times = Times { hours: &pattern.hours, minutes: &pattern.minutes, seconds: &pattern.seconds };
        let mut number = self.first_period();
        while let Some(period) = self.period(number).filter(|(first, _)| *first <= self.last_day) {
            self.steps.take()?;
            let result = match pattern.positions.is_empty() {
                true => self.visit_days(period, &times, visit)?,
                false => {
                    let days = self.matching_days(period)?;
                    self.visit_positions(&days, &times, visit)?
                }
            };
            if result.is_break() {
                return Ok(result);
            }
            number = number.saturating_add(1);
        }
        Ok(Continue(()))
    }

    /// Returns the first period that can have occurrences from `from` on. SKIP=FORWARD moves a date to the day after a period.
    fn first_period(&self) -> i64 {
        let (start, from) = (self.start.date(), self.from.date());
        let months = |day: NaiveDate| i64::from(day.year()).saturating_mul(12).saturating_add(i64::from(day.month0()));
        let elapsed = match self.pattern.freq {
            Frequency::Yearly => i64::from(from.year()).saturating_sub(i64::from(start.year())),
            Frequency::Monthly => months(from).saturating_sub(months(start)),
            Frequency::Weekly => from.signed_duration_since(self.start_of_week(start)).num_days().div_euclid(7),
            _ => from.signed_duration_since(start).num_days(),
        };
        let moved = i64::from(self.pattern.skip == Skip::Forward);
        elapsed.checked_div(self.pattern.interval).unwrap_or(0).saturating_sub(moved).max(0)
    }

    fn start_of_week(&self, day: NaiveDate) -> NaiveDate {
        let days = day.weekday().days_since(self.pattern.week_start);
        day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day)
    }

    /// Returns the first and the last day of a period.
    fn period(&self, number: i64) -> Option<(NaiveDate, NaiveDate)> {
        let start = self.start.date();
        let units = number.checked_mul(self.pattern.interval)?;
        let later_days = |first: NaiveDate, length: u64| {
            let first = first.checked_add_days(Days::new(u64::try_from(units).ok()?.checked_mul(length)?))?;
            Some((first, first.checked_add_days(Days::new(length.checked_sub(1)?))?))
        };
        match self.pattern.freq {
            Frequency::Yearly => {
                let year = start.year().checked_add(i32::try_from(units).ok()?)?;
                Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?))
            }
            Frequency::Monthly => {
                let first = start.with_day(1)?.checked_add_months(Months::new(u32::try_from(units).ok()?))?;
                Some((first, first.with_day(u32::from(first.num_days_in_month()))?))
            }
            Frequency::Weekly => later_days(self.start_of_week(start), 7),
            _ => later_days(start, 1),
        }
    }

    /// Returns the first matching day from `day` on, within a period: its first and its last day.
    pub(crate) fn next_matching_day(
        &mut self,
        mut day: NaiveDate,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Option<NaiveDate>, RuleError> {
        let end = if self.pattern.skip == Skip::Forward { last.succ_opt().unwrap_or(last) } else { last };
        while day <= end && day <= self.last_day {
            self.steps.take()?;
            if day <= last && self.pattern.matches(day) || day > first && self.pattern.matches_moved(day) {
                return Ok(Some(day));
            }
            let next = match self.pattern.allows_month(day.month()) {
                true => day.succ_opt(),
                false => next_month(day),
            };
            match next {
                Some(next) => day = next,
                None => break,
            }
        }
        Ok(None)
    }

    fn visit_days<R>(
        &mut self,
        period: (NaiveDate, NaiveDate),
        times: &Times<'_>,
        visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> WalkResult<R> {
        let mut day = period.0.max(self.from.date());
        while let Some(matching) = self.next_matching_day(day, period)? {
            let result = self.visit_times(matching, times, visit)?;
            if result.is_break() {
                return Ok(result);
            }
            let Some(next) = matching.succ_opt() else { break };
            day = next;
        }
        Ok(Continue(()))
    }

    pub(crate) fn visit_times<R>(
        &mut self,
        day: NaiveDate,
        times: &Times<'_>,
        visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> WalkResult<R> {
        let first = if day == self.from.date() { times.first_from(self.from.time()) } else { 0 };
        for time in (first..times.len()).map_while(|index| times.get(index)) {
            self.steps.take()?;
            if let result @ Break(_) = visit(day.and_time(time)) {
                return Ok(result);
            }
        }
        Ok(Continue(()))
    }

    fn matching_days(&mut self, period: (NaiveDate, NaiveDate)) -> Result<Vec<NaiveDate>, RuleError> {
        let (mut days, mut day) = (Vec::new(), period.0);
        while let Some(matching) = self.next_matching_day(day, period)? {
            days.push(matching);
            let Some(next) = matching.succ_opt() else { break };
            day = next;
        }
        Ok(days)
    }

    /// Visits the occurrences of a period that BYSETPOS selects.
    pub(crate) fn visit_positions<R>(
        &mut self,
        days: &[NaiveDate],
        times: &Times<'_>,
        visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> WalkResult<R> {
        let count = i64::try_from(days.len().saturating_mul(times.len())).unwrap_or(0);
        let index = |position: &i64| match position {
            1.. => position.checked_sub(1),
            _ => position.checked_add(count),
        };
        let mut selected: Vec<usize> =
            self.pattern.positions.iter().filter_map(index).filter_map(|index| index.try_into().ok()).collect();
        selected.sort_unstable();
        selected.dedup();
        for index in selected {
            self.steps.take()?;
            let day = index.checked_div(times.len()).and_then(|day| days.get(day));
            let time = index.checked_rem(times.len()).and_then(|time| times.get(time));
            if let (Some(day), Some(time)) = (day, time)
                && let result @ Break(_) = visit(day.and_time(time))
            {
                return Ok(result);
            }
        }
        Ok(Continue(()))
    }
}

fn next_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))
}
