//! Lists of one owner's tasks, with keyset pagination: every page costs the same.

use diesel::prelude::*;

use crate::db::connection::{AnyConnection, match_backend};
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::filter::Filter;
use crate::db::tasks::owner_scope::{OwnerId, Rows, active, owned_by};
use crate::db::tasks::scoped::{Access, Tasks};
use crate::task::Task;
use crate::task::collation::title_key;
use crate::task::dates::to_db_timestamp;
use crate::task::field::Field;
use crate::task::fields::DueDate;

/// The sort key of a list. The id breaks ties, so the order is total.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SortKey {
    /// The time of creation.
    CreatedAt,
    /// The time of the last update.
    UpdatedAt,
    /// The due date. Tasks without one come last in both directions.
    DueDate,
    /// The priority.
    Priority,
    /// The title, in the order of the Unicode collation.
    Title,
}

/// The order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort {
    /// The sort key.
    pub key: SortKey,
    /// `true`: descending, such as latest or highest priority first.
    pub descending: bool,
}

/// A position in a list: after this row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyset {
    /// The sort key of the row.
    pub value: KeysetValue,
    /// The id of the row.
    pub id: i64,
}

/// A value of a sort key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeysetValue {
    /// Unix time in milliseconds: creation, update or due date. `None`: no due date.
    Timestamp(Option<i64>),
    /// The rank of a priority.
    Rank(i16),
    /// A title.
    Title(String),
}

/// The start of a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PageStart {
    /// After this number of rows. The cost grows with the number.
    Offset(i64),
    /// After this row.
    After(Keyset),
}

/// The parameters of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    /// The filter.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// The maximum number of rows.
    pub limit: i64,
    /// The start of the page.
    pub start: PageStart,
    /// Whether to count all matching rows. The count reads all of them.
    pub count: bool,
}

impl List {
    /// Returns whether the list searches or sorts by texts that the service derives from titles and descriptions.
    pub(crate) fn needs_derived_texts(&self) -> bool {
        self.filter.search.is_some() || self.sort.key == SortKey::Title
    }

    /// Returns whether this is the first page of all tasks, newest first.
    fn is_newest_first(&self) -> bool {
        let newest_first = Sort { key: SortKey::CreatedAt, descending: true };
        self.start == PageStart::Offset(0) && self.sort == newest_first && self.filter == Filter::default()
    }
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The rows, in order.
    pub tasks: Vec<Task>,
    /// The start of the next page. `None`: this is the last page.
    pub next: Option<Keyset>,
    /// The number of rows of all pages, if requested.
    pub total: Option<i64>,
}

impl<A: Access> Tasks<'_, A> {
    /// Reads a page of the owner's tasks.
    ///
    /// # Errors
    /// Database errors.
    pub fn list(&mut self, list: &List) -> Result<Page, DbError> {
        let mut tasks = rows(self.connection, self.owner, list)?;
        let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
        let has_more = tasks.len() > limit;
        tasks.truncate(limit);
        let total =
            if list.count { Some(total(self.connection, self.owner, list, tasks.len(), has_more)?) } else { None };
        let next = tasks.last().filter(|_| has_more).map(|task| keyset(task, list.sort.key));
        Ok(Page { tasks, next, total })
    }
}

/// Reads the rows of a page, and one more row if it exists.
fn rows(connection: &mut AnyConnection, owner: OwnerId<'_>, list: &List) -> Result<Vec<Task>, DbError> {
    // The most frequent list has a statement of static text: diesel finds it in the cache without writing the text.
    if list.is_newest_first() {
        let rows = active(owner).order((tasks::created_at.desc(), tasks::id.desc()));
        let rows = rows.limit(list.limit + 1).select(TaskColumns);
        return Ok(match_backend!(connection, connection => rows.load(connection))?);
    }
    let rows = list.filter.apply(owned_by(owner).into_boxed());
    let rows = match &list.start {
        PageStart::Offset(offset) => rows.offset(*offset),
        PageStart::After(keyset) => after(rows, list.sort, keyset)?,
    };
    Ok(ordered(rows, list.sort).limit(list.limit + 1).select(TaskColumns).load(connection)?)
}

