//! Determines where a rule starts, and from when its next occurrence is searched.

use std::ops::ControlFlow::{Break, Continue};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::recurrence::budget::{Budget, RuleError};
use crate::recurrence::local_time::{local_before, to_instant, to_local};
use crate::recurrence::occurrence::{CompletedOccurrence, Due};
use crate::recurrence::pattern::Pattern;
use crate::recurrence::walk::Walk;

/// The start of a search for the next occurrence. Local times are those of `zone`.
pub(crate) struct Search {
    /// The zone of the local times; UTC for days.
    pub(crate) zone: Tz,
    /// The local time at which the rule starts.
    pub(crate) start: NaiveDateTime,
    /// The local time of the completed occurrence, before any move by a clock change.
    pub(crate) completed: NaiveDateTime,
    /// The next occurrence is later than this.
    pub(crate) after: DateTime<Utc>,
    /// Occurrences before this are missed.
    pub(crate) earliest: DateTime<Utc>,
}

impl Search {
    /// Creates the search for a completed occurrence. `pattern` returns the rule's pattern for a start.
    ///
    /// # Errors
    /// The check of the stored start exceeds the budget.
    pub(crate) fn new(
        completed: &CompletedOccurrence<'_>,
        pattern: impl Fn(NaiveDateTime) -> Pattern,
        budget: &mut Budget,
    ) -> Result<Self, RuleError> {
        let (zone, completed_at) = (completed.clock(), completed.completed_at);
        let today = completed_at.with_timezone(&completed.zone).date_naive();
        Ok(match completed.due {
            Some(Due::At(due)) if completed.repeats_from_completion() => {
                let local = local_of_time(completed, due, zone);
                let start = today.and_time(local.time());
                let after = to_instant(start, zone).unwrap_or(completed_at);
                Self { zone, start, completed: local, after, earliest: completed_at }
            }
            Some(Due::At(due)) => {
                let (start, local) = start_of(completed, due, zone, pattern, budget)?;
                Self { zone, start, completed: local, after: due, earliest: completed_at }
            }
            Some(Due::Day(day)) if !completed.repeats_from_completion() => {
                let (start, local) = start_of(completed, midnight(day).and_utc(), zone, pattern, budget)?;
                Self { zone, start, completed: local, after: local.and_utc(), earliest: midnight(today).and_utc() }
            }
            due => {
                let start = midnight(today);
                let completed = if let Some(Due::Day(day)) = due { midnight(day) } else { start };
                Self { zone, start, completed, after: start.and_utc(), earliest: start.and_utc() }
            }
        })
    }

    /// Returns the local time from which the search visits all occurrences. With COUNT, it visits the missed occurrences too.
    pub(crate) fn first_local(&self, is_counted: bool) -> NaiveDateTime {
        let first = if is_counted { self.after } else { self.after.max(self.earliest) };
        local_before(first, self.zone).max(self.start)
    }
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// Returns the local time of a due time: with the time of day of the stored start, if a clock change moved this to the due time.
fn local_of_time(completed: &CompletedOccurrence<'_>, due: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let local = to_local(due, zone);
    let days = [local.date().checked_sub_days(Days::new(1)), Some(local.date())];
    let times = days.into_iter().flatten().filter_map(|day| Some(day.and_time(completed.start?.time())));
    times.into_iter().find(|time| to_instant(*time, zone) == Some(due)).unwrap_or(local)
}

/// Returns the start of the rule, and the local time of a due time.
///
/// The stored start counts only if the rule leads from it to the due time: the task may have been changed.
fn start_of(
    completed: &CompletedOccurrence<'_>,
    due: DateTime<Utc>,
    zone: Tz,
    pattern: impl Fn(NaiveDateTime) -> Pattern,
    budget: &mut Budget,
) -> Result<(NaiveDateTime, NaiveDateTime), RuleError> {
    let local = to_local(due, zone);
    let Some(start) = completed.start else { return Ok((local, local)) };
    let walk = Walk {
        pattern: &pattern(start),
        start,
        from: local_before(due, zone).max(start),
        last_day: local.date(),
        steps: budget.for_rule(),
    };
    let found = walk.run(|local| match to_instant(local, zone) {
        Some(at) if at < due => Continue(()),
        at => Break((at == Some(due)).then_some(local)),
    })?;
    Ok(found.flatten().map_or((local, local), |local| (start, local)))
}
