//! Computes the next occurrence of a repeating task (RFC 5545 section 3.3.10). The number of steps is bounded.

#![deny(clippy::arithmetic_side_effects)]

mod budget;
#[cfg(test)]
mod library_tests;
mod pattern;
mod rule;
#[cfg(test)]
mod tests;
mod times;
mod walk;

use std::ops::ControlFlow::{Break, Continue};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rrule::{RRule, Unvalidated};
use serde::Serialize;
use utoipa::ToSchema;

use crate::recurrence::pattern::Pattern;
use crate::recurrence::rule::{is_until_or_before, parse_until_day, split_bounds};
use crate::recurrence::walk::Walk;
pub use budget::{Budget, MAX_STEPS, StepLimitExceeded};
pub use rule::parse;

/// The last year with four digits.
const LAST_YEAR: i32 = 9999;

/// The start for computing the next occurrence of a repeating task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatFrom {
    /// The due date.
    #[default]
    DueDate,
    /// The day of completion.
    Completion,
}

/// When a task is due.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Due {
    /// On this day in the task's time zone.
    Day(NaiveDate),
    /// At this instant.
    At(DateTime<Utc>),
}

/// A completed occurrence of a task.
#[derive(Clone, Copy, Debug)]
pub struct CompletedOccurrence<'a> {
    /// The recurrence rule.
    pub rule: &'a str,
    /// The start for the next occurrence.
    pub from: RepeatFrom,
    /// When it was due. A task without a due date repeats from its completion.
    pub due: Option<Due>,
    /// The time zone of its days and times.
    pub zone: Tz,
    /// When it was completed.
    pub completed_at: DateTime<Utc>,
}

/// The next occurrence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextOccurrence {
    /// When it is due.
    pub due: Due,
    /// The rule of the next occurrence. COUNT is reduced by the completed and the missed occurrences.
    pub rule: String,
}

/// Computes the first occurrence after this one.
///
/// Skips occurrences before the completion. Returns `None` after the last occurrence.
///
/// # Errors
/// [`StepLimitExceeded`]: the rule needs more steps than [`MAX_STEPS`] or the remaining budget.
pub fn next(
    completed: &CompletedOccurrence<'_>,
    budget: &mut Budget,
) -> Result<Option<NextOccurrence>, StepLimitExceeded> {
    let (pattern, bounds) = split_bounds(completed.rule);
    let Ok(parts) = pattern.parse::<RRule<Unvalidated>>() else { return Ok(None) };
    let (start, earliest) =
        start_and_earliest(completed, completed.completed_at.with_timezone(&completed.zone).date_naive());
    let local = start.naive_local();
    let (local_earliest, until) = (local_before(earliest), bounds.until.as_deref().and_then(parse_until_day));
    let walk = Walk {
        pattern: &Pattern::new(&parts, local),
        start: local,
        // with COUNT, the walk must visit all missed occurrences
        from: if bounds.count.is_some() { local } else { local.max(local_earliest) },
        // adds a day because UNTIL may be in UTC
        last_day: until.and_then(|day| day.succ_opt()).map_or(max_day(), |day| day.min(max_day())),
        steps: budget.for_rule(),
    };
    let mut remaining = bounds.count;
    let next_date = walk.run(|local| {
        let is_past = local < local_earliest;
        let date = if is_past { None } else { to_instant(local, start.timezone()).filter(|date| *date > start) };
        if date.is_none() && (!is_past || local <= start.naive_local()) {
            return Continue(());
        }
        if remaining.is_some_and(|remaining| remaining < 2) {
            return Break(None);
        }
        if let Some(date) = date.filter(|date| *date >= earliest) {
            return Break(Some(date));
        }
        remaining = remaining.map(|remaining| remaining.saturating_sub(1));
        Continue(())
    })?;
    let count = remaining.map(|remaining| remaining.saturating_sub(1));
    Ok(next_date.flatten().and_then(|date| occurrence_at(completed, date, pattern, count, bounds.until)))
}

/// Returns the occurrence at this date with its rule. Returns `None` after UNTIL or the year 9999.
fn occurrence_at(
    completed: &CompletedOccurrence<'_>,
    date: DateTime<rrule::Tz>,
    pattern: String,
    count: Option<u32>,
    until: Option<String>,
) -> Option<NextOccurrence> {
    let due = match completed.due {
        Some(Due::At(_)) => Due::At(date.to_utc()),
        _ => Due::Day(date.date_naive()),
    };
    let is_before_until = until.as_deref().is_none_or(|until| is_until_or_before(date, until));
    let has_valid_year = date.year() <= LAST_YEAR && date.to_utc().year() <= LAST_YEAR;
    let rule =
        [Some(pattern), count.map(|count| format!("COUNT={count}")), until.map(|until| format!("UNTIL={until}"))];
    let rule = rule.into_iter().flatten().collect::<Vec<_>>().join(";");
    (is_before_until && has_valid_year).then_some(NextOccurrence { due, rule })
}

fn max_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap_or(NaiveDate::MAX)
}

/// Returns a local time that is not after `earliest`. All earlier local times are before `earliest`, even near a change of the
/// zone's offset.
fn local_before(earliest: DateTime<rrule::Tz>) -> NaiveDateTime {
    let offset = |days: i64| {
        let nearby = earliest.checked_add_signed(TimeDelta::days(days)).unwrap_or(earliest);
        nearby.naive_local().signed_duration_since(nearby.naive_utc())
    };
    let offset_change = offset(1).checked_sub(&offset(-1)).unwrap_or_default().abs();
    earliest.naive_local().checked_sub_signed(offset_change).unwrap_or(NaiveDateTime::MIN)
}

/// Converts a local time to an instant. A skipped or repeated local time is the duration since midnight.
fn to_instant(local: NaiveDateTime, zone: rrule::Tz) -> Option<DateTime<rrule::Tz>> {
    local.and_local_timezone(zone).single().or_else(|| {
        let midnight = local.date().and_time(NaiveTime::MIN).and_local_timezone(zone).single()?;
        midnight.checked_add_signed(local.time().signed_duration_since(NaiveTime::MIN))
    })
}

/// Returns the rule's start and the next occurrence's earliest instant. Days are computed in UTC, with 24 hours each.
fn start_and_earliest(
    completed: &CompletedOccurrence<'_>,
    today: NaiveDate,
) -> (DateTime<rrule::Tz>, DateTime<rrule::Tz>) {
    let at_midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
    let zone = rrule::Tz::from(completed.zone);
    let completed_at = completed.completed_at.with_timezone(&zone);
    match (completed.due, completed.from) {
        (Some(Due::Day(due)), RepeatFrom::DueDate) => (at_midnight(due), at_midnight(today)),
        (Some(Due::Day(_)), RepeatFrom::Completion) | (None, _) => (at_midnight(today), at_midnight(today)),
        (Some(Due::At(due)), RepeatFrom::DueDate) => (due.with_timezone(&zone), completed_at),
        (Some(Due::At(due)), RepeatFrom::Completion) => {
            // keeps the due time of day; if the zone skips that time, starts at the completion
            let time = due.with_timezone(&zone).time();
            let start = today.and_time(time).and_local_timezone(zone).earliest().unwrap_or(completed_at);
            (start, completed_at)
        }
    }
}
