//! Visits the occurrences of hourly, minutely and secondly rules.

use std::ops::ControlFlow::{self, Continue};

use chrono::{DateTime, NaiveDateTime, NaiveTime, Timelike};
use rrule::Frequency;

use crate::recurrence::times::Times;
use crate::recurrence::walk::{Walk, WalkResult};

impl Walk<'_, '_> {
    /// Visits periods of hours, minutes or seconds. A period has `unit` seconds.
    pub(crate) fn visit_subdaily<R>(
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
            let Some(day) = self.next_matching_day(local.date(), (local.date(), self.last_day))? else {
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
