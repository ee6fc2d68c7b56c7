//! Creates, updates and deletes tasks.

use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use crate::db::connection::{AnyBackend, AnyConnection, match_backend};
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::conditions::HasVersion;
use crate::db::tasks::insert::{InsertRow, NewRow};
use crate::db::tasks::owner_scope::{active, owned_by};
use crate::db::tasks::recurring::Occurrences;
use crate::db::tasks::scoped::{Tasks, Write, exactly_one};
use crate::db::tasks::update::Update;
use crate::db::tasks::version_condition::VersionCondition;
use crate::db::transaction::write_transaction;
use crate::task::dates::to_db_timestamp;
use crate::task::{Completion, NewTask, Task, TaskPatch};

/// The first half of the advisory lock key for the quota; an arbitrary constant.
const QUOTA_LOCK: i32 = 0x7461_736b;

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
        if self.in_transaction {
            return work(self);
        }
        let (owner, quota, response_quota) = (self.owner, self.quota, self.response_quota);
        write_transaction(self.connection, |connection| {
            work(&mut Tasks { connection, owner, quota, response_quota, in_transaction: true, access: PhantomData })
        })
    }

    /// Creates a task.
    ///
    /// # Errors
    /// [`DbError::QuotaExceeded`]. Database errors.
    pub fn create(&mut self, new_task: &NewTask) -> Result<Task, DbError> {
        let row = NewRow::new(self.owner, new_task);
        if self.quota.reserve(1) {
            return self.insert(row);
        }
        self.transaction(|tasks| {
            tasks.check_quota(1)?;
            tasks.insert(row)
        })
    }

    /// Checks the quota for `rows` new tasks. Call it within a transaction.
    ///
    /// The next occurrence of a repeating task is exempt: the quota must not prevent a completion.
    pub(crate) fn check_quota(&mut self, rows: i64) -> Result<(), DbError> {
        self.lock_quota()?;
        let stored = owned_by(self.owner).count().get_result(self.connection)?;
        self.quota.check(rows, stored)
    }

    /// Locks the quota of this user until the transaction ends. On SQLite, the write transaction is the lock.
    pub(crate) fn lock_quota(&mut self) -> Result<(), DbError> {
        if let AnyConnection::Postgres(_) = self.connection {
            // the first half of the key avoids collisions with the locks of other programs
            diesel::sql_query("SELECT FROM pg_advisory_xact_lock($1, hashtext($2))")
                .bind::<Integer, _>(QUOTA_LOCK)
                .bind::<Text, _>(self.owner)
                .execute(self.connection)?;
        }
        Ok(())
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
        let rows = active(self.owner).filter(tasks::id.eq(id)).filter(has_version(condition));
        let deletion = (
            tasks::deleted_at.eq(to_db_timestamp(now)),
            tasks::updated_at.eq(to_db_timestamp(now)),
            tasks::version.eq(tasks::version + 1),
        );
        let deleted = exactly_one(diesel::update(rows).set(deletion).returning(tasks::id).load(self.connection)?);
        self.classify_miss(deleted, id, condition, Scope::Active)
    }

    /// Deletes a task permanently, also outside the trash. Returns its id.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn purge(&mut self, id: i64, condition: &VersionCondition) -> Result<i64, DbError> {
        let rows = owned_by(self.owner).filter(tasks::id.eq(id)).filter(has_version(condition));
        let deleted = exactly_one(diesel::delete(rows).returning(tasks::id).load(self.connection)?);
        self.classify_miss(deleted, id, condition, Scope::All)
    }

    /// Restores a task from the trash. Returns a task outside the trash unchanged.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn restore(&mut self, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Result<Task, DbError> {
        let rows = owned_by(self.owner)
            .filter(tasks::id.eq(id))
            .filter(tasks::deleted_at.is_not_null())
            .filter(has_version(condition));
        let restoration = (
            tasks::deleted_at.eq(None::<chrono::NaiveDateTime>),
            tasks::updated_at.eq(to_db_timestamp(now)),
            tasks::version.eq(tasks::version + 1),
        );
        match exactly_one(diesel::update(rows).set(restoration).returning(TaskColumns).load(self.connection)?) {
            Err(DbError::NotFound) => {
                let task = self.get(id).or_else(|error| self.classify_miss(Err(error), id, condition, Scope::All))?;
                if condition.is_met_by(task.version) { Ok(task) } else { Err(DbError::VersionMismatch) }
            }
            restored => restored,
        }
    }

    pub(crate) fn insert(&mut self, row: NewRow<'_>) -> Result<Task, DbError> {
        let row = InsertRow(row);
        exactly_one(match_backend!(self.connection, connection => row.load(connection))?)
    }

    pub(crate) fn apply(&mut self, id: i64, patch: &TaskPatch, condition: &VersionCondition) -> Result<Task, DbError> {
        let update = Update::new(self.owner, id, patch, condition);
        let updated = exactly_one(match_backend!(self.connection, connection => update.load(connection))?);
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
        let update = Update::new(self.owner, id, patch, condition).only_if(sql);
        let updated: Vec<Task> = match_backend!(self.connection, connection => update.load(connection))?;
        Ok(updated.into_iter().next())
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
