//! Changing a task, in one statement.

use chrono::NaiveDateTime;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Nullable, SmallInt, Text, Timestamp};
use diesel::{QueryResult, RunQueryDsl};

use super::super::connection::Dialect;
use super::change::{Completion, Expected, TaskChange};
use super::condition::HasVersion;
use super::model::{COLUMN_NAMES, ColumnTypes, Priority, due_columns, folded, stored, tags_column};
use super::owned::{IsOwner, OwnerId};
use crate::recurrence::RepeatFrom;

/// The statement. Diesel never prepares an `update()` twice, since its shape may vary. This one has few shapes, each of which is parsed
/// and planned once for each connection: what is changed often is named where it is given, and all the rest is named together, where
/// any of it is. To name everything each time costs PostgreSQL a tenth; a shape for each selection would be thousands of plans.
pub(super) struct Update<'a> {
    owner: IsOwner<'a>,
    id: i64,
    title: Option<(&'a str, String)>,
    description: Option<(Option<&'a str>, Option<String>)>,
    completion: Completion,
    rest: Option<Rest<'a>>,
    expected: Option<HasVersion>,
    unless_repeating: bool,
    now: NaiveDateTime,
}

/// What is changed seldom.
struct Rest<'a> {
    priority: Option<i16>,
    tags: Option<String>,
    due_at: Clearable<NaiveDateTime>,
    due_all_day: Clearable<bool>,
    time_zone: Clearable<&'a str>,
    remind_at: Clearable<NaiveDateTime>,
    recurrence_rule: Clearable<&'a str>,
    repeat_from_completion: Option<bool>,
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

impl<'a> Rest<'a> {
    /// `None`: nothing of it is given.
    fn new(change: &'a TaskChange) -> Option<Self> {
        let TaskChange { priority, tags, due, time_zone, remind_at, recurrence_rule, repeat_from, .. } = change;
        let is_absent = priority.is_none() && tags.is_none() && due.is_none() && time_zone.is_none();
        if is_absent && remind_at.is_none() && recurrence_rule.is_none() && repeat_from.is_none() {
            return None;
        }
        let due = due.map(due_columns);
        Some(Self {
            priority: priority.map(Priority::rank),
            tags: tags.as_deref().map(tags_column),
            due_at: Clearable::new(due.map(|(at, _)| at)),
            due_all_day: Clearable::new(due.map(|(_, all_day)| Some(all_day))),
            time_zone: Clearable::<&str>::text(time_zone),
            remind_at: Clearable::new(remind_at.map(|at| at.map(stored))),
            recurrence_rule: Clearable::<&str>::text(recurrence_rule),
            repeat_from_completion: repeat_from.map(|from| from == RepeatFrom::Completion),
        })
    }
}

impl<'a> Update<'a> {
    pub(super) fn new(owner: &'a str, id: i64, change: &'a TaskChange, expected: &Expected) -> Self {
        let with_folded = |text: Option<&'a str>| (text, text.map(folded));
        Self {
            owner: IsOwner(OwnerId(owner)),
            id,
            title: change.title.as_deref().map(|title| (title, folded(title))),
            description: change.description.as_ref().map(|text| with_folded(text.as_deref())),
            completion: change.completion,
            rest: Rest::new(change),
            expected: expected.column().map(HasVersion),
            unless_repeating: false,
            now: stored(change.now),
        }
    }

    /// The same, of a task that does not repeat; one that does is not found.
    pub(super) fn unless_repeating(self) -> Self {
        Self { unless_repeating: true, ..self }
    }
}

/// `, column = `
fn assign<DB: Dialect>(out: &mut AstPass<'_, '_, DB>, column: &str) {
    out.push_sql(", ");
    out.push_sql(column);
    out.push_sql(" = ");
}

/// `, column = value`
fn set<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, column: &str, value: &'b T) -> QueryResult<()>
where
    DB: Dialect + HasSqlType<S>,
    T: ToSql<S, DB>,
{
    assign(out, column);
    out.push_bind_param::<S, _>(value)
}

/// `, column = coalesce(value, column)`
fn set_given<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, column: &str, value: &'b Option<T>) -> QueryResult<()>
where
    DB: Dialect + HasSqlType<S>,
    Option<T>: ToSql<S, DB>,
{
    assign(out, column);
    out.push_sql("coalesce(");
    out.push_bind_param::<S, _>(value)?;
    out.push_sql(", ");
    out.push_sql(column);
    out.push_sql(")");
    Ok(())
}

/// `, column = CASE WHEN given THEN value ELSE column END`
fn set_clearable<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, column: &str, field: &'b Clearable<T>) -> QueryResult<()>
where
    DB: Dialect + HasSqlType<S>,
    Option<T>: ToSql<S, DB>,
    bool: ToSql<Bool, DB>,
{
    assign(out, column);
    out.push_sql("CASE WHEN ");
    out.push_bind_param::<Bool, _>(&field.given)?;
    out.push_sql(" THEN ");
    out.push_bind_param::<S, _>(&field.value)?;
    out.push_sql(" ELSE ");
    out.push_sql(column);
    out.push_sql(" END");
    Ok(())
}

impl<DB: Dialect> QueryFragment<DB> for Rest<'_>
where
    str: ToSql<Text, DB>,
    String: ToSql<Text, DB>,
    bool: ToSql<Bool, DB>,
    i16: ToSql<SmallInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        set_given::<_, Nullable<SmallInt>, _>(&mut out, "priority", &self.priority)?;
        set_given::<_, Nullable<Text>, _>(&mut out, "tags", &self.tags)?;
        set_given::<_, Nullable<Bool>, _>(&mut out, "repeat_from_completion", &self.repeat_from_completion)?;
        set_clearable::<_, Nullable<Timestamp>, _>(&mut out, "due_at", &self.due_at)?;
        set_clearable::<_, Nullable<Bool>, _>(&mut out, "due_all_day", &self.due_all_day)?;
        set_clearable::<_, Nullable<Text>, _>(&mut out, "time_zone", &self.time_zone)?;
        set_clearable::<_, Nullable<Timestamp>, _>(&mut out, "remind_at", &self.remind_at)?;
        set_clearable::<_, Nullable<Text>, _>(&mut out, "recurrence_rule", &self.recurrence_rule)
    }
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
        out.push_sql("UPDATE tasks SET version = version + 1");
        set::<_, Timestamp, _>(&mut out, "updated_at", &self.now)?;
        if let Some((title, folded)) = &self.title {
            set::<_, Text, _>(&mut out, "title", title)?;
            set::<_, Text, _>(&mut out, "title_folded", folded)?;
        }
        if let Some((description, folded)) = &self.description {
            set::<_, Nullable<Text>, _>(&mut out, "description", description)?;
            set::<_, Nullable<Text>, _>(&mut out, "description_folded", folded)?;
        }
        if let Some(rest) = &self.rest {
            rest.walk_ast(out.reborrow())?;
        }
        let completed = match self.completion {
            Completion::Keep => None,
            Completion::Set(true) => Some("TRUE"),
            Completion::Set(false) => Some("FALSE"),
            Completion::Toggle => Some("NOT completed"),
        };
        if let Some(completed) = completed {
            assign(&mut out, "completed");
            out.push_sql(completed);
            assign(&mut out, "completed_at");
            out.push_sql("CASE WHEN ");
            out.push_sql(completed);
            out.push_sql(" THEN coalesce(completed_at, ");
            out.push_bind_param::<Timestamp, _>(&self.now)?;
            out.push_sql(") END");
        }
        out.push_sql(" WHERE deleted_at IS NULL AND ");
        self.owner.walk_ast(out.reborrow())?;
        out.push_sql(" AND id = ");
        out.push_bind_param::<BigInt, _>(&self.id)?;
        if self.unless_repeating {
            out.push_sql(" AND recurrence_rule IS NULL");
        }
        if let Some(expected) = &self.expected {
            out.push_sql(" AND ");
            expected.walk_ast(out.reborrow())?;
        }
        out.push_sql(" RETURNING ");
        out.push_sql(COLUMN_NAMES);
        Ok(())
    }
}

impl QueryId for Update<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Update<'_> {
    type SqlType = ColumnTypes;
}

impl<C> RunQueryDsl<C> for Update<'_> {}
