//! Creating a task, in one statement of fixed shape.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Text, Timestamp};
use diesel::{QueryResult, RunQueryDsl};
use uuid::Uuid;

use super::super::connection::Dialect;
use super::import::Import;
use super::model::{COLUMN_NAMES, ColumnTypes, TaskDraft, due_columns, folded, stored, tags_column};
use super::owned::OwnerId;
use crate::recurrence::RepeatFrom;

/// The columns of a new row, in the order of its values.
const INTO: &str = "INSERT INTO tasks (user_id, title, description, title_folded, description_folded, completed, completed_at, \
                    priority, tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule, repeat_from_completion, series_id, \
                    uid, created_at, updated_at) VALUES ";

/// A new row, and the statement that inserts it and gives it back. Diesel's own `insert_into` says `DEFAULT` where a value is absent, so
/// that its shape varies, and it is parsed and planned anew each time.
pub(super) struct NewRow<'a> {
    owner: OwnerId<'a>,
    title: &'a str,
    description: Option<&'a str>,
    title_folded: Cow<'a, str>,
    description_folded: Option<Cow<'a, str>>,
    completed: bool,
    completed_at: Option<NaiveDateTime>,
    priority: i16,
    tags: String,
    due_at: Option<NaiveDateTime>,
    due_all_day: bool,
    time_zone: Option<&'a str>,
    remind_at: Option<NaiveDateTime>,
    recurrence_rule: Option<&'a str>,
    repeat_from_completion: bool,
    /// Set where the task is an occurrence of a chain.
    pub series_id: Option<i64>,
    uid: Cow<'a, str>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl<'a> NewRow<'a> {
    pub(super) fn new(owner: &'a str, draft: &'a TaskDraft) -> Self {
        let uid = Uuid::new_v4().to_string();
        let description = draft.description.as_deref().map(folded);
        Self::of(owner, draft, uid.into(), folded(&draft.title).into(), description.map(Cow::Owned))
    }

    /// A row of a task that has a name, and was created and completed before.
    pub(super) fn imported(owner: &'a str, import: &'a Import) -> Self {
        let title = import.title_folded.as_str().into();
        let description = import.description_folded.as_deref().map(Cow::Borrowed);
        let mut row = Self::of(owner, &import.draft, import.uid.as_str().into(), title, description);
        row.created_at = stored(import.created_at);
        row.completed_at = row.completed_at.and(import.completed_at.map(stored).or(row.completed_at));
        row
    }

    fn of(
        owner: &'a str,
        draft: &'a TaskDraft,
        uid: Cow<'a, str>,
        title_folded: Cow<'a, str>,
        description_folded: Option<Cow<'a, str>>,
    ) -> Self {
        let (due_at, due_all_day) = due_columns(draft.due);
        let now = stored(draft.now);
        Self {
            owner: OwnerId(owner),
            title: &draft.title,
            description: draft.description.as_deref(),
            title_folded,
            description_folded,
            completed: draft.completed,
            completed_at: draft.completed.then_some(now),
            priority: draft.priority.rank(),
            tags: tags_column(&draft.tags),
            due_at,
            due_all_day,
            time_zone: draft.time_zone.as_deref(),
            remind_at: draft.remind_at.map(stored),
            recurrence_rule: draft.recurrence_rule.as_deref(),
            repeat_from_completion: draft.repeat_from == RepeatFrom::Completion,
            series_id: None,
            uid,
            created_at: now,
            updated_at: now,
        }
    }
}

impl NewRow<'_> {
    /// Writes the values between parentheses.
    fn values<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        str: ToSql<Text, DB>,
        String: ToSql<Text, DB>,
        bool: ToSql<Bool, DB>,
        i16: ToSql<SmallInt, DB>,
        i64: ToSql<BigInt, DB>,
        NaiveDateTime: ToSql<Timestamp, DB>,
    {
        /// A value behind those before it.
        macro_rules! value {
            ($type:ty, $field:ident) => {
                out.push_sql(", ");
                out.push_bind_param::<$type, _>(&self.$field)?;
            };
        }
        out.push_sql("(");
        self.owner.walk_ast(out.reborrow())?;
        value!(Text, title);
        value!(Nullable<Text>, description);
        value!(Text, title_folded);
        value!(Nullable<Text>, description_folded);
        value!(Bool, completed);
        value!(Nullable<Timestamp>, completed_at);
        value!(SmallInt, priority);
        value!(Text, tags);
        value!(Nullable<Timestamp>, due_at);
        value!(Bool, due_all_day);
        value!(Nullable<Text>, time_zone);
        value!(Nullable<Timestamp>, remind_at);
        value!(Nullable<Text>, recurrence_rule);
        value!(Bool, repeat_from_completion);
        value!(Nullable<BigInt>, series_id);
        value!(Text, uid);
        value!(Timestamp, created_at);
        value!(Timestamp, updated_at);
        out.push_sql(")");
        Ok(())
    }
}

impl<DB: Dialect> QueryFragment<DB> for NewRow<'_>
where
    str: ToSql<Text, DB>,
    String: ToSql<Text, DB>,
    bool: ToSql<Bool, DB>,
    i16: ToSql<SmallInt, DB>,
    i64: ToSql<BigInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(INTO);
        self.values(out.reborrow())?;
        out.push_sql(" RETURNING ");
        out.push_sql(COLUMN_NAMES);
        Ok(())
    }
}

/// The statement that inserts so many rows and gives none back. It is prepared once for each number.
pub(super) struct InsertRows<'a, const N: usize>(pub(super) &'a [NewRow<'a>; N]);

impl<DB: Dialect, const N: usize> QueryFragment<DB> for InsertRows<'_, N>
where
    str: ToSql<Text, DB>,
    String: ToSql<Text, DB>,
    bool: ToSql<Bool, DB>,
    i16: ToSql<SmallInt, DB>,
    i64: ToSql<BigInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(INTO);
        for (index, row) in self.0.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            row.values(out.reborrow())?;
        }
        Ok(())
    }
}

impl<const N: usize> QueryId for InsertRows<'_, N> {
    type QueryId = InsertRows<'static, N>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C, const N: usize> RunQueryDsl<C> for InsertRows<'_, N> {}

impl QueryId for NewRow<'_> {
    type QueryId = NewRow<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for NewRow<'_> {
    type SqlType = ColumnTypes;
}

impl<C> RunQueryDsl<C> for NewRow<'_> {}
