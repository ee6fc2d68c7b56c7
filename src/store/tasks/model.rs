//! A task as it is stored.

use chrono::{DateTime, NaiveDateTime, NaiveTime, SubsecRound, Utc};
use diesel::backend::Backend;
use diesel::deserialize::FromStaticSqlRow;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

use super::super::schema::tasks;
use super::stamp::Stamp;
use crate::recurrence::{Due, RepeatFrom};

/// How urgent a task is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// Of no priority.
    None = 0,
    /// Can wait.
    Low = 1,
    /// The default.
    Medium = 2,
    /// First.
    High = 3,
}

impl Priority {
    fn from_rank(rank: i16) -> Self {
        match rank {
            0 => Self::None,
            1 => Self::Low,
            3 => Self::High,
            _ => Self::Medium,
        }
    }

    pub(super) fn rank(self) -> i16 {
        self as i16
    }
}

/// The columns `due_at` and `due_all_day`.
pub(super) fn due_columns(due: Option<Due>) -> (Option<NaiveDateTime>, bool) {
    match due {
        None => (None, false),
        Some(Due::Day(day)) => (Some(day.and_time(NaiveTime::MIN)), true),
        Some(Due::At(instant)) => (Some(stored(instant)), false),
    }
}

fn due(at: Option<NaiveDateTime>, all_day: bool) -> Option<Due> {
    at.map(|at| if all_day { Due::Day(at.date()) } else { Due::At(at.and_utc()) })
}

/// Instants are kept to the millisecond: what an answer shows is what is stored, on both databases.
pub(super) fn stored(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc().trunc_subsecs(3)
}

/// A row of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// Unique in the whole table; never given twice.
    pub id: i64,
    /// The owner.
    pub user_id: String,
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// When it was completed; `None`: it is not.
    pub completed_at: Option<DateTime<Utc>>,
    /// How urgent it is.
    pub priority: Priority,
    /// Labels, in the order given.
    pub tags: Vec<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// The IANA zone in which its days lie; `None` means UTC.
    pub time_zone: Option<String>,
    /// When to remind of it.
    pub remind_at: Option<DateTime<Utc>>,
    /// How it repeats (an RFC 5545 RRULE value).
    pub recurrence_rule: Option<String>,
    /// From when the next occurrence is counted.
    pub repeat_from: RepeatFrom,
    /// The first task of its chain of occurrences; `None`: it is not of a chain, or the only one yet.
    pub series_id: Option<i64>,
    /// The next occurrence, if it was made.
    pub next_id: Option<i64>,
    /// What names it in other calendars.
    pub uid: String,
    /// 1 at first, one more with every successful write.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
}

/// The columns of a [`Task`], in the order in which it is read: as a type, and as text.
macro_rules! columns {
    ($first:ident $(, $other:ident)*) => {
        type Columns = (tasks::$first, $(tasks::$other),*);

        pub(super) const COLUMN_NAMES: &str = concat!(stringify!($first) $(, ", ", stringify!($other))*);
    };
}

columns!(
    id,
    user_id,
    title,
    description,
    completed_at,
    priority,
    tags,
    due_at,
    due_all_day,
    time_zone,
    remind_at,
    recurrence_rule,
    repeat_from_completion,
    series_id,
    next_id,
    uid,
    version,
    created_at,
    updated_at
);

/// The types of these columns.
pub(super) type ColumnTypes = diesel::dsl::SqlTypeOf<Columns>;

/// These columns, to be selected or returned. Their names are one text: a statement whose shape varies is written anew each time it is
/// asked for, and diesel would quote and copy each name.
#[derive(Clone, Copy, Debug, QueryId)]
pub(super) struct TaskColumns;

impl Expression for TaskColumns {
    type SqlType = ColumnTypes;
}
impl AppearsOnTable<tasks::table> for TaskColumns {}
impl SelectableExpression<tasks::table> for TaskColumns {}
impl<GroupBy> ValidGrouping<GroupBy> for TaskColumns {
    type IsAggregate = is_aggregate::No;
}
impl<DB: Backend> QueryFragment<DB> for TaskColumns {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(COLUMN_NAMES);
        Ok(())
    }
}

type Row = (
    i64,
    String,
    String,
    Option<String>,
    Option<Stamp>,
    i16,
    String,
    Option<Stamp>,
    bool,
    Option<String>,
    Option<Stamp>,
    Option<String>,
    bool,
    Option<i64>,
    Option<i64>,
    String,
    i64,
    Stamp,
    Stamp,
);

impl<DB: Backend> Queryable<ColumnTypes, DB> for Task
where
    Row: FromStaticSqlRow<ColumnTypes, DB>,
{
    type Row = Row;

    fn build(row: Row) -> diesel::deserialize::Result<Self> {
        let (id, user_id, title, description, completed_at, priority, tags, due_at, due_all_day, time_zone, ..) = row;
        let (remind_at, recurrence_rule, repeat_from_completion, series_id, next_id) =
            (row.10, row.11, row.12, row.13, row.14);
        let (uid, version, created_at, updated_at) = (row.15, row.16, row.17, row.18);
        Ok(Self {
            id,
            user_id,
            title,
            description,
            completed_at: completed_at.map(|at| at.0.and_utc()),
            priority: Priority::from_rank(priority),
            // most have none
            tags: if tags == "[]" { Vec::new() } else { serde_json::from_str(&tags)? },
            due: due(due_at.map(|at| at.0), due_all_day),
            time_zone,
            remind_at: remind_at.map(|at| at.0.and_utc()),
            recurrence_rule,
            repeat_from: repeat_from(repeat_from_completion),
            series_id,
            next_id,
            uid,
            version,
            created_at: created_at.0.and_utc(),
            updated_at: updated_at.0.and_utc(),
        })
    }
}

/// A task to be created, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskDraft {
    /// 1 to 200 characters, trimmed.
    pub title: String,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// Whether it is created as completed.
    pub completed: bool,
    /// How urgent it is.
    pub priority: Priority,
    /// At most 20.
    pub tags: Vec<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// An IANA name.
    pub time_zone: Option<String>,
    /// When to remind of it.
    pub remind_at: Option<DateTime<Utc>>,
    /// An RRULE value.
    pub recurrence_rule: Option<String>,
    /// From when the next occurrence is counted.
    pub repeat_from: RepeatFrom,
    /// The moment of creation.
    pub now: DateTime<Utc>,
}

fn repeat_from(completion: bool) -> RepeatFrom {
    if completion { RepeatFrom::Completion } else { RepeatFrom::DueDate }
}

pub(super) fn tags_column(tags: &[String]) -> String {
    serde_json::to_string(tags).expect("a list of texts is JSON")
}

/// A text in which upper and lower case are one: each character by way of its upper case, so that `ß` and `SS`, or the Greek final
/// sigma and the others, meet. The same on both databases, whose own `lower` are not.
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}