fn ordered(rows: Rows<'_>, sort: Sort) -> Rows<'_> {
    /// Orders by a column and the id, in the same direction.
    macro_rules! order_by {
        ($column:ident) => {
            match sort.descending {
                true => rows.order((tasks::$column.desc(), tasks::id.desc())),
                false => rows.order((tasks::$column.asc(), tasks::id.asc())),
            }
        };
    }
    match sort.key {
        SortKey::CreatedAt => order_by!(created_at),
        SortKey::UpdatedAt => order_by!(updated_at),
        SortKey::Priority => order_by!(priority),
        SortKey::Title => order_by!(title_key),
        SortKey::DueDate if sort.descending => {
            rows.order((tasks::due_at.is_null(), tasks::due_at.desc(), tasks::id.desc()))
        }
        SortKey::DueDate => rows.order((tasks::due_at.is_null(), tasks::due_at.asc(), tasks::id.asc())),
    }
}

/// Selects the rows after a keyset.
///
/// `key <= value AND (key < value OR id < …)` equals the comparison of pairs. The database can use the index for its first half.
fn after<'a>(rows: Rows<'a>, sort: Sort, keyset: &'a Keyset) -> Result<Rows<'a>, DbError> {
    let id = keyset.id;
    macro_rules! after {
        ($column:ident, $value:expr) => {
            match sort.descending {
                true => rows.filter(tasks::$column.le($value)).filter(tasks::$column.lt($value).or(tasks::id.lt(id))),
                false => rows.filter(tasks::$column.ge($value)).filter(tasks::$column.gt($value).or(tasks::id.gt(id))),
            }
        };
    }
    let timestamp = |millis: i64| chrono::DateTime::from_timestamp_millis(millis).map(to_db_timestamp);
    let keyset_mismatch = || DbError::Query("the keyset does not match the sort key".into());
    Ok(match (sort.key, &keyset.value) {
        (SortKey::CreatedAt, KeysetValue::Timestamp(Some(millis))) => {
            after!(created_at, timestamp(*millis).ok_or_else(keyset_mismatch)?)
        }
        (SortKey::UpdatedAt, KeysetValue::Timestamp(Some(millis))) => {
            after!(updated_at, timestamp(*millis).ok_or_else(keyset_mismatch)?)
        }
        (SortKey::Priority, KeysetValue::Rank(rank)) => after!(priority, *rank),
        (SortKey::Title, KeysetValue::Title(title)) => {
            let key = title_key(title);
            after!(title_key, key.clone())
        }
        (SortKey::DueDate, KeysetValue::Timestamp(None)) if sort.descending => {
            rows.filter(tasks::due_at.is_null()).filter(tasks::id.lt(id))
        }
        (SortKey::DueDate, KeysetValue::Timestamp(None)) => {
            rows.filter(tasks::due_at.is_null()).filter(tasks::id.gt(id))
        }
        // tasks without a due date come last
        (SortKey::DueDate, KeysetValue::Timestamp(Some(millis))) => {
            let at = timestamp(*millis).ok_or_else(keyset_mismatch)?;
            let is_same_date = tasks::due_at.eq(at);
            match sort.descending {
                true => {
                    rows.filter(tasks::due_at.lt(at).or(is_same_date.and(tasks::id.lt(id))).or(tasks::due_at.is_null()))
                }
                false => {
                    rows.filter(tasks::due_at.gt(at).or(is_same_date.and(tasks::id.gt(id))).or(tasks::due_at.is_null()))
                }
            }
        }
        _ => return Err(keyset_mismatch()),
    })
}

fn keyset(task: &Task, key: SortKey) -> Keyset {
    let value = match key {
        SortKey::CreatedAt => KeysetValue::Timestamp(Some(task.created_at.timestamp_millis())),
        SortKey::UpdatedAt => KeysetValue::Timestamp(Some(task.updated_at.timestamp_millis())),
        SortKey::DueDate => {
            let (at, _) = DueDate::store(&task.due);
            KeysetValue::Timestamp(at.map(|at| at.and_utc().timestamp_millis()))
        }
        SortKey::Priority => KeysetValue::Rank(task.priority.rank()),
        SortKey::Title => KeysetValue::Title(task.title.clone()),
    };
    Keyset { value, id: task.id }
}

/// Returns the number of rows of all pages. Needs no count on the last page of an offset.
fn total(
    connection: &mut AnyConnection,
    owner: OwnerId<'_>,
    list: &List,
    rows: usize,
    has_more: bool,
) -> Result<i64, DbError> {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    match list.start {
        PageStart::Offset(offset) if !has_more && (rows > 0 || offset == 0) => Ok(offset.saturating_add(rows)),
        _ => Ok(list.filter.apply(owned_by(owner).into_boxed()).count().get_result(connection)?),
    }
}
