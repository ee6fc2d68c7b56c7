//! Repeating tasks: computes occurrences before a write, and creates the next task on completion.
//!
//! A database thread never computes an occurrence. [`Tasks::update`] reports a missing occurrence. The caller computes it on another
//! thread, and calls again.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::insert::NewRow;
use crate::db::tasks::owner_scope::active;
use crate::db::tasks::scoped::{Tasks, Write};
use crate::db::tasks::update::Update;
use crate::recurrence::{self, Budget, CompletedOccurrence, Due, RepeatFrom, StepLimitExceeded};
use crate::task::dates::to_db_timestamp;
use crate::task::{Completion, NewTask, Task, TaskPatch};

/// The inputs of the next occurrence of a completed task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Schedule {
    rule: String,
    due: Option<Due>,
    time_zone: Option<String>,
    remind_at: Option<DateTime<Utc>>,
    repeat_from: RepeatFrom,
    completed_at: DateTime<Utc>,
}

/// The fields of the next occurrence that differ from the completed task.
#[derive(Clone, PartialEq, Eq, Debug)]
struct NextOccurrence {
    due: Due,
    rule: String,
    remind_at: Option<DateTime<Utc>>,
}

impl Schedule {
    /// Returns the schedule of a new task, as if completed at its creation. `None`: the task does not repeat.
    fn of_new_task(new_task: &NewTask) -> Option<Self> {
        Some(Self {
            rule: new_task.recurrence_rule.clone()?,
            due: new_task.due,
            time_zone: new_task.time_zone.clone(),
            remind_at: new_task.remind_at,
            repeat_from: new_task.repeat_from,
            completed_at: to_db_timestamp(new_task.now).and_utc(),
        })
    }

    /// Returns the schedule of a completed task. `None`: the task does not repeat.
    fn of_completed(task: &Task) -> Option<Self> {
        Some(Self {
            rule: task.recurrence_rule.clone()?,
            due: task.due,
            time_zone: task.time_zone.clone(),
            remind_at: task.remind_at,
            repeat_from: task.repeat_from,
            completed_at: task.completed_at?,
        })
    }

