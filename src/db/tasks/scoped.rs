//! Access to the tasks of one owner.

use std::cell::Cell;
use std::marker::PhantomData;

use diesel::prelude::*;

use crate::db::connection::{AnyConnection, match_backend};
use crate::db::error::DbError;
use crate::db::response_quota::QuotaReservation;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::owner_scope::{OwnerId, active};
use crate::db::user_transaction::TransactionScope;
use crate::task::Task;

/// Read access.
pub enum Read {}

/// Read and write access.
pub enum Write {}

/// The access mode of a [`Tasks`].
pub trait Access {}

impl Access for Read {}

impl Access for Write {}

/// The limits of one owner's rows.
pub(in crate::db) struct RowLimits<'q> {
    /// The maximum number of tasks, including the trash.
    pub(in crate::db) tasks: i64,
    /// The quota of responses stored for retries.
    pub(in crate::db) responses: QuotaReservation<'q>,
}

/// One owner's tasks, on one connection.
///
/// Only [`Db::read`](crate::db::Db::read), [`Db::write`](crate::db::Db::write) and [`Db::import`](crate::db::Db::import) create it; they
/// require an [`Owner`](better_auth_guard::Owner). Read access has no write methods:
///
/// ```
/// # use task_api::db::{VersionCondition, DbError, Tasks, Write};
/// # type Outcome = Result<i64, DbError>;
/// fn remove(tasks: &mut Tasks<'_, Write>) -> Outcome { tasks.purge(1, &VersionCondition::Any) }
/// ```
/// ```compile_fail,E0599
/// # use task_api::db::{VersionCondition, Read, DbError, Tasks};
/// # type Outcome = Result<i64, DbError>;
/// fn remove(tasks: &mut Tasks<'_, Read>) -> Outcome { tasks.purge(1, &VersionCondition::Any) }
/// ```
pub struct Tasks<'c, A: Access> {
    pub(super) connection: &'c mut AnyConnection,
    pub(super) owner: OwnerId<'c>,
    /// The limits of the owner's rows.
    pub(super) limits: &'c RowLimits<'c>,
    /// Set before the first write.
    pub(super) has_written: &'c Cell<bool>,
    /// The transaction of each statement.
    pub(super) scope: TransactionScope<'c>,
    pub(super) access: PhantomData<A>,
}

impl<'c, A: Access> Tasks<'c, A> {
    pub(in crate::db) fn new(
        connection: &'c mut AnyConnection,
        owner: OwnerId<'c>,
        limits: &'c RowLimits<'c>,
        has_written: &'c Cell<bool>,
        scope: TransactionScope<'c>,
    ) -> Self {
        Self { connection, owner, limits, has_written, scope, access: PhantomData }
    }

    /// Reads a task that is not in the trash.
    ///
    /// # Errors
    /// [`DbError::NotFound`], also if another user owns the task. Database errors.
    pub fn get(&mut self, id: i64) -> Result<Task, DbError> {
        let task = active(self.owner).filter(tasks::id.eq(id)).select(TaskColumns);
        exactly_one(match_backend!(self.connection, connection => task.load(connection))?)
    }
}

/// Returns the single row of a statement by primary key.
///
/// Callers must load all rows. SQLite commits a statement at its last step. Diesel's `get_result` stops after the first row, so the commit
/// would happen at the reset of the statement, and its failure would be lost.
pub(super) fn exactly_one<R>(rows: Vec<R>) -> Result<R, DbError> {
    rows.into_iter().next().ok_or(DbError::NotFound)
}
