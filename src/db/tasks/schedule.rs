//! The schedule of a repeating task: its rule, its dates, and its next occurrence.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::recurrence::{self, Budget, CompletedOccurrence, Due, Reminder, RepeatFrom, RuleError};
use crate::task::dates::to_db_timestamp;
use crate::task::fields::ExcludedDates;
use crate::task::{Completion, NewTask, Task, TaskPatch};

/// The inputs of the next occurrence of a completed task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Schedule {
    rule: String,
    due: Option<Due>,
    start: Option<NaiveDateTime>,
    time_zone: Option<String>,
    reminder: Option<Reminder>,
    repeat_from: RepeatFrom,
    excluded_dates: Vec<Due>,
    completed_at: DateTime<Utc>,
}

/// The fields of the next occurrence that differ from the completed task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NextOccurrence {
    pub due: Due,
    rule: String,
    start: Option<NaiveDateTime>,
    reminder: Option<Reminder>,
}

impl Schedule {
    /// Returns the schedule of a new task, as if completed at its creation. `None`: the task does not repeat.
    pub(crate) fn of_new_task(new_task: &NewTask) -> Option<Self> {
        Some(Self {
            rule: new_task.recurrence_rule.clone()?,
            due: new_task.due,
            start: new_task.recurrence_start,
            time_zone: new_task.time_zone.clone(),
            reminder: new_task.remind_at.map(|at| Reminder { at, local: new_task.remind_local }),
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
            start: task.recurrence_start,
            time_zone: task.time_zone.clone(),
            reminder: task.remind_at.map(|at| Reminder { at, local: task.remind_local }),
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
        let remind_at = patch.remind_at.unwrap_or(task.remind_at).map(|at| to_db_timestamp(at).and_utc());
        Some(Self {
            rule: patch.recurrence_rule.clone().unwrap_or_else(|| task.recurrence_rule.clone())?,
            due: patch.due.unwrap_or(task.due),
            start: task.recurrence_start,
            time_zone: patch.time_zone.clone().unwrap_or_else(|| task.time_zone.clone()),
            reminder: remind_at.map(|at| Reminder { at, local: task.remind_local }),
            repeat_from: patch.repeat_from.unwrap_or(task.repeat_from),
            excluded_dates: patch.excluded_dates.clone().unwrap_or_else(|| task.excluded_dates.clone()),
            completed_at: to_db_timestamp(patch.now).and_utc(),
        })
    }

    pub(crate) fn next(&self, budget: &mut Budget) -> Result<Option<NextOccurrence>, RuleError> {
        let zone = self.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
        let next = self.next_included(zone, budget)?;
        Ok(next.map(|next| NextOccurrence {
            reminder: self.due.and_then(|due| self.reminder?.next(due, zone, &next)),
            due: next.due,
            rule: next.rule,
            start: next.start,
        }))
    }

    /// Computes the next occurrence that is not excluded. The budget bounds the number of excluded ones.
    fn next_included(&self, zone: Tz, budget: &mut Budget) -> Result<Option<recurrence::NextOccurrence>, RuleError> {
        let mut completed = CompletedOccurrence {
            rule: &self.rule,
            from: self.repeat_from,
            due: self.due,
            start: self.start,
            zone,
            completed_at: self.completed_at,
        };
        let mut next = recurrence::next(&completed, budget)?;
        let completed_local = next.as_ref().map(|next| next.completed_local);
        while let Some(excluded) = next.take_if(|next| ExcludedDates::contains(&self.excluded_dates, next.due, zone)) {
            let (from, due, start) = (RepeatFrom::DueDate, Some(excluded.due), excluded.start);
            completed = CompletedOccurrence { from, due, start, ..completed };
            next = recurrence::next(&CompletedOccurrence { rule: &excluded.rule, ..completed }, budget)?;
        }
        // the reminder keeps its distance from the completed occurrence, not from the excluded ones
        Ok(next
            .zip(completed_local)
            .map(|(next, completed_local)| recurrence::NextOccurrence { completed_local, ..next }))
    }
}

impl NextOccurrence {
    /// Copies the completed task as pending, with the next due date.
    pub(crate) fn into_new_task(self, completed: &Task, now: DateTime<Utc>) -> NewTask {
        NewTask {
            due: Some(self.due),
            remind_at: self.reminder.map(|reminder| reminder.at),
            remind_local: self.reminder.and_then(|reminder| reminder.local),
            recurrence_rule: Some(self.rule),
            recurrence_start: self.start,
            ..NewTask::pending_copy(completed, now)
        }
    }
}

#[cfg(test)]
impl Schedule {
    /// Returns the schedule of a task with this rule and due day.
    pub(crate) fn of_rule(rule: &str, due: chrono::NaiveDate) -> Self {
        Self {
            rule: rule.into(),
            due: Some(Due::Day(due)),
            start: None,
            time_zone: None,
            reminder: None,
            repeat_from: RepeatFrom::DueDate,
            excluded_dates: Vec::new(),
            completed_at: DateTime::UNIX_EPOCH,
        }
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

    /// Returns whether the patch removes the due date or its time. A rule that repeats within a day then becomes invalid.
    fn removes_time(&self) -> bool {
        matches!(self.due, Some(None | Some(Due::Day(_))))
    }

    /// Returns the SQL condition of tasks whose update needs no occurrence: neither a new one, nor the removal of one.
    pub(crate) fn alone_condition(&self) -> &'static str {
        let may_reopen = matches!(self.completion, Completion::Set(false) | Completion::Toggle);
        match (self.needs_occurrence(), may_reopen) {
            (true, true) => "recurrence_rule IS NULL AND next_id IS NULL",
            (true, false) => "recurrence_rule IS NULL",
            _ => "next_id IS NULL",
        }
    }

    /// Returns whether the patch may need a next occurrence, or may make the rule invalid.
    pub fn needs_occurrence(&self) -> bool {
        self.may_complete() || self.sets_rule() || self.removes_time()
    }

    /// Checks the due date with the rule, if the patch changes one of them.
    ///
    /// # Errors
    /// The due date has no time, but the rule needs one.
    pub(crate) fn check_due(&self, task: &Task) -> Result<(), RuleError> {
        let rule = self.recurrence_rule.as_ref().unwrap_or(&task.recurrence_rule);
        let due = self.due.unwrap_or(task.due);
        match rule {
            Some(text) if *rule != task.recurrence_rule || due != task.due => recurrence::check_due(text, due),
            _ => Ok(()),
        }
    }
}
