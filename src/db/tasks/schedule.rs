//! The schedule of a repeating task: its rule, its dates, and its next occurrence.

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::recurrence::{self, Budget, CompletedOccurrence, Due, RepeatFrom, StepLimitExceeded};
use crate::task::dates::to_db_timestamp;
use crate::task::fields::ExcludedDates;
use crate::task::{Completion, NewTask, Task, TaskPatch};

/// The inputs of the next occurrence of a completed task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Schedule {
    rule: String,
    due: Option<Due>,
    time_zone: Option<String>,
    remind_at: Option<DateTime<Utc>>,
    repeat_from: RepeatFrom,
    excluded_dates: Vec<Due>,
    completed_at: DateTime<Utc>,
}

/// The fields of the next occurrence that differ from the completed task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NextOccurrence {
    pub due: Due,
    pub rule: String,
    pub remind_at: Option<DateTime<Utc>>,
}

impl Schedule {
    /// Returns the schedule of a new task, as if completed at its creation. `None`: the task does not repeat.
    pub(crate) fn of_new_task(new_task: &NewTask) -> Option<Self> {
        Some(Self {
            rule: new_task.recurrence_rule.clone()?,
            due: new_task.due,
            time_zone: new_task.time_zone.clone(),
            remind_at: new_task.remind_at,
            repeat_from: new_task.repeat_from,
            excluded_dates: new_task.excluded_dates.clone(),
            completed_at: to_db_timestamp(new_task.now).and_utc(),
        })
    }

    /// Returns the schedule of a completed task. `None`: the task does not repeat.
    pub(crate) fn of_completed(task: &Task) -> Option<Self> {
        Some(Self {
            rule: task.recurrence_rule.clone()?,
            due: task.due,
            time_zone: task.time_zone.clone(),
            remind_at: task.remind_at,
            repeat_from: task.repeat_from,
            excluded_dates: task.excluded_dates.clone(),
            completed_at: task.completed_at?,
        })
    }

    /// Returns the schedule after a patch. `None`: the patch neither completes the task nor sets another rule, or no rule is set.
    pub(crate) fn after_patch(task: &Task, patch: &TaskPatch) -> Option<Self> {
        let completes = patch.may_complete() && task.completed_at.is_none() && task.next_id.is_none();
        let sets_other_rule = patch.sets_rule() && patch.recurrence_rule.as_ref() != Some(&task.recurrence_rule);
        if !completes && !sets_other_rule {
            return None;
        }
        Some(Self {
            rule: patch.recurrence_rule.clone().unwrap_or_else(|| task.recurrence_rule.clone())?,
            due: patch.due.unwrap_or(task.due),
            time_zone: patch.time_zone.clone().unwrap_or_else(|| task.time_zone.clone()),
            remind_at: patch.remind_at.unwrap_or(task.remind_at).map(|at| to_db_timestamp(at).and_utc()),
            repeat_from: patch.repeat_from.unwrap_or(task.repeat_from),
            excluded_dates: patch.excluded_dates.clone().unwrap_or_else(|| task.excluded_dates.clone()),
            completed_at: to_db_timestamp(patch.now).and_utc(),
        })
    }

    pub(crate) fn next(&self, budget: &mut Budget) -> Result<Option<NextOccurrence>, StepLimitExceeded> {
        let zone = self.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
        let next = self.next_included(zone, budget)?;
        Ok(next.map(|next| NextOccurrence { remind_at: self.next_reminder(next.due), due: next.due, rule: next.rule }))
    }

    /// Computes the next occurrence that is not excluded. The budget bounds the number of excluded ones.
    fn next_included(
        &self,
        zone: Tz,
        budget: &mut Budget,
    ) -> Result<Option<recurrence::NextOccurrence>, StepLimitExceeded> {
        let (from, due, completed_at) = (self.repeat_from, self.due, self.completed_at);
        let mut completed = CompletedOccurrence { rule: &self.rule, from, due, zone, completed_at };
        let mut next = recurrence::next(&completed, budget)?;
        while let Some(excluded) = next.take_if(|next| ExcludedDates::contains(&self.excluded_dates, next.due, zone)) {
            completed = CompletedOccurrence { from: RepeatFrom::DueDate, due: Some(excluded.due), ..completed };
            next = recurrence::next(&CompletedOccurrence { rule: &excluded.rule, ..completed }, budget)?;
        }
        Ok(next)
    }

    /// Returns the next reminder, at the same distance before the due date. `None` outside the years 1 to 9999.
    fn next_reminder(&self, next: Due) -> Option<DateTime<Utc>> {
        let instant = |due: Due| match due {
            Due::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
            Due::At(instant) => instant,
        };
        let moved_by = instant(next).signed_duration_since(instant(self.due?));
        self.remind_at?.checked_add_signed(moved_by).filter(|at| (1..=9999).contains(&at.year()))
    }
}

impl TaskPatch {
    /// Returns whether the patch may complete a task.
    pub(crate) fn may_complete(&self) -> bool {
        matches!(self.completion, Completion::Set(true) | Completion::Toggle)
    }

    /// Returns whether the patch sets a recurrence rule.
    pub(crate) fn sets_rule(&self) -> bool {
        matches!(self.recurrence_rule, Some(Some(_)))
    }

    /// Returns whether the patch may need a next occurrence.
    pub fn needs_occurrence(&self) -> bool {
        self.may_complete() || self.sets_rule()
    }
}
