//! The only SQL on the table of tasks. Every statement starts at the owner.

mod change;
mod filter;
mod list;
mod model;
mod once;

use std::marker::PhantomData;

use diesel::prelude::*;

pub use change::{Completion, Expected, TaskChange};
pub use filter::{DueFilter, Filter, Span};
pub use list::{List, Page, Position, PositionValue, Sort, SortKey, Start};
pub use model::{Due, Priority, Task, TaskDraft};
pub(super) use once::sweep;
pub use once::{CreatedOnce, Once};

use super::StoreError;
use super::connection::AnyConnection;
use super::schema::tasks;
use crate::auth::Owner;
use change::Update;
use model::{NewRow, columns};

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
/// # use task_api::store::{Read, StoreError, Task, Tasks};
/// fn look(tasks: &mut Tasks<'_, Read>) -> Result<Task, StoreError> { tasks.get(1) }
/// ```
/// ```compile_fail
/// # use task_api::store::{Read, StoreError, Tasks};
/// fn look(tasks: &mut Tasks<'_, Read>) -> Result<i64, StoreError> { tasks.delete(1) }
/// ```
pub struct Tasks<'c, A: Access> {
    connection: &'c mut AnyConnection,
    owner: &'c str,
    access: PhantomData<A>,
}

/// Where every query starts.
#[diesel::dsl::auto_type]
fn owned_by<'a>(owner: &'a str) -> _ {
    tasks::table.filter(tasks::user_id.eq(owner))
}

impl<'c, A: Access> Tasks<'c, A> {
    pub(super) fn new(connection: &'c mut AnyConnection, owner: &'c Owner) -> Self {
        Self::on(connection, owner.as_str())
    }

    /// The same for one who has the owner's name from a `Tasks` already.
    fn on(connection: &'c mut AnyConnection, owner: &'c str) -> Self {
        Self { connection, owner, access: PhantomData }
    }

    /// One task.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also where the task is somebody else's.
    pub fn get(&mut self, id: i64) -> Result<Task, StoreError> {
        only(owned_by(self.owner).filter(tasks::id.eq(id)).select(columns()).load(self.connection)?)
    }

    /// A page of the owner's tasks.
    ///
    /// # Errors
    /// Those of the database.
    pub fn list(&mut self, list: &List) -> Result<Page, StoreError> {
        list::load(self.connection, self.owner, list)
    }
}

impl Tasks<'_, Write> {
    /// Creates a task.
    ///
    /// # Errors
    /// Those of the database.
    pub fn create(&mut self, draft: &TaskDraft) -> Result<Task, StoreError> {
        let row = NewRow::new(self.owner, draft);
        only(diesel::insert_into(tasks::table).values(&row).returning(columns()).load(self.connection)?)
    }

    /// Changes a task in one statement; what the change leaves out keeps its value.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also where the task is somebody else's; [`StoreError::Stale`] where it has another version.
    pub fn update(&mut self, id: i64, change: &TaskChange, expected: &Expected) -> Result<Task, StoreError> {
        let changed = only(Update::new(self.owner, id, change, expected).load(self.connection)?);
        self.told_apart(changed, id, expected)
    }

    /// Deletes a task in one statement; gives its id.
    ///
    /// # Errors
    /// As for [`Tasks::update`].
    pub fn delete(&mut self, id: i64, expected: &Expected) -> Result<i64, StoreError> {
        let mut rows = diesel::delete(owned_by(self.owner).filter(tasks::id.eq(id))).into_boxed();
        if let Expected::Versions(versions) = expected {
            rows = rows.filter(tasks::version.eq_any(versions));
        }
        let deleted = only(rows.returning(tasks::id).load(self.connection)?);
        self.told_apart(deleted, id, expected)
    }

    /// A conditional write that found no row: is the task of another version, or not there at all?
    fn told_apart<R>(&mut self, outcome: Result<R, StoreError>, id: i64, expected: &Expected) -> Result<R, StoreError> {
        match outcome {
            Err(StoreError::NotFound) if *expected != Expected::Any => {
                self.get(id)?;
                Err(StoreError::Stale)
            }
            outcome => outcome,
        }
    }
}

/// The one row of a statement by primary key.
///
/// Rows are loaded to the end on purpose. SQLite commits a statement by itself when its last step is made; diesel's `get_result`
/// stops after the first row, and the commit would then happen while the statement is reset, where its failure is not seen.
fn only<R>(rows: Vec<R>) -> Result<R, StoreError> {
    rows.into_iter().next().ok_or(StoreError::NotFound)
}
