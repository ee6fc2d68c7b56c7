//! Lists of one owner's tasks.

use diesel::prelude::*;

use super::super::StoreError;
use super::super::connection::{AnyBackend, AnyConnection};
use super::super::schema::tasks;
use super::model::{Task, columns};
use super::owned_by;

/// What a list is ordered by. Ties are broken by id, so that the order is the same every time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SortKey {
    /// When it was created.
    CreatedAt,
    /// When it was last written.
    UpdatedAt,
    /// When it is due; those that never are come last in either direction.
    DueDate,
    /// How urgent it is.
    Priority,
    /// By code points.
    Title,
}

/// An order of tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Greatest, latest, most urgent first.
    pub descending: bool,
}

/// A list that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    /// Only completed ones, or only those that are not.
    pub completed: Option<bool>,
    /// The order.
    pub sort: Sort,
    /// At most so many rows.
    pub limit: i64,
    /// After so many rows.
    pub offset: i64,
    /// Whether to count all rows that the filters let through. Costs a pass over them, so only where asked.
    pub count: bool,
}

/// A part of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The rows, in order.
    pub tasks: Vec<Task>,
    /// Whether there are rows after these.
    pub more: bool,
    /// How many rows there are on all pages, where it was asked for.
    pub total: Option<i64>,
}

type Rows<'a> = diesel::helper_types::IntoBoxed<'a, owned_by<'a>, AnyBackend>;

pub(super) fn load(connection: &mut AnyConnection, owner: &str, list: &List) -> Result<Page, StoreError> {
    let page = ordered(matching(owner, list), list.sort).limit(list.limit + 1).offset(list.offset).select(columns());
    let mut tasks: Vec<Task> = page.load(connection)?;
    let wanted = usize::try_from(list.limit).unwrap_or(usize::MAX);
    let more = tasks.len() > wanted;
    tasks.truncate(wanted);
    let total = if list.count { Some(total(connection, owner, list, &tasks, more)?) } else { None };
    Ok(Page { tasks, more, total })
}

/// Filters alone. The same for a page and for the count of all pages.
fn matching<'a>(owner: &'a str, list: &List) -> Rows<'a> {
    let mut rows = owned_by(owner).into_boxed();
    if let Some(completed) = list.completed {
        rows = rows.filter(tasks::completed.eq(completed));
    }
    rows
}

fn ordered(rows: Rows<'_>, sort: Sort) -> Rows<'_> {
    let Sort { key, descending } = sort;
    match (key, descending) {
        (SortKey::CreatedAt, true) => rows.order((tasks::created_at.desc(), tasks::id.desc())),
        (SortKey::CreatedAt, false) => rows.order((tasks::created_at.asc(), tasks::id.asc())),
        (SortKey::UpdatedAt, true) => rows.order((tasks::updated_at.desc(), tasks::id.desc())),
        (SortKey::UpdatedAt, false) => rows.order((tasks::updated_at.asc(), tasks::id.asc())),
        (SortKey::DueDate, true) => rows.order((tasks::due_at.is_null(), tasks::due_at.desc(), tasks::id.desc())),
        (SortKey::DueDate, false) => rows.order((tasks::due_at.is_null(), tasks::due_at.asc(), tasks::id.asc())),
        (SortKey::Priority, true) => rows.order((tasks::priority.desc(), tasks::id.desc())),
        (SortKey::Priority, false) => rows.order((tasks::priority.asc(), tasks::id.asc())),
        (SortKey::Title, true) => rows.order((tasks::title.desc(), tasks::id.desc())),
        (SortKey::Title, false) => rows.order((tasks::title.asc(), tasks::id.asc())),
    }
}

/// A page that has rows and none after it knows the total by itself.
fn total(
    connection: &mut AnyConnection,
    owner: &str,
    list: &List,
    page: &[Task],
    more: bool,
) -> Result<i64, StoreError> {
    let seen = i64::try_from(page.len()).unwrap_or(i64::MAX);
    if !more && (seen > 0 || list.offset == 0) {
        return Ok(list.offset + seen);
    }
    Ok(matching(owner, list).count().get_result(connection)?)
}
