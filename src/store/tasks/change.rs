//! Changing a task, in one statement of fixed shape.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Nullable, SmallInt, Text, Timestamp};
use diesel::{QueryResult, RunQueryDsl};

use super::super::connection::Dialect;
use super::model::{COLUMN_NAMES, ColumnTypes, Priority, due_columns, folded, stored, tags_column};
use super::owned::{IsOwner, OwnerId};
use crate::recurrence::{Due, RepeatFrom};

/// What becomes of a task's being completed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Completion {
    /// Stays as it is.
    #[default]
    Keep,
    /// Becomes this.
    Set(bool),
    /// Becomes what it is not.
    Toggle,
}

/// Which versions of a task a write is meant for (`If-Match`, RFC 9110 section 13.1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Expected {
    /// Whatever is there.
    #[default]
    Any,
    /// One of these, and no other.
    Versions(Vec<i64>),
}

impl Expected {
    /// Whether it is this version, or any.
    pub(super) fn fits(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }

    /// `,3,7,` for `version` to be found in; `None` where any will do.
    pub(super) fn column(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Versions(versions) => {
                Some(versions.iter().fold(",".into(), |list, version| format!("{list}{version},")))
            }
        }
    }
}

/// A change, checked. Outer `None`: keeps its value; `Some(None)`: is cleared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskChange {
    /// 1 to 200 characters, trimmed.
    pub title: Option<String>,
    /// At most 1,000 characters.
    pub description: Option<Option<String>>,
    /// Whether it is completed.
    pub completion: Completion,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// At most 20.
    pub tags: Option<Vec<String>>,
    /// When it is due.
    pub due: Option<Option<Due>>,
    /// An IANA name.
    pub time_zone: Option<Option<String>>,
    /// When to remind of it.
    pub remind_at: Option<Option<DateTime<Utc>>>,
    /// An RRULE value.
    pub recurrence_rule: Option<Option<String>>,
    /// From when the next occurrence is counted.
    pub repeat_from: Option<RepeatFrom>,
    /// The moment of the change.
    pub now: DateTime<Utc>,
}

impl TaskChange {
    /// A change of nothing but whether the task is completed.
    pub fn completion(completion: Completion, now: DateTime<Utc>) -> Self {
        Self {
            title: None,
            description: None,
            completion,
            priority: None,
            tags: None,
            due: None,
            time_zone: None,
            remind_at: None,
            recurrence_rule: None,
            repeat_from: None,
            now,
        }
    }
}

/// The statement. Diesel never prepares an `update()` twice, since its shape may vary; this one's does not, so that it is parsed and
/// planned once for each connection.
pub(super) struct Update<'a> {
    owner: IsOwner<'a>,
    id: i64,
    title: Option<&'a str>,
    title_folded: Option<String>,
    description: Clearable<&'a str>,
    description_folded: Clearable<String>,
    priority: Option<i16>,
    tags: Option<String>,
    due_at: Clearable<NaiveDateTime>,
    due_all_day: Clearable<bool>,
    time_zone: Clearable<&'a str>,
    remind_at: Clearable<NaiveDateTime>,
    recurrence_rule: Clearable<&'a str>,
    repeat_from_completion: Option<bool>,
    toggle: bool,
    completed: Option<bool>,
    expected: Option<String>,
    unless_repeating: bool,
    now: NaiveDateTime,
}

/// A value that null clears and absence keeps.
struct Clearable<T> {
    given: bool,
    value: Option<T>,
}

impl<T> Clearable<T> {
    fn new(field: Option<Option<T>>) -> Self {
        Self { given: field.is_some(), value: field.flatten() }
    }

    fn text(field: &Option<Option<String>>) -> Clearable<&str> {
        Clearable { given: field.is_some(), value: field.as_ref().and_then(Option::as_deref) }
    }
}

impl<'a> Update<'a> {
    pub(super) fn new(owner: &'a str, id: i64, change: &'a TaskChange, expected: &Expected) -> Self {
        let due = change.due.map(due_columns);
        Self {
            owner: IsOwner(OwnerId(owner)),
            id,
            title: change.title.as_deref(),
            title_folded: change.title.as_deref().map(folded),
            description: Clearable::<&str>::text(&change.description),
            description_folded: Clearable::new(change.description.as_ref().map(|text| text.as_deref().map(folded))),
            priority: change.priority.map(Priority::rank),
            tags: change.tags.as_deref().map(tags_column),
            due_at: Clearable::new(due.map(|(at, _)| at)),
            due_all_day: Clearable::new(due.map(|(_, all_day)| Some(all_day))),
            time_zone: Clearable::<&str>::text(&change.time_zone),
            remind_at: Clearable::new(change.remind_at.map(|at| at.map(stored))),
            recurrence_rule: Clearable::<&str>::text(&change.recurrence_rule),
            repeat_from_completion: change.repeat_from.map(|from| from == RepeatFrom::Completion),
            toggle: change.completion == Completion::Toggle,
            completed: match change.completion {
                Completion::Set(completed) => Some(completed),
                Completion::Keep | Completion::Toggle => None,
            },
            expected: expected.column(),
            unless_repeating: false,
            now: stored(change.now),
        }
    }

