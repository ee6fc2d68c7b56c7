//! Lists of one owner's tasks: pages by position, so that a far page costs what the first does.

use diesel::prelude::*;

use crate::db::connection::{AnyConnection, match_backend};
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::filter::Filter;
use crate::db::tasks::owner_scope::{Rows, active, owned_by};
use crate::db::tasks::scoped::{Access, Tasks};
use crate::task::Task;
use crate::task::dates::stored;
use crate::task::field::Field;
use crate::task::fields::DueDate;
use crate::task::text::case_folded;

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
    /// By letters, whatever their case.
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

/// A place in an order: just after this row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyset {
    /// The row's value of the sort key.
    pub value: KeysetValue,
    /// The row's id.
    pub id: i64,
}

/// A value of a sort key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeysetValue {
    /// Milliseconds of the Unix time that it was created, written or is due; `None`: it never is due.
    Timestamp(Option<i64>),
    /// A priority's rank.
    Rank(i16),
    /// A title, folded.
    Title(String),
}

/// Where a page begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PageStart {
    /// After so many rows; each costs something.
    Offset(i64),
    /// Behind a row that was seen.
    After(Keyset),
}

/// A list that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    /// Which tasks.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// At most so many rows.
    pub limit: i64,
    /// Where to begin.
    pub start: PageStart,
    /// Whether to count all rows that the filter lets through. Costs a pass over them, so only where asked.
    pub count: bool,
}

impl List {
    /// Whether it is the first page of all tasks, newest first.
    fn is_newest_first(&self) -> bool {
        let newest_first = Sort { key: SortKey::CreatedAt, descending: true };
        self.start == PageStart::Offset(0) && self.sort == newest_first && self.filter == Filter::default()
    }
}

/// A part of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The rows, in order.
    pub tasks: Vec<Task>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<Keyset>,
    /// How many rows there are on all pages, where it was asked for.
    pub total: Option<i64>,
}

impl<A: Access> Tasks<'_, A> {
    /// A page of the owner's tasks.
    ///
    /// # Errors
    /// Those of the database.
    pub fn list(&mut self, list: &List) -> Result<Page, DbError> {
        let mut tasks = rows(self.connection, self.owner, list)?;
        let wanted = usize::try_from(list.limit).unwrap_or(usize::MAX);
        let more = tasks.len() > wanted;
        tasks.truncate(wanted);
        let total = if list.count { Some(total(self.connection, self.owner, list, tasks.len(), more)?) } else { None };
        let next = tasks.last().filter(|_| more).map(|task| position(task, list.sort.key));
        Ok(Page { tasks, next, total })
    }
}

/// The rows, and one more where there is one.
fn rows(connection: &mut AnyConnection, owner: &str, list: &List) -> Result<Vec<Task>, DbError> {
    // what every front end shows first has a statement of its own, whose text need not be written each time to find it prepared
    if list.is_newest_first() {
        let rows = active(owner).order((tasks::created_at.desc(), tasks::id.desc()));
        let rows = rows.limit(list.limit + 1).select(TaskColumns);
        return Ok(match_backend!(connection, connection => rows.load(connection))?);
    }
    let rows = list.filter.apply(owned_by(owner).into_boxed());
    let rows = match &list.start {
        PageStart::Offset(offset) => rows.offset(*offset),
        PageStart::After(position) => after(rows, list.sort, position)?,
    };
    Ok(ordered(rows, list.sort).limit(list.limit + 1).select(TaskColumns).load(connection)?)
}

