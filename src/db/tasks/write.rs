//! Creating, changing and deleting tasks.

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
use crate::task::dates::stored;
use crate::task::{NewTask, Task, TaskPatch};

/// The first half of the advisory locks that creates near the limit queue on (any number does, if it is ours).
const QUOTA_LOCK: i32 = 0x7461_736b;

/// Which tasks a write can touch at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Those that are not in the trash.
    Active,
    /// Those in the trash too.
    All,
}

/// A condition on a task's row.
type Condition = Box<dyn BoxableExpression<tasks::table, AnyBackend, SqlType = Bool>>;

impl Tasks<'_, Write> {
    /// Runs several calls as one: all of them, or none.
    ///
    /// # Errors
    /// What `work` returns; then nothing was written.
    pub fn together<R>(
        &mut self,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, DbError>,
    ) -> Result<R, DbError> {
        if self.in_transaction {
            return work(self);
        }
        let (owner, room, answers) = (self.owner, self.room, self.answers);
        write_transaction(self.connection, |connection| {
            work(&mut Tasks { connection, owner, room, answers, in_transaction: true, access: PhantomData })
        })
    }

    /// Creates a task.
    ///
    /// # Errors
    /// [`DbError::QuotaExceeded`], and those of the database.
    pub fn create(&mut self, draft: &NewTask) -> Result<Task, DbError> {
        let row = NewRow::new(self.owner, draft);
        if self.room.take(1) {
            return self.insert(row);
        }
        self.together(|tasks| {
            tasks.count_in(1)?;
            tasks.insert(row)
        })
    }

    /// Makes sure, within a transaction, that there is room for so many tasks more. The next occurrence of one that repeats is not
    /// asked for its room: completing a task must not fail because there are many.
    pub(crate) fn count_in(&mut self, more: i64) -> Result<(), DbError> {
        self.lock_quota()?;
        let there = owned_by(self.owner).count().get_result(self.connection)?;
        self.room.judge(more, there)
    }

    /// Lets no other instance count this user's rows until the transaction ends. SQLite's transaction does so by itself.
    pub(crate) fn lock_quota(&mut self) -> Result<(), DbError> {
        if let AnyConnection::Postgres(_) = self.connection {
            // its first half keeps it apart from the locks of other programs
            diesel::sql_query("SELECT FROM pg_advisory_xact_lock($1, hashtext($2))")
                .bind::<Integer, _>(QUOTA_LOCK)
                .bind::<Text, _>(self.owner)
                .execute(self.connection)?;
        }
        Ok(())
    }

    /// Changes a task; what the change leaves out keeps its value. One that is completed by it, and repeats, leaves its next
    /// occurrence behind, once: undone and completed again, it leaves no other. `None`: nothing was written, and `occurrences` lacks one.
    ///
    /// # Errors
    /// [`DbError::NotFound`] also where the task is somebody else's; [`DbError::VersionMismatch`] where it has another version, or where
    /// `occurrences` lacks one because another request has changed the task meanwhile.
    pub fn update(
        &mut self,
        id: i64,
        change: &TaskPatch,
        expected: &VersionCondition,
        occurrences: &mut Occurrences,
    ) -> Result<Option<Task>, DbError> {
        if !change.needs_occurrence() {
            return self.change(id, change, expected).map(Some);
        }
        // most tasks do not repeat, and one that is not to either leaves nothing behind: one statement, without a transaction around it
        if !change.sets_rule() && !occurrences.is_foreseen() {
            let once = Update::new(self.owner, id, change, expected).unless_repeating();
            let changed: Vec<Task> = match_backend!(self.connection, connection => once.load(connection))?;
            if let Some(task) = changed.into_iter().next() {
                return Ok(Some(task));
            }
        }
        if !occurrences.is_foreseen() {
            let task = self.get(id)?;
            if !expected.fits(task.version) {
                return Err(DbError::VersionMismatch);
            }
            if self.lacks(&task, change, occurrences) {
                return Ok(None);
            }
        }
        if !change.may_complete() {
            return self.change(id, change, expected).map(Some);
        }
        self.together(|tasks| {
            let mut task = tasks.change(id, change, expected)?;
            tasks.create_next_occurrence(&mut task, change, occurrences)?;
            Ok(Some(task))
        })
    }

    /// Moves a task to the trash; gives its id.
    ///
    /// # Errors
    /// As for [`Tasks::update`]; what is in the trash already is not found.
    pub fn delete(&mut self, id: i64, expected: &VersionCondition, now: DateTime<Utc>) -> Result<i64, DbError> {
        let rows = active(self.owner).filter(tasks::id.eq(id)).filter(is(expected));
        let deletion = (
            tasks::deleted_at.eq(stored(now)),
            tasks::updated_at.eq(stored(now)),
            tasks::version.eq(tasks::version + 1),
        );
        let deleted = exactly_one(diesel::update(rows).set(deletion).returning(tasks::id).load(self.connection)?);
        self.classify_miss(deleted, id, expected, Seen::Active)
    }

    /// Deletes a task for ever, from the trash or from where it is; gives its id.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn purge(&mut self, id: i64, expected: &VersionCondition) -> Result<i64, DbError> {
        let rows = owned_by(self.owner).filter(tasks::id.eq(id)).filter(is(expected));
        let deleted = exactly_one(diesel::delete(rows).returning(tasks::id).load(self.connection)?);
        self.classify_miss(deleted, id, expected, Seen::All)
    }

    /// Takes a task out of the trash. One that is not in it stays as it is.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn restore(&mut self, id: i64, expected: &VersionCondition, now: DateTime<Utc>) -> Result<Task, DbError> {
        let rows =
            owned_by(self.owner).filter(tasks::id.eq(id)).filter(tasks::deleted_at.is_not_null()).filter(is(expected));
        let restoration = (
            tasks::deleted_at.eq(None::<chrono::NaiveDateTime>),
            tasks::updated_at.eq(stored(now)),
            tasks::version.eq(tasks::version + 1),
        );
        match exactly_one(diesel::update(rows).set(restoration).returning(TaskColumns).load(self.connection)?) {
            Err(DbError::NotFound) => {
                let task = self.get(id).or_else(|error| self.classify_miss(Err(error), id, expected, Seen::All))?;
                if expected.fits(task.version) { Ok(task) } else { Err(DbError::VersionMismatch) }
            }
            restored => restored,
        }
    }

    pub(crate) fn insert(&mut self, row: NewRow<'_>) -> Result<Task, DbError> {
        let row = InsertRow(row);
        exactly_one(match_backend!(self.connection, connection => row.load(connection))?)
    }

    fn change(&mut self, id: i64, change: &TaskPatch, expected: &VersionCondition) -> Result<Task, DbError> {
        let update = Update::new(self.owner, id, change, expected);
        let changed = exactly_one(match_backend!(self.connection, connection => update.load(connection))?);
        self.classify_miss(changed, id, expected, Seen::Active)
    }

    /// A conditional write that found no row: is the task of another version, or not there at all?
    fn classify_miss<R>(
        &mut self,
        outcome: Result<R, DbError>,
        id: i64,
        expected: &VersionCondition,
        seen: Seen,
    ) -> Result<R, DbError> {
        match outcome {
            Err(DbError::NotFound) if *expected != VersionCondition::Any => {
                let row = owned_by(self.owner).filter(tasks::id.eq(id));
                let deleted = exactly_one(row.select(tasks::deleted_at.is_not_null()).load::<bool>(self.connection)?)?;
                if deleted && seen == Seen::Active { Err(DbError::NotFound) } else { Err(DbError::VersionMismatch) }
            }
            outcome => outcome,
        }
    }
}

fn is(expected: &VersionCondition) -> Condition {
    match expected {
        VersionCondition::Any => Box::new(true.into_sql::<Bool>()),
        VersionCondition::Versions(versions) => Box::new(HasVersion::new(versions)),
    }
}
