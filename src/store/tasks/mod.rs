//! The only SQL on the table of tasks. Every statement starts at the owner.

mod change;
mod condition;
mod filter;
mod import;
mod insert;
mod list;
mod model;
mod once;
mod owned;
mod recurring;
mod stamp;
mod stats;
mod sweep;
mod update;
mod write;

use std::marker::PhantomData;

use diesel::prelude::*;

pub use change::{Completion, Expected, TaskChange};
pub use filter::{DueFilter, Filter, Span};
pub use import::{Import, Imported};
pub use list::{List, Page, Position, PositionValue, Sort, SortKey, Start};
pub use model::{Priority, Task, TaskDraft};
pub use once::{CreatedOnce, Once};
pub use recurring::Occurrences;
pub use stats::Stats;
pub(super) use sweep::sweep;

use super::StoreError;
use super::connection::{AnyConnection, on_either};
use super::quota::Room;
use super::schema::tasks;
use crate::auth::Owner;
use model::TaskColumns;
use owned::live;

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
/// Made only by [`Db::read`](super::Db::read) and [`Db::write`](super::Db::write), which want an [`Owner`]. A read cannot write:
///
/// ```
/// # use task_api::store::{Expected, StoreError, Tasks, Write};
/// # type Outcome = Result<i64, StoreError>;
/// fn remove(tasks: &mut Tasks<'_, Write>) -> Outcome { tasks.delete_for_ever(1, &Expected::Any) }
/// ```
/// ```compile_fail,E0599
/// # use task_api::store::{Expected, Read, StoreError, Tasks};
/// # type Outcome = Result<i64, StoreError>;
/// fn remove(tasks: &mut Tasks<'_, Read>) -> Outcome { tasks.delete_for_ever(1, &Expected::Any) }
/// ```
pub struct Tasks<'c, A: Access> {
    connection: &'c mut AnyConnection,
    owner: &'c str,
    room: &'c Room<'c>,
    /// For stored answers to repeated requests.
    answers: &'c Room<'c>,
    /// Whether a transaction is open, which several statements are part of.
    in_transaction: bool,
    access: PhantomData<A>,
}

impl<'c, A: Access> Tasks<'c, A> {
    pub(super) fn new(
        connection: &'c mut AnyConnection,
        owner: &'c Owner,
        room: &'c Room<'c>,
        answers: &'c Room<'c>,
    ) -> Self {
        Self { connection, owner: owner.as_str(), room, answers, in_transaction: false, access: PhantomData }
    }

    /// One task that is not in the trash.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also where the task is somebody else's.
    pub fn get(&mut self, id: i64) -> Result<Task, StoreError> {
        let task = live(self.owner).filter(tasks::id.eq(id)).select(TaskColumns);
        only(on_either!(self.connection, connection => task.load(connection))?)
    }

    /// A page of the owner's tasks.
    ///
    /// # Errors
    /// Those of the database.
    pub fn list(&mut self, list: &List) -> Result<Page, StoreError> {
        list::load(self.connection, self.owner, list)
    }
}

/// The one row of a statement by primary key.
///
/// Rows are loaded to the end on purpose. SQLite commits a statement by itself when its last step is made; diesel's `get_result`
/// stops after the first row, and the commit would then happen while the statement is reset, where its failure is not seen.
fn only<R>(rows: Vec<R>) -> Result<R, StoreError> {
    rows.into_iter().next().ok_or(StoreError::NotFound)
}
