//! Repeating tasks: computes occurrences before a write, and creates the next task on completion.
//!
//! [`Tasks::update`] reports a missing occurrence. The caller computes it on another thread, and calls again. If another request has
//! changed the task in the meantime, or an earlier operation of the same request, another occurrence is missing. The transaction then
//! computes it, if it needs few steps: no other request can change the task there.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::insert::NewRow;
use crate::db::tasks::owner_scope::active;
use crate::db::tasks::schedule::{NextOccurrence, Schedule};
use crate::db::tasks::scoped::{Tasks, Write};
use crate::db::tasks::update::Update;
use crate::db::tasks::version_condition::VersionCondition;
use crate::recurrence::{self, Budget, RuleError};
use crate::task::dates::to_db_timestamp;
use crate::task::{NewTask, Task, TaskPatch};

/// The computed and the missing occurrences of a request.
#[derive(Clone, Debug)]
pub struct Occurrences {
    budget: Budget,
    /// The budget on a database thread.
    thread_budget: Budget,
    computed: HashMap<Schedule, Result<Option<NextOccurrence>, RuleError>>,
    /// The missing occurrences, each with the number of its operation.
    missing: Vec<(usize, Schedule)>,
    /// The first rejected rule, with the number of its operation.
    rejected: Option<(usize, RuleError)>,
    /// The number of the current operation.
    operation: usize,
    /// The operations whose tasks were read to determine their occurrences.
    planned: HashSet<usize>,
    is_planned: bool,
}

impl Occurrences {
    /// Creates an empty set of occurrences, with a budget to compute them.
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            thread_budget: Budget::for_worker(),
            computed: HashMap::new(),
            missing: Vec::new(),
            rejected: None,
            operation: 0,
            planned: HashSet::new(),
            is_planned: false,
        }
    }

    /// Sets the current operation, by its number in the request.
    pub fn set_operation(&mut self, operation: usize) {
        self.operation = operation;
    }

    /// Checks the rule of a new task. Uses CPU time like [`compute`](Self::compute).
    ///
    /// # Errors
    /// The rule exceeds the budget, or needs a due date with a time.
    pub fn check_new_task(&mut self, new_task: &NewTask) -> Result<(), RuleError> {
        self.plan_new_task(0, new_task);
        self.compute().map_err(|(_, reason)| reason)
    }

    /// Requests the next occurrence of a new task, to check its rule.
    pub fn plan_new_task(&mut self, operation: usize, new_task: &NewTask) {
        self.set_operation(operation);
        self.check(
            new_task.recurrence_rule.as_deref().map_or(Ok(()), |rule| recurrence::check_due(rule, new_task.due)),
        );
        if let Some(schedule) = Schedule::of_new_task(new_task) {
            self.request(schedule);
        }
    }

    /// Keeps the first error.
    fn check(&mut self, result: Result<(), RuleError>) {
        if let (None, Err(error)) = (self.rejected, result) {
            self.rejected = Some((self.operation, error));
        }
    }

    /// Returns whether an occurrence must be [computed](Self::compute), or a rule is rejected.
    pub fn has_missing(&self) -> bool {
        !self.missing.is_empty() || self.rejected.is_some()
    }

    /// Computes the missing occurrences. Uses CPU time: do not call it on an HTTP worker or a database thread.
    ///
    /// # Errors
    /// A rule exceeds the budget, or is rejected. Contains the number of its operation.
    pub fn compute(&mut self) -> Result<(), (usize, RuleError)> {
        self.rejected.take().map_or(Ok(()), Err)?;
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

    /// Adds an occurrence to the missing ones, unless it is computed.
    fn request(&mut self, schedule: Schedule) {
        if !matches!(self.computed.get(&schedule), Some(Ok(_))) {
            self.missing.push((self.operation, schedule));
        }
    }

    /// Returns the next occurrence if it is computed or needs few steps, else adds it to the missing ones.
    fn get_or_compute(&mut self, schedule: Schedule) -> Option<Option<NextOccurrence>> {
        if let Some(Ok(next)) = self.computed.get(&schedule) {
            return Some(next.clone());
        }
        match schedule.next(&mut self.thread_budget) {
            Ok(next) => {
                self.computed.insert(schedule, Ok(next.clone()));
                Some(next)
            }
            Err(_) => {
                self.missing.push((self.operation, schedule));
                None
            }
        }
    }

    /// Requests the occurrence that a patch of this task needs.
    fn plan_patch(&mut self, task: &Task, patch: &TaskPatch) {
        self.planned.insert(self.operation);
        self.check(patch.check_due(task));
        if let Some(schedule) = Schedule::after_patch(task, patch) {
            self.request(schedule);
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
        let Some(next) = occurrences.get_or_compute(schedule).ok_or(DbError::VersionMismatch)? else { return Ok(()) };
        let series = task.series_id.unwrap_or(task.id);
        let new_task = next.into_new_task(task, patch.now);
        let mut row = NewRow::new(self.owner, &new_task);
        row.series_id = Some(series);
        // the quota must not prevent a completion
        let next = self.insert(row, i64::MAX)?;
        *task = self.run_update(Update::link(self.owner, task.id, Some(series), Some(next.id)))?;
        Ok(())
    }

    /// Deletes the next occurrence of a reopened task permanently, and removes the link to it. Keeps an occurrence that was changed.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn remove_next_occurrence(&mut self, task: &mut Task) -> Result<(), DbError> {
        let Some(next) = task.next_id else { return Ok(()) };
        // each write of the occurrence increases its version, also a move to the trash
        match self.purge(next, &VersionCondition::Versions(vec![1])) {
            Ok(_) => {}
            Err(DbError::VersionMismatch | DbError::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        }
        // a series of one task has no id
        let series = task.series_id.filter(|series| *series != task.id);
        *task = self.run_update(Update::link(self.owner, task.id, series, None))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};

    use super::*;

    /// Returns how many of these schedules one request computes on a database thread.
    fn computed(rule: &str, dues: u64) -> usize {
        let first = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        let mut occurrences = Occurrences::new(Budget::for_request());
        let computed = (0..dues)
            .filter(|day| occurrences.get_or_compute(Schedule::of_rule(rule, first + Days::new(*day))).is_some());
        let computed = computed.count();
        assert_eq!(occurrences.has_missing(), computed < dues as usize);
        computed
    }

    #[test]
    fn the_schedules_of_a_request_share_a_small_budget_on_a_database_thread() {
        assert_eq!(computed("FREQ=DAILY", 100), 100);
        // each examines the days of a year
        assert_eq!(computed("FREQ=DAILY;BYMONTH=1;BYMONTHDAY=1", 20), 2);
        // examines the days of 28 years
        assert_eq!(computed("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", 1), 0);
    }
}