fn ordered(rows: Rows<'_>, sort: Sort) -> Rows<'_> {
    /// A key and the id, in one direction.
    macro_rules! by {
        ($column:ident) => {
            match sort.descending {
                true => rows.order((tasks::$column.desc(), tasks::id.desc())),
                false => rows.order((tasks::$column.asc(), tasks::id.asc())),
            }
        };
    }
    match sort.key {
        SortKey::CreatedAt => by!(created_at),
        SortKey::UpdatedAt => by!(updated_at),
        SortKey::Priority => by!(priority),
        SortKey::Title => by!(title_folded),
        SortKey::DueDate if sort.descending => {
            rows.order((tasks::due_at.is_null(), tasks::due_at.desc(), tasks::id.desc()))
        }
        SortKey::DueDate => rows.order((tasks::due_at.is_null(), tasks::due_at.asc(), tasks::id.asc())),
    }
}

/// Rows behind a position. `key <= value AND (key < value OR id < …)` says the same as the comparison of pairs, and leaves the first
/// half to the index.
fn after<'a>(rows: Rows<'a>, sort: Sort, position: &'a Keyset) -> Result<Rows<'a>, DbError> {
    let id = position.id;
    macro_rules! behind {
        ($column:ident, $value:expr) => {
            match sort.descending {
                true => rows.filter(tasks::$column.le($value)).filter(tasks::$column.lt($value).or(tasks::id.lt(id))),
                false => rows.filter(tasks::$column.ge($value)).filter(tasks::$column.gt($value).or(tasks::id.gt(id))),
            }
        };
    }
    let moment = |millis: i64| chrono::DateTime::from_timestamp_millis(millis).map(stored);
    let keyset_mismatch = || DbError::Query("a position does not fit its sort key".into());
    Ok(match (sort.key, &position.value) {
        (SortKey::CreatedAt, KeysetValue::Timestamp(Some(millis))) => {
            behind!(created_at, moment(*millis).ok_or_else(keyset_mismatch)?)
        }
        (SortKey::UpdatedAt, KeysetValue::Timestamp(Some(millis))) => {
            behind!(updated_at, moment(*millis).ok_or_else(keyset_mismatch)?)
        }
        (SortKey::Priority, KeysetValue::Rank(rank)) => behind!(priority, *rank),
        (SortKey::Title, KeysetValue::Title(title)) => behind!(title_folded, title.as_str()),
        (SortKey::DueDate, KeysetValue::Timestamp(None)) if sort.descending => {
            rows.filter(tasks::due_at.is_null()).filter(tasks::id.lt(id))
        }
        (SortKey::DueDate, KeysetValue::Timestamp(None)) => {
            rows.filter(tasks::due_at.is_null()).filter(tasks::id.gt(id))
        }
        // those that are never due come behind all others
        (SortKey::DueDate, KeysetValue::Timestamp(Some(millis))) => {
            let at = moment(*millis).ok_or_else(keyset_mismatch)?;
            let same = tasks::due_at.eq(at);
            match sort.descending {
                true => rows.filter(tasks::due_at.lt(at).or(same.and(tasks::id.lt(id))).or(tasks::due_at.is_null())),
                false => rows.filter(tasks::due_at.gt(at).or(same.and(tasks::id.gt(id))).or(tasks::due_at.is_null())),
            }
        }
        _ => return Err(keyset_mismatch()),
    })
}

fn position(task: &Task, key: SortKey) -> Keyset {
    let value = match key {
        SortKey::CreatedAt => KeysetValue::Timestamp(Some(task.created_at.timestamp_millis())),
        SortKey::UpdatedAt => KeysetValue::Timestamp(Some(task.updated_at.timestamp_millis())),
        SortKey::DueDate => {
            let (at, _) = DueDate::store(&task.due);
            KeysetValue::Timestamp(at.map(|at| at.and_utc().timestamp_millis()))
        }
        SortKey::Priority => KeysetValue::Rank(task.priority.rank()),
        SortKey::Title => KeysetValue::Title(case_folded(&task.title)),
    };
    Keyset { value, id: task.id }
}

/// The first page, if it is the only one, knows the total by itself.
fn total(connection: &mut AnyConnection, owner: &str, list: &List, seen: usize, more: bool) -> Result<i64, DbError> {
    let seen = i64::try_from(seen).unwrap_or(i64::MAX);
    match list.start {
        PageStart::Offset(offset) if !more && (seen > 0 || offset == 0) => Ok(offset.saturating_add(seen)),
        _ => Ok(list.filter.apply(owned_by(owner).into_boxed()).count().get_result(connection)?),
    }
}
