//! Creates, updates and deletes tasks.

use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::connection::{AnyBackend, match_backend};
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::conditions::HasVersion;
use crate::db::tasks::insert::{InsertRow, NewRow};
use crate::db::tasks::owner_scope::owned_by;
use crate::db::tasks::recurring::Occurrences;
use crate::db::tasks::scoped::{Tasks, Write, exactly_one};
use crate::db::tasks::sequence::StateChange;
use crate::db::tasks::update::{SequencedUpdate, Update};
use crate::db::tasks::version_condition::VersionCondition;
use crate::db::user_transaction::{self, TransactionScope};
use crate::task::{Completion, NewTask, Task, TaskPatch};

/// The tasks that a write may change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Tasks that are not in the trash.
    Active,
    /// All tasks, including the trash.
    All,
}

/// A condition on a task's row.
type Condition = Box<dyn BoxableExpression<tasks::table, AnyBackend, SqlType = Bool>>;

impl Tasks<'_, Write> {
    /// Runs `work` in a transaction. Within an open transaction, `work` joins it.
    ///
    /// # Errors
    /// The error of `work`; the transaction is rolled back.
    pub fn transaction<R>(
        &mut self,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, DbError>,
    ) -> Result<R, DbError> {
        let (owner, limits, has_written) = (self.owner, self.limits, self.has_written);
        user_transaction::in_transaction(self.connection, owner, self.scope, |connection| {
            let scope = TransactionScope::Transaction;
            work(&mut Tasks { connection, owner, limits, has_written, scope, access: PhantomData })
        })
    }

    /// Creates a task.
    ///
    /// # Errors
    /// [`DbError::QuotaExceeded`]. Database errors.
    pub fn create(&mut self, new_task: &NewTask) -> Result<Task, DbError> {
        self.insert(NewRow::new(self.owner, new_task), self.limits.tasks)
    }

    /// Updates a task. Fields that the patch omits keep their values.
    ///
    /// If the patch completes a repeating task, creates its next occurrence. A task creates this only once, also if it is completed again.
    /// If the patch reopens a task, deletes its next occurrence permanently, unless this was changed. Returns `None` if `occurrences` has
    /// a missing one; then nothing was written.
    ///
    /// # Errors
    /// [`DbError::NotFound`], also if another user owns the task. [`DbError::VersionMismatch`] if the task has another version, or if
    /// another request changed the task in the meantime, and `occurrences` has a missing one.
    pub fn update(
        &mut self,
        id: i64,
        patch: &TaskPatch,
        condition: &VersionCondition,
        occurrences: &mut Occurrences,
    ) -> Result<Option<Task>, DbError> {
        if patch.completion == Completion::Keep && !patch.needs_occurrence() {
            return self.apply(id, patch, condition).map(Some);
        }
        // Most tasks neither repeat nor have a next occurrence. The update is then one statement without a transaction.
        if !patch.sets_rule()
            && !occurrences.is_operation_planned()
            && let Some(task) = self.apply_if(patch.alone_condition(), id, patch, condition)?
        {
            return Ok(Some(task));
        }
        if patch.needs_occurrence() && !occurrences.is_operation_planned() {
            let task = self.get(id)?;
            if !condition.is_met_by(task.version) {
                return Err(DbError::VersionMismatch);
            }
            if self.has_missing_occurrence(&task, patch, occurrences) {
                return Ok(None);
            }
        }
        if patch.completion == Completion::Keep {
            return self.apply(id, patch, condition).map(Some);
        }
        self.transaction(|tasks| {
            let (mut task, is_reopened) = tasks.apply_completion(id, patch, condition)?;
            match is_reopened {
                true => tasks.remove_next_occurrence(&mut task)?,
                false => tasks.create_next_occurrence(&mut task, patch, occurrences)?,
            }
            Ok(Some(task))
        })
    }

    /// Moves a task to the trash. Returns its id.
    ///
    /// # Errors
    /// As for [`Tasks::update`]. A task in the trash is not found.
    pub fn delete(&mut self, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Result<i64, DbError> {
        let deleted = self.run_update(Update::trash(self.owner, id, condition, now)).map(|task| task.id);
        self.classify_miss(deleted, id, condition, Scope::Active)
    }

    /// Deletes a task permanently, also outside the trash. Returns its id.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn purge(&mut self, id: i64, condition: &VersionCondition) -> Result<i64, DbError> {
        let row = owned_by(self.owner).filter(tasks::id.eq(id)).filter(has_version(condition)).select(tasks::id);
        let deleted = self.delete_rows(Utc::now(), |connection| row.load(connection));
        let deleted = deleted.and_then(|rows| if rows == 0 { Err(DbError::NotFound) } else { Ok(id) });
        self.classify_miss(deleted, id, condition, Scope::All)
    }

    /// Restores a task from the trash. Returns a task outside the trash unchanged.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn restore(&mut self, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Result<Task, DbError> {
        match self.run_update(Update::restore(self.owner, id, condition, now)) {
            Err(DbError::NotFound) => {
                let task = self.get(id).or_else(|error| self.classify_miss(Err(error), id, condition, Scope::All))?;
                if condition.is_met_by(task.version) { Ok(task) } else { Err(DbError::VersionMismatch) }
            }
            restored => restored,
        }
    }

    /// Inserts a row, up to a limit of the user's rows.
    pub(crate) fn insert(&mut self, row: NewRow<'_>, limit: i64) -> Result<Task, DbError> {
        self.write_row(StateChange::Create { rows: 1, limit }, |connection, seq| {
            let row = InsertRow { row: &row, seq };
            match_backend!(connection, connection => row.load(connection))
        })
    }

    /// Runs an update of one task. [`DbError::NotFound`]: no task meets its conditions.
    pub(crate) fn run_update(&mut self, update: Update<'_>) -> Result<Task, DbError> {
        self.write_row(update.change(), |connection, seq| {
            let update = SequencedUpdate { update: &update, seq };
            match_backend!(connection, connection => update.load(connection))
        })
    }

    pub(super) fn apply(&mut self, id: i64, patch: &TaskPatch, condition: &VersionCondition) -> Result<Task, DbError> {
        let updated = self.run_update(Update::patch(self.owner, id, patch, condition));
        self.classify_miss(updated, id, condition, Scope::Active)
    }

    /// Applies a patch to a task that meets an SQL condition. Returns `None` if the task does not meet it.
    fn apply_if(
        &mut self,
        sql: &'static str,
        id: i64,
        patch: &TaskPatch,
        condition: &VersionCondition,
    ) -> Result<Option<Task>, DbError> {
        match self.run_update(Update::patch(self.owner, id, patch, condition).only_if(sql)) {
            Err(DbError::NotFound) => Ok(None),
            updated => updated.map(Some),
        }
    }

    /// Applies a patch with a completion. Also returns whether it reopened a completed task.
    fn apply_completion(
        &mut self,
        id: i64,
        patch: &TaskPatch,
        condition: &VersionCondition,
    ) -> Result<(Task, bool), DbError> {
        if patch.completion == Completion::Set(false)
            && let Some(task) = self.apply_if("completed", id, patch, condition)?
        {
            return Ok((task, true));
        }
        let task = self.apply(id, patch, condition)?;
        let is_reopened = patch.completion == Completion::Toggle && task.completed_at.is_none();
        Ok((task, is_reopened))
    }

    /// Classifies a conditional write without a row: another version, or no such task.
    fn classify_miss<R>(
        &mut self,
        outcome: Result<R, DbError>,
        id: i64,
        condition: &VersionCondition,
        scope: Scope,
    ) -> Result<R, DbError> {
        match outcome {
            Err(DbError::NotFound) if *condition != VersionCondition::Any => {
                let row = owned_by(self.owner).filter(tasks::id.eq(id));
                let deleted = exactly_one(row.select(tasks::deleted_at.is_not_null()).load::<bool>(self.connection)?)?;
                if deleted && scope == Scope::Active { Err(DbError::NotFound) } else { Err(DbError::VersionMismatch) }
            }
            outcome => outcome,
        }
    }
}

fn has_version(condition: &VersionCondition) -> Condition {
    match condition {
        VersionCondition::Any => Box::new(true.into_sql::<Bool>()),
        VersionCondition::Versions(versions) => Box::new(HasVersion::new(versions)),
    }
}
