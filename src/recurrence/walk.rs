//! Visits the occurrences of a rule in order, in bounded steps.
//!
//! The crate `rrule` parses and validates rules. This module does not use its iterator: one call of `next` can run for seconds
//! and cannot be cancelled. Times are local; the caller applies the time zone.

use std::ops::ControlFlow::{self, Break, Continue};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use rrule::Frequency;

use crate::recurrence::budget::{StepLimitExceeded, Steps};
use crate::recurrence::pattern::Pattern;
use crate::recurrence::times::Times;

/// The outcome of a walk: `Break` with the visitor's value, or `Continue` at the end of the rule.
type WalkResult<R> = Result<ControlFlow<R>, StepLimitExceeded>;

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
    ) -> Result<Option<R>, StepLimitExceeded> {
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
        while let Some((first, end)) = self.period(number).filter(|(first, _)| *first <= self.last_day) {
            self.steps.take()?;
            let result = match pattern.positions.is_empty() {
                true => self.visit_days(first, end, &times, visit)?,
                false => {
                    let days = self.matching_days(first, end)?;
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

    /// Returns the first period that can have occurrences from `from` on.
    fn first_period(&self) -> i64 {
        let (start, from) = (self.start.date(), self.from.date());
        let months = |day: NaiveDate| i64::from(day.year()).saturating_mul(12).saturating_add(i64::from(day.month0()));
        let elapsed = match self.pattern.freq {
            Frequency::Yearly => i64::from(from.year()).saturating_sub(i64::from(start.year())),
            Frequency::Monthly => months(from).saturating_sub(months(start)),
            Frequency::Weekly => from.signed_duration_since(self.start_of_week(start)).num_days().div_euclid(7),
            _ => from.signed_duration_since(start).num_days(),
        };
        elapsed.max(0).checked_div(self.pattern.interval).unwrap_or(0)
    }

    fn start_of_week(&self, day: NaiveDate) -> NaiveDate {
        let days = day.weekday().days_since(self.pattern.week_start);
        day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day)
    }

    /// Returns the first day of a period, and the first day after it.
    fn period(&self, number: i64) -> Option<(NaiveDate, NaiveDate)> {
        let start = self.start.date();
        let units = number.checked_mul(self.pattern.interval)?;
        let later_months = |units: i64| {
            let first = start.with_day(1)?.checked_add_months(Months::new(u32::try_from(units).ok()?))?;
            Some((first, first.checked_add_months(Months::new(1))?))
        };
        let later_days = |first: NaiveDate, length: u64| {
            let first = first.checked_add_days(Days::new(u64::try_from(units).ok()?.checked_mul(length)?))?;
            Some((first, first.checked_add_days(Days::new(length))?))
        };
        match self.pattern.freq {
            Frequency::Yearly => {
                let year = start.year().checked_add(i32::try_from(units).ok()?)?;
                Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year.checked_add(1)?, 1, 1)?))
            }
            Frequency::Monthly => later_months(units),
            Frequency::Weekly => later_days(self.start_of_week(start), 7),
            _ => later_days(start, 1),
        }
    }

    /// Returns the first matching day from `day` on, before `end`.
    fn next_matching_day(
        &mut self,
        mut day: NaiveDate,
        end: NaiveDate,
    ) -> Result<Option<NaiveDate>, StepLimitExceeded> {
        while day < end && day <= self.last_day {
            self.steps.take()?;
            if self.pattern.matches(day) {
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
        first: NaiveDate,
        end: NaiveDate,
        times: &Times<'_>,
        visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> WalkResult<R> {
        let mut day = first.max(self.from.date());
        while let Some(matching) = self.next_matching_day(day, end)? {
            let result = self.visit_times(matching, times, visit)?;
            if result.is_break() {
                return Ok(result);
            }
            let Some(next) = matching.succ_opt() else { break };
            day = next;
        }
        Ok(Continue(()))
    }

    fn visit_times<R>(
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

    fn matching_days(&mut self, first: NaiveDate, end: NaiveDate) -> Result<Vec<NaiveDate>, StepLimitExceeded> {
        let (mut days, mut day) = (Vec::new(), first);
        while let Some(matching) = self.next_matching_day(day, end)? {
            days.push(matching);
            let Some(next) = matching.succ_opt() else { break };
            day = next;
        }
        Ok(days)
    }

    /// Visits the occurrences of a period that BYSETPOS selects.
    fn visit_positions<R>(
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

    /// Visits periods of hours, minutes or seconds. A period has `unit` seconds.
    fn visit_subdaily<R>(
        &mut self,
        unit: i64,
        visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> WalkResult<R> {
        let to_seconds = |local: NaiveDateTime| local.and_utc().timestamp();
        let first = to_seconds(self.start).div_euclid(unit);
        let width = self.pattern.interval.saturating_mul(unit);
        let mut earliest = to_seconds(self.from.max(self.start)).div_euclid(unit).saturating_mul(unit);
        loop {
            self.steps.take()?;
            let start = first.saturating_mul(unit);
            let elapsed = earliest.saturating_sub(start).max(0);
            let periods = elapsed.checked_div(width).unwrap_or(0);
            let periods = if elapsed.checked_rem(width) == Some(0) { periods } else { periods.saturating_add(1) };
            let at = start.saturating_add(periods.saturating_mul(width));
            let Some(local) = DateTime::from_timestamp(at, 0).map(|at| at.naive_utc()) else { break };
            if local.date() > self.last_day {
                break;
            }
            let Some(day) = self.next_matching_day(local.date(), self.last_day.succ_opt().unwrap_or(self.last_day))?
            else {
                break;
            };
            if day != local.date() {
                earliest = to_seconds(day.and_time(NaiveTime::MIN));
                continue;
            }
            if let Some(wait) = self.seconds_to_next_time(local) {
                earliest = at.saturating_add(wait);
                continue;
            }
            let result = self.visit_period_times(local, visit)?;
            if result.is_break() {
                return Ok(result);
            }
            earliest = at.saturating_add(1);
        }
        Ok(Continue(()))
    }

    /// Returns the seconds until the next allowed hour, minute or second.
    ///
    /// If the day, hour or minute has no further one, returns the seconds until its end. Returns `None` if this time is allowed.
    fn seconds_to_next_time(&self, local: NaiveDateTime) -> Option<i64> {
        let next = |allowed: &[u32], now: u32, units: u32| match allowed.binary_search(&now) {
            _ if allowed.is_empty() => None,
            Ok(_) => None,
            Err(index) => Some(allowed.get(index).copied().unwrap_or(units)),
        };
        let elapsed = i64::from(local.num_seconds_from_midnight());
        let until = |seconds: i64| seconds.saturating_sub(elapsed);
        let (hour, minute) = (i64::from(local.hour()), i64::from(local.minute()));
        if let Some(hour) = next(&self.pattern.hours, local.hour(), 24) {
            return Some(until(i64::from(hour).saturating_mul(3_600)));
        }
        if self.pattern.freq == Frequency::Hourly {
            return None;
        }
        let hour_start = hour.saturating_mul(3_600);
        if let Some(minute) = next(&self.pattern.minutes, local.minute(), 60) {
            return Some(until(i64::from(minute).saturating_mul(60).saturating_add(hour_start)));
        }
        if self.pattern.freq == Frequency::Minutely {
            return None;
        }
        let minute_start = minute.saturating_mul(60).saturating_add(hour_start);
        let second = next(&self.pattern.seconds, local.second(), 60)?;
        Some(until(i64::from(second).saturating_add(minute_start)))
    }

    /// Visits the times within one hour, minute or second.
    fn visit_period_times<R>(
        &mut self,
        local: NaiveDateTime,
        visit: &mut impl FnMut(NaiveDateTime) -> ControlFlow<R>,
    ) -> WalkResult<R> {
        let (hour, minute, second) = ([local.hour()], [local.minute()], [local.second()]);
        let pattern = self.pattern;
        let times = Times {
            hours: &hour,
            minutes: if pattern.freq == Frequency::Hourly { &pattern.minutes } else { &minute },
            seconds: if pattern.freq == Frequency::Secondly { &second } else { &pattern.seconds },
        };
        match pattern.positions.is_empty() {
            true => self.visit_times(local.date(), &times, visit),
            false => self.visit_positions(&[local.date()], &times, visit),
        }
    }
}

fn next_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))
}
