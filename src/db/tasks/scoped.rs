//! One owner's tasks: the only way to the table.

use std::marker::PhantomData;

use diesel::prelude::*;

use crate::auth::Owner;
use crate::db::connection::{AnyConnection, match_backend};
use crate::db::error::DbError;
use crate::db::quota::QuotaReservation;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::owner_scope::active;
use crate::task::Task;

/// Access to read.
pub enum Read {}

/// Access to read and write.
pub enum Write {}

/// What a [`Tasks`] may be used for.
pub trait Access {}

impl Access for Read {}

impl Access for Write {}

/// One owner's tasks, on one connection.
///
/// Made only by [`Db::read`](crate::db::Db::read) and [`Db::write`](crate::db::Db::write), which want an [`Owner`]. A read cannot write:
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
    pub(super) owner: &'c str,
    pub(super) room: &'c QuotaReservation<'c>,
    /// For stored answers to repeated requests.
    pub(super) answers: &'c QuotaReservation<'c>,
    /// Whether a transaction is open, which several statements are part of.
    pub(super) in_transaction: bool,
    pub(super) access: PhantomData<A>,
}

impl<'c, A: Access> Tasks<'c, A> {
    pub(in crate::db) fn new(
        connection: &'c mut AnyConnection,
        owner: &'c Owner,
        room: &'c QuotaReservation<'c>,
        answers: &'c QuotaReservation<'c>,
    ) -> Self {
        Self { connection, owner: owner.as_str(), room, answers, in_transaction: false, access: PhantomData }
    }

    /// One task that is not in the trash.
    ///
    /// # Errors
    /// [`DbError::NotFound`] also where the task is somebody else's.
    pub fn get(&mut self, id: i64) -> Result<Task, DbError> {
        let task = active(self.owner).filter(tasks::id.eq(id)).select(TaskColumns);
        exactly_one(match_backend!(self.connection, connection => task.load(connection))?)
    }
}

/// The one row of a statement by primary key.
///
/// Rows are loaded to the end on purpose. SQLite commits a statement by itself when its last step is made; diesel's `get_result`
/// stops after the first row, and the commit would then happen while the statement is reset, where its failure is not seen.
pub(super) fn exactly_one<R>(rows: Vec<R>) -> Result<R, DbError> {
    rows.into_iter().next().ok_or(DbError::NotFound)
}
