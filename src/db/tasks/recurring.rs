//! Repeating tasks: the occurrences that a request computes before it writes, and the task that a completion creates.
//!
//! A database thread computes no occurrence. [`Tasks::update`] says which one it lacks, the caller computes it elsewhere, and calls again.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::insert::NewRow;
use crate::db::tasks::owner_scope::{active, owned_by};
use crate::db::tasks::scoped::{Tasks, Write};
use crate::recurrence::{self, Budget, CompletedOccurrence, Due, RepeatFrom, TooCostly};
use crate::task::dates::stored;
use crate::task::{Completion, NewTask, Task, TaskPatch};

/// Everything that decides the next occurrence of a completed task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Schedule {
    rule: String,
    due: Option<Due>,
    time_zone: Option<String>,
    remind_at: Option<DateTime<Utc>>,
    repeat_from: RepeatFrom,
    completed_at: DateTime<Utc>,
}

/// The part of the next occurrence that differs from the completed task.
#[derive(Clone, PartialEq, Eq, Debug)]
struct NextOccurrence {
    due: Due,
    rule: String,
    remind_at: Option<DateTime<Utc>>,
}

impl Schedule {
    /// The schedule of a new task, as if it were completed at its creation. `None`: it does not repeat.
    fn of_draft(draft: &NewTask) -> Option<Self> {
        Some(Self {
            rule: draft.recurrence_rule.clone()?,
            due: draft.due,
            time_zone: draft.time_zone.clone(),
            remind_at: draft.remind_at,
            repeat_from: draft.repeat_from,
            completed_at: stored(draft.now).and_utc(),
        })
    }

    /// The schedule of a completed task that repeats.
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

    /// The schedule of which a change needs the next occurrence: it completes the task, or sets another rule.
    fn after(task: &Task, change: &TaskPatch) -> Option<Self> {
        let completes = change.may_complete() && task.completed_at.is_none() && task.next_id.is_none();
        let sets_other_rule = change.sets_rule() && change.recurrence_rule.as_ref() != Some(&task.recurrence_rule);
        if !completes && !sets_other_rule {
            return None;
        }
        Some(Self {
            rule: change.recurrence_rule.clone().unwrap_or_else(|| task.recurrence_rule.clone())?,
            due: change.due.unwrap_or(task.due),
            time_zone: change.time_zone.clone().unwrap_or_else(|| task.time_zone.clone()),
            remind_at: change.remind_at.unwrap_or(task.remind_at).map(|at| stored(at).and_utc()),
            repeat_from: change.repeat_from.unwrap_or(task.repeat_from),
            completed_at: stored(change.now).and_utc(),
        })
    }

    fn next(&self, budget: &mut Budget) -> Result<Option<NextOccurrence>, TooCostly> {
        let zone = self.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
        let (from, due, completed_at) = (self.repeat_from, self.due, self.completed_at);
        let next = recurrence::next(&CompletedOccurrence { rule: &self.rule, from, due, zone, completed_at }, budget)?;
        Ok(next.map(|next| NextOccurrence {
            remind_at: self.reminder_before(next.due),
            due: next.due,
            rule: next.rule,
        }))
    }

    /// The reminder as long before the next due date as it was before this one; none outside the years 1 to 9999.
    fn reminder_before(&self, next: Due) -> Option<DateTime<Utc>> {
        let instant = |due: Due| match due {
            Due::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
            Due::At(instant) => instant,
        };
        let moved_by = instant(next).signed_duration_since(instant(self.due?));
        self.remind_at?.checked_add_signed(moved_by).filter(|at| (1..=9999).contains(&at.year()))
    }
}

/// The occurrences that a request has computed, and those that it lacks.
#[derive(Debug)]
pub struct Occurrences {
    budget: Budget,
    known: HashMap<Schedule, Result<Option<NextOccurrence>, TooCostly>>,
    /// Each with the number of the operation that needs it.
    lacking: Vec<(usize, Schedule)>,
    /// The operation that runs.
    operation: usize,
    /// The operations whose tasks were read to learn what they need.
    foreseen: HashSet<usize>,
    has_foreseen: bool,
}

impl Occurrences {
    /// No occurrences yet, and a budget to compute some.
    pub fn new(budget: Budget) -> Self {
        let (known, lacking, foreseen) = Default::default();
        Self { budget, known, lacking, operation: 0, foreseen, has_foreseen: false }
    }

    /// Names the operation that runs next, by its number in the request.
    pub fn begin(&mut self, operation: usize) {
        self.operation = operation;
    }

    /// Computes the next occurrence of a new task at once, to learn whether its rule costs too much. Takes CPU time like
    /// [`compute`](Self::compute).
    ///
    /// # Errors
    /// The rule costs too much.
    pub fn check_draft(&mut self, draft: &NewTask) -> Result<(), TooCostly> {
        self.foresee_draft(0, draft);
        self.compute().map_err(|(_, reason)| reason)
    }

    /// Asks for the next occurrence of a task that an operation creates, to learn whether its rule costs too much.
    pub fn foresee_draft(&mut self, operation: usize, draft: &NewTask) {
        self.begin(operation);
        if let Some(schedule) = Schedule::of_draft(draft) {
            self.find(schedule);
        }
    }

    /// Whether an occurrence has to be [computed](Self::compute).
    pub fn is_lacking(&self) -> bool {
        !self.lacking.is_empty()
    }