    /// Returns the schedule after a patch. `None`: the patch neither completes the task nor sets another rule, or no rule is set.
    fn after_patch(task: &Task, patch: &TaskPatch) -> Option<Self> {
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
            completed_at: to_db_timestamp(patch.now).and_utc(),
        })
    }

    fn next(&self, budget: &mut Budget) -> Result<Option<NextOccurrence>, StepLimitExceeded> {
        let zone = self.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
        let (from, due, completed_at) = (self.repeat_from, self.due, self.completed_at);
        let next = recurrence::next(&CompletedOccurrence { rule: &self.rule, from, due, zone, completed_at }, budget)?;
        Ok(next.map(|next| NextOccurrence { remind_at: self.next_reminder(next.due), due: next.due, rule: next.rule }))
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

/// The computed and the missing occurrences of a request.
#[derive(Debug)]
pub struct Occurrences {
    budget: Budget,
    computed: HashMap<Schedule, Result<Option<NextOccurrence>, StepLimitExceeded>>,
    /// The missing occurrences, each with the number of its operation.
    missing: Vec<(usize, Schedule)>,
    /// The number of the current operation.
    operation: usize,
    /// The operations whose tasks were read to determine their occurrences.
    planned: HashSet<usize>,
    is_planned: bool,
}

impl Occurrences {
    /// Creates an empty set of occurrences, with a budget to compute them.
    pub fn new(budget: Budget) -> Self {
        let (computed, missing, planned) = Default::default();
        Self { budget, computed, missing, operation: 0, planned, is_planned: false }
    }

    /// Sets the current operation, by its number in the request.
    pub fn set_operation(&mut self, operation: usize) {
        self.operation = operation;
    }

    /// Checks that the rule of a new task is within the budget. Uses CPU time like [`compute`](Self::compute).
    ///
    /// # Errors
    /// The rule exceeds the budget.
    pub fn check_new_task(&mut self, new_task: &NewTask) -> Result<(), StepLimitExceeded> {
        self.plan_new_task(0, new_task);
        self.compute().map_err(|(_, reason)| reason)
    }

    /// Requests the next occurrence of a new task, to check the budget of its rule.
    pub fn plan_new_task(&mut self, operation: usize, new_task: &NewTask) {
        self.set_operation(operation);
        if let Some(schedule) = Schedule::of_new_task(new_task) {
            self.get_or_request(schedule);
        }
    }

    /// Returns whether an occurrence must be [computed](Self::compute).
    pub fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Computes the missing occurrences. Uses CPU time: do not call it on an HTTP worker or a database thread.
    ///
    /// # Errors
    /// A rule exceeds the budget. Contains the number of its operation.
    pub fn compute(&mut self) -> Result<(), (usize, StepLimitExceeded)> {
        for (operation, schedule) in std::mem::take(&mut self.missing) {
            let next = match self.computed.get(&schedule) {
                Some(computed) => computed.clone(),
                None => schedule.next(&mut self.budget),
            };
            self.computed.insert(schedule, next.clone());
            next.map_err(|too_costly| (operation, too_costly))?;
        }
        Ok(())
    }

    /// Computes the missing occurrences that need few steps. HTTP workers may call it.
    pub fn compute_cheap(&mut self) {
        let mut budget = Budget::for_worker();
        let computed = &mut self.computed;
        self.missing.retain(|(_, schedule)| match schedule.next(&mut budget) {
            Ok(next) => {
                computed.insert(schedule.clone(), Ok(next));
                false
            }
            Err(_) => true,
        });
    }

    /// Returns the next occurrence if it is computed, else adds it to the missing ones.
    fn get_or_request(&mut self, schedule: Schedule) -> Option<Option<NextOccurrence>> {
        let next = self.computed.get(&schedule).and_then(|computed| computed.clone().ok());
        if next.is_none() {
            self.missing.push((self.operation, schedule));
        }
        next
    }

    /// Requests the occurrence that a patch of this task needs.
    fn plan_patch(&mut self, task: &Task, patch: &TaskPatch) {
        self.planned.insert(self.operation);
        if let Some(schedule) = Schedule::after_patch(task, patch) {
            self.get_or_request(schedule);
        }
    }

    /// Returns whether [`Tasks::plan_occurrences`] has run.
    pub fn is_planned(&self) -> bool {
        self.is_planned
    }

    /// Returns whether the task of the current operation was read.
    pub(crate) fn is_operation_planned(&self) -> bool {
        self.planned.contains(&self.operation)
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

impl Tasks<'_, Write> {
    /// Reads the tasks of these operations, and requests the occurrences that they need. Writes nothing.
    ///
    /// Each operation is its number, the id of its task, and its patch.
    ///
    /// # Errors
    /// Database errors.
    pub fn plan_occurrences(
        &mut self,
        operations: &[(usize, i64, &TaskPatch)],
        occurrences: &mut Occurrences,
    ) -> Result<(), DbError> {
        occurrences.is_planned = true;
        let ids: Vec<i64> = operations.iter().map(|(_, id, _)| *id).collect();
        let rows = active(self.owner).filter(tasks::id.eq_any(ids)).select(TaskColumns);
        let stored: Vec<Task> = rows.load(self.connection)?;
        for (operation, id, patch) in operations {
            if let Some(task) = stored.iter().find(|task| task.id == *id) {
                occurrences.set_operation(*operation);
                // a task that does not repeat needs one statement only
                if patch.sets_rule() || task.recurrence_rule.is_some() {
                    occurrences.plan_patch(task, patch);
                }
            }
        }
        Ok(())
    }

    /// Requests the occurrence that a patch of this task needs. Returns whether it is missing.
    pub(crate) fn has_missing_occurrence(
        &mut self,
        task: &Task,
        patch: &TaskPatch,
        occurrences: &mut Occurrences,
    ) -> bool {
        occurrences.plan_patch(task, patch);
        occurrences.has_missing()
    }

    /// Creates the next occurrence of the task, if the patch completed it and its rule has one. Links both tasks.
    ///
    /// # Errors
    /// [`DbError::VersionMismatch`] if the task changed after it was read. The occurrence is then missing, and the transaction must be
    /// rolled back.
    pub(crate) fn create_next_occurrence(
        &mut self,
        task: &mut Task,
        patch: &TaskPatch,
        occurrences: &mut Occurrences,
    ) -> Result<(), DbError> {
        // the completion time of the task is that of this patch
        if task.completed_at != Some(to_db_timestamp(patch.now).and_utc()) || task.next_id.is_some() {
            return Ok(());
        }
        let Some(schedule) = Schedule::of_completed(task) else { return Ok(()) };
        let Some(next) = occurrences.get_or_request(schedule).ok_or(DbError::VersionMismatch)? else { return Ok(()) };
        let series = task.series_id.unwrap_or(task.id);
        let new_task = new_task(task, next, patch.now);
        let mut row = NewRow::new(self.owner, &new_task);
        row.series_id = Some(series);
        // the quota must not prevent a completion
        let next = self.insert(row, i64::MAX)?;
        *task = self.run_update(Update::link(self.owner, task.id, series, next.id))?;
        Ok(())
    }
}

/// Copies the task as pending, with its next due date.
fn new_task(task: &Task, next: NextOccurrence, now: DateTime<Utc>) -> NewTask {
    NewTask {
        due: Some(next.due),
        remind_at: next.remind_at,
        recurrence_rule: Some(next.rule),
        ..NewTask::pending_copy(task, now)
    }
}