    /// The same, of a task that does not repeat; one that does is not found.
    pub(super) fn unless_repeating(self) -> Self {
        Self { unless_repeating: true, ..self }
    }

    /// `CASE WHEN toggle THEN NOT completed ELSE coalesce(given, completed) END`: what the task's completion becomes.
    fn completion<'b, DB: Dialect>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        bool: ToSql<Bool, DB>,
    {
        out.push_sql("CASE WHEN ");
        out.push_bind_param::<Bool, _>(&self.toggle)?;
        out.push_sql(" THEN NOT completed ELSE coalesce(");
        out.push_bind_param::<Nullable<Bool>, _>(&self.completed)?;
        out.push_sql(", completed) END");
        Ok(())
    }
}

/// `, column = CASE WHEN given THEN value ELSE column END`
fn clearable<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, column: &str, field: &'b Clearable<T>) -> QueryResult<()>
where
    DB: Dialect + HasSqlType<S>,
    Option<T>: ToSql<S, DB>,
    bool: ToSql<Bool, DB>,
{
    out.push_sql(", ");
    out.push_sql(column);
    out.push_sql(" = CASE WHEN ");
    out.push_bind_param::<Bool, _>(&field.given)?;
    out.push_sql(" THEN ");
    out.push_bind_param::<S, _>(&field.value)?;
    out.push_sql(" ELSE ");
    out.push_sql(column);
    out.push_sql(" END");
    Ok(())
}

impl<DB: Dialect> QueryFragment<DB> for Update<'_>
where
    str: ToSql<Text, DB>,
    String: ToSql<Text, DB>,
    bool: ToSql<Bool, DB>,
    i16: ToSql<SmallInt, DB>,
    i64: ToSql<BigInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE tasks SET version = version + 1, updated_at = ");
        out.push_bind_param::<Timestamp, _>(&self.now)?;
        out.push_sql(", title = coalesce(");
        out.push_bind_param::<Nullable<Text>, _>(&self.title)?;
        out.push_sql(", title), title_folded = coalesce(");
        out.push_bind_param::<Nullable<Text>, _>(&self.title_folded)?;
        out.push_sql(", title_folded), priority = coalesce(");
        out.push_bind_param::<Nullable<SmallInt>, _>(&self.priority)?;
        out.push_sql(", priority), tags = coalesce(");
        out.push_bind_param::<Nullable<Text>, _>(&self.tags)?;
        out.push_sql(", tags), repeat_from_completion = coalesce(");
        out.push_bind_param::<Nullable<Bool>, _>(&self.repeat_from_completion)?;
        out.push_sql(", repeat_from_completion)");
        clearable::<_, Nullable<Text>, _>(&mut out, "description", &self.description)?;
        clearable::<_, Nullable<Text>, _>(&mut out, "description_folded", &self.description_folded)?;
        clearable::<_, Nullable<Timestamp>, _>(&mut out, "due_at", &self.due_at)?;
        clearable::<_, Nullable<Bool>, _>(&mut out, "due_all_day", &self.due_all_day)?;
        clearable::<_, Nullable<Text>, _>(&mut out, "time_zone", &self.time_zone)?;
        clearable::<_, Nullable<Timestamp>, _>(&mut out, "remind_at", &self.remind_at)?;
        clearable::<_, Nullable<Text>, _>(&mut out, "recurrence_rule", &self.recurrence_rule)?;
        out.push_sql(", completed = ");
        self.completion(&mut out)?;
        out.push_sql(", completed_at = CASE WHEN ");
        self.completion(&mut out)?;
        out.push_sql(" THEN coalesce(completed_at, ");
        out.push_bind_param::<Timestamp, _>(&self.now)?;
        out.push_sql(") END WHERE deleted_at IS NULL AND ");
        self.owner.walk_ast(out.reborrow())?;
        out.push_sql(" AND id = ");
        out.push_bind_param::<BigInt, _>(&self.id)?;
        out.push_sql(" AND (recurrence_rule IS NULL OR NOT ");
        out.push_bind_param::<Bool, _>(&self.unless_repeating)?;
        out.push_sql(") AND coalesce(");
        out.push_bind_param::<Nullable<Text>, _>(&self.expected)?;
        out.push_sql(" LIKE '%,' || CAST(version AS TEXT) || ',%', TRUE) RETURNING ");
        out.push_sql(COLUMN_NAMES);
        Ok(())
    }
}

impl QueryId for Update<'_> {
    type QueryId = Update<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Update<'_> {
    type SqlType = ColumnTypes;
}

impl<C> RunQueryDsl<C> for Update<'_> {}