    /// Computes the occurrences that are lacking. Takes CPU time: call it neither on an HTTP worker nor on a database thread.
    ///
    /// # Errors
    /// A rule costs too much; with the number of its operation.
    pub fn compute(&mut self) -> Result<(), (usize, TooCostly)> {
        for (operation, schedule) in std::mem::take(&mut self.lacking) {
            let next = match self.known.get(&schedule) {
                Some(known) => known.clone(),
                None => schedule.next(&mut self.budget),
            };
            self.known.insert(schedule, next.clone());
            next.map_err(|too_costly| (operation, too_costly))?;
        }
        Ok(())
    }

    /// Computes those of the lacking occurrences that take few steps, as nearly all do. An HTTP worker can call it.
    pub fn compute_cheap(&mut self) {
        let mut budget = Budget::of_worker();
        let known = &mut self.known;
        self.lacking.retain(|(_, schedule)| match schedule.next(&mut budget) {
            Ok(next) => {
                known.insert(schedule.clone(), Ok(next));
                false
            }
            Err(_) => true,
        });
    }

    /// The next occurrence, if it was computed; otherwise it is lacking now.
    fn find(&mut self, schedule: Schedule) -> Option<Option<NextOccurrence>> {
        let found = self.known.get(&schedule).and_then(|known| known.clone().ok());
        if found.is_none() {
            self.lacking.push((self.operation, schedule));
        }
        found
    }

    /// Asks for what a change of this task needs.
    fn foresee(&mut self, task: &Task, change: &TaskPatch) {
        self.foreseen.insert(self.operation);
        if let Some(schedule) = Schedule::after(task, change) {
            self.find(schedule);
        }
    }

    /// Whether [`Tasks::foresee`] has run.
    pub fn has_foreseen(&self) -> bool {
        self.has_foreseen
    }

    /// Whether the task of the operation was read.
    pub(crate) fn is_foreseen(&self) -> bool {
        self.foreseen.contains(&self.operation)
    }
}

impl TaskPatch {
    /// Whether a task can become completed.
    pub(crate) fn may_complete(&self) -> bool {
        matches!(self.completion, Completion::Set(true) | Completion::Toggle)
    }

    /// Whether the task repeats by a rule of this change.
    pub(crate) fn sets_rule(&self) -> bool {
        matches!(self.recurrence_rule, Some(Some(_)))
    }

    /// Whether it can need a next occurrence.
    pub fn needs_occurrence(&self) -> bool {
        self.may_complete() || self.sets_rule()
    }
}

impl Tasks<'_, Write> {
    /// Reads the tasks that these operations change, and notes which occurrences they need. Writes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub fn foresee(
        &mut self,
        changes: &[(usize, i64, &TaskPatch)],
        occurrences: &mut Occurrences,
    ) -> Result<(), DbError> {
        occurrences.has_foreseen = true;
        let ids: Vec<i64> = changes.iter().map(|(_, id, _)| *id).collect();
        let rows = active(self.owner).filter(tasks::id.eq_any(ids)).select(TaskColumns);
        let found: Vec<Task> = rows.load(self.connection)?;
        for (operation, id, change) in changes {
            if let Some(task) = found.iter().find(|task| task.id == *id) {
                occurrences.begin(*operation);
                // one that does not repeat takes the shorter way
                if change.sets_rule() || task.recurrence_rule.is_some() {
                    occurrences.foresee(task, change);
                }
            }
        }
        Ok(())
    }

    /// Notes which occurrence a change of this task needs; `true`: it has not been computed.
    pub(crate) fn lacks(&mut self, task: &Task, change: &TaskPatch, occurrences: &mut Occurrences) -> bool {
        occurrences.foresee(task, change);
        occurrences.is_lacking()
    }

    /// Creates the next occurrence of a task that a change has just completed, if its rule has one, and ties the two together.
    ///
    /// # Errors
    /// [`DbError::VersionMismatch`], with the occurrence lacking: the task is not as it was read, and the transaction must not be committed.
    pub(crate) fn create_next_occurrence(
        &mut self,
        task: &mut Task,
        change: &TaskPatch,
        occurrences: &mut Occurrences,
    ) -> Result<(), DbError> {
        // the moment of completion is that of this very change
        if task.completed_at != Some(stored(change.now).and_utc()) || task.next_id.is_some() {
            return Ok(());
        }
        let Some(schedule) = Schedule::of_completed(task) else { return Ok(()) };
        let Some(next) = occurrences.find(schedule).ok_or(DbError::VersionMismatch)? else { return Ok(()) };
        let series = task.series_id.unwrap_or(task.id);
        let draft = draft(task, next, change.now);
        let mut row = NewRow::new(self.owner, &draft);
        row.series_id = Some(series);
        let next = self.insert(row)?;
        let tie = (tasks::series_id.eq(series), tasks::next_id.eq(next.id));
        diesel::update(owned_by(self.owner).filter(tasks::id.eq(task.id))).set(tie).execute(self.connection)?;
        (task.series_id, task.next_id) = (Some(series), Some(next.id));
        Ok(())
    }
}

/// The task once more, pending, at its next due date.
fn draft(task: &Task, next: NextOccurrence, now: DateTime<Utc>) -> NewTask {
    NewTask {
        due: Some(next.due),
        remind_at: next.remind_at,
        recurrence_rule: Some(next.rule),
        ..NewTask::pending_copy(task, now)
    }
}
