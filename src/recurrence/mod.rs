//! Computes the next occurrence of a repeating task (RFC 5545 section 3.3.10). The number of steps is bounded.

#![deny(clippy::arithmetic_side_effects)]

mod budget;
#[cfg(test)]
mod library_tests;
#[cfg(test)]
mod local_tests;
mod local_time;
mod occurrence;
mod pattern;
mod reminder;
mod rule;
mod start;
mod subdaily;
#[cfg(test)]
mod tests;
mod times;
mod walk;

use std::ops::ControlFlow::{Break, Continue};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

pub use crate::recurrence::budget::{Budget, MAX_STEPS, RuleError};
pub use crate::recurrence::local_time::to_instant;
use crate::recurrence::local_time::{local_after, local_before, to_local};
pub use crate::recurrence::occurrence::{CompletedOccurrence, Due, NextOccurrence, RepeatFrom};
use crate::recurrence::pattern::Pattern;
pub use crate::recurrence::reminder::Reminder;
use crate::recurrence::rule::{Skip, Until, needs_time, parse_parts, skip, split_bounds};
pub use crate::recurrence::rule::{is_none, parse};
use crate::recurrence::start::Search;
use crate::recurrence::walk::Walk;

/// The last year with four digits.
const LAST_YEAR: i32 = 9999;

/// Checks that a task with this rule can have this due date.
///
/// # Errors
/// [`RuleError::TimeRequired`]: the frequency is hourly or finer, and the due date has no time.
pub fn check_due(rule: &str, due: Option<Due>) -> Result<(), RuleError> {
    let has_time = matches!(due, Some(Due::At(_)));
    if has_time || !needs_time(rule) { Ok(()) } else { Err(RuleError::TimeRequired) }
}

/// Computes the first occurrence after this one.
///
/// Skips occurrences before the completion. Returns `None` after the last occurrence.
///
/// # Errors
/// The rule needs more steps than [`MAX_STEPS`] or the remaining budget.
pub fn next(completed: &CompletedOccurrence<'_>, budget: &mut Budget) -> Result<Option<NextOccurrence>, RuleError> {
    let (rule, bounds) = split_bounds(completed.rule);
    let Some(parts) = parse_parts(&rule) else { return Ok(None) };
    let implied = if completed.repeats_from_completion() { Skip::Backward } else { Skip::Omit };
    let (skip, has_time) = (skip(&rule).unwrap_or(implied), matches!(completed.due, Some(Due::At(_))));
    let pattern = |start| match has_time {
        true => Pattern::new(&parts, skip, start),
        false => Pattern::for_days(&parts, skip, start),
    };
    let search = Search::new(completed, pattern, budget)?;
    let until = bounds.until.as_deref().and_then(Until::parse);
    // an all-day task ends on the day of UNTIL in its own zone
    let last_day = until.map_or(max_day(), |until| until.day(completed.zone));
    let until = if has_time { until } else { until.map(|_| Until::Day(last_day)) };
    let walk = Walk {
        pattern: &pattern(search.start),
        start: search.start,
        from: search.first_local(bounds.count.is_some()),
        // a clock change may move the last occurrence to the day before
        last_day: last_day.succ_opt().map_or(max_day(), |day| day.min(max_day())),
        steps: budget.for_rule(),
    };
    let (found, remaining) = find(walk, &search, bounds.count)?;
    let is_valid = |(local, at): &(NaiveDateTime, DateTime<Utc>)| {
        until.is_none_or(|until| until.includes(*local, *at))
            && [local.year(), at.year()].iter().all(|year| *year <= LAST_YEAR)
    };
    Ok(found.filter(is_valid).map(|(local, at)| {
        let count = remaining.map(|count| format!("COUNT={count}"));
        let until = bounds.until.map(|until| format!("UNTIL={until}"));
        let rule = [Some(rule), count, until].into_iter().flatten().collect::<Vec<_>>().join(";");
        let is_moved = to_local(at, search.zone) != local;
        let needs_start = match completed.repeats_from_completion() {
            true => is_moved.then_some(local),
            false => (is_moved || pattern(local) != pattern(search.start)).then_some(search.start),
        };
        let due = if has_time { Due::At(at) } else { Due::Day(local.date()) };
        NextOccurrence { due, rule, start: needs_start, local, completed_local: search.completed }
    }))
}

/// An occurrence: its local time and its instant.
type Found = Option<(NaiveDateTime, DateTime<Utc>)>;

/// Finds the next occurrence. Also returns its COUNT, which the completed and the missed occurrences reduce.
fn find(walk: Walk<'_, '_>, search: &Search, count: Option<u32>) -> Result<(Found, Option<u32>), RuleError> {
    let (surely_later, first_local) =
        (local_after(search.after, search.zone), local_before(search.earliest, search.zone));
    let (mut remaining, mut last) = (count, None);
    let found = walk.run(|local| {
        // SKIP can lead to one day twice
        if last.replace(local) == Some(local) {
            return Continue(());
        }
        let is_missed = local > surely_later && local < first_local;
        let at = if is_missed { None } else { to_instant(local, search.zone) };
        if !is_missed && at.is_none_or(|at| at <= search.after) {
            return Continue(());
        }
        if remaining.is_some_and(|remaining| remaining < 2) {
            return Break(None);
        }
        remaining = remaining.map(|remaining| remaining.saturating_sub(1));
        match at.filter(|at| *at >= search.earliest) {
            Some(at) => Break(Some((local, at))),
            None => Continue(()),
        }
    })?;
    Ok((found.flatten(), remaining))
}

fn max_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap_or(NaiveDate::MAX)
}
