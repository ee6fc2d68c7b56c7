//! Inserts tasks with statements of fixed text.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Bool, HasSqlType, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::tasks;
use crate::db::tasks::columns::{COLUMN_NAMES, ColumnTypes};
use crate::db::tasks::owner_scope::OwnerId;
use crate::db::tasks::sequence::{Seq, SeqSource, TakeSeq};
use crate::task::collation::title_key;
use crate::task::dates::to_db_timestamp;
use crate::task::field::Field;
use crate::task::fields::{self, for_each_field};
use crate::task::text::case_folded;
use crate::task::{ImportedTask, NewTask};

/// Defines a new row from the fields of a task.
macro_rules! define_row {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => { $($column:ident),+ },)+) => {
        /// A new row.
        ///
        /// The text of the statement is fixed, so each connection parses and plans it once. Diesel's `insert_into` has a variable text: it
        /// writes `DEFAULT` for an absent value.
        pub(crate) struct NewRow<'a> {
            owner: OwnerId<'a>,
            title: &'a str,
            description: Option<&'a str>,
            title_folded: Cow<'a, str>,
            title_key: Cow<'a, [u8]>,
            description_folded: Option<Cow<'a, str>>,
            completed: bool,
            completed_at: Option<NaiveDateTime>,
            $($name: <fields::$Field as Field>::Columns,)+
            recurrence_start: Option<NaiveDateTime>,
            remind_local: Option<NaiveDateTime>,
            /// The series, if the task is an occurrence of one.
            pub series_id: Option<i64>,
            uid: Cow<'a, str>,
            created_at: NaiveDateTime,
            updated_at: NaiveDateTime,
            /// The revision of an imported task, and its first version.
            imported: (Option<i64>, Option<NaiveDateTime>, Option<i64>),
        }

        /// The columns of a new row, in the order of its values.
        const INTO: &str = concat!(
            "INSERT INTO tasks (user_id, title, description, title_folded, title_key, description_folded, completed, completed_at, ",
            $($(stringify!($column), ", ",)+)+
            "recurrence_start, remind_local, series_id, uid, created_at, updated_at, imported_sequence, imported_modified_at, ",
            "imported_version, seq) "
        );

        impl<'a> NewRow<'a> {
            fn from_parts(
                owner: OwnerId<'a>,
                task: &'a NewTask,
                uid: Cow<'a, str>,
                title_folded: Cow<'a, str>,
                title_key: Cow<'a, [u8]>,
                description_folded: Option<Cow<'a, str>>,
            ) -> Self {
                let now = to_db_timestamp(task.now);
                Self {
                    owner,
                    title: &task.title,
                    description: task.description.as_deref(),
                    title_folded,
                    title_key,
                    description_folded,
                    completed: task.completed,
                    completed_at: task.completed.then_some(now),
                    $($name: <fields::$Field as Field>::store(&task.$name),)+
                    recurrence_start: task.recurrence_start,
                    remind_local: task.remind_local,
                    series_id: None,
                    uid,
                    created_at: now,
                    updated_at: now,
                    imported: (None, None, None),
                }
            }
        }
    };
}

for_each_field!(define_row);

/// Writes the values of a row without its sequence number, for one backend.
macro_rules! write_values {
    ($backend:ty; $($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => { $($column:ident),+ },)+) => {
        impl QueryFragment<$backend> for NewRow<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                self.owner.walk_ast(out.reborrow())?;
                push::<_, Text, _>(&mut out, &self.title)?;
                push::<_, Nullable<Text>, _>(&mut out, &self.description)?;
                push::<_, Text, _>(&mut out, &self.title_folded)?;
                push::<_, Binary, _>(&mut out, &self.title_key)?;
                push::<_, Nullable<Text>, _>(&mut out, &self.description_folded)?;
                push::<_, Bool, _>(&mut out, &self.completed)?;
                push::<_, Nullable<Timestamp>, _>(&mut out, &self.completed_at)?;
                $(
                    let ($($column,)+) = &self.$name;
                    $(push::<_, SqlTypeOf<tasks::$column>, _>(&mut out, $column)?;)+
                )+
                push::<_, Nullable<Timestamp>, _>(&mut out, &self.recurrence_start)?;
                push::<_, Nullable<Timestamp>, _>(&mut out, &self.remind_local)?;
                push::<_, Nullable<BigInt>, _>(&mut out, &self.series_id)?;
                push::<_, Text, _>(&mut out, &self.uid)?;
                push::<_, Timestamp, _>(&mut out, &self.created_at)?;
                push::<_, Timestamp, _>(&mut out, &self.updated_at)?;
                let (sequence, modified_at, version) = &self.imported;
                push::<_, Nullable<BigInt>, _>(&mut out, sequence)?;
                push::<_, Nullable<Timestamp>, _>(&mut out, modified_at)?;
                push::<_, Nullable<BigInt>, _>(&mut out, version)
            }
        }
    };
}

macro_rules! write_values_for_both {
    ($($fields:tt)+) => {
        write_values!(Pg; $($fields)+);
        write_values!(Sqlite; $($fields)+);
    };
}

for_each_field!(write_values_for_both);

/// Writes a comma and a value.
fn push<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, value: &'b T) -> QueryResult<()>
where
    DB: Backend + HasSqlType<S>,
    T: ToSql<S, DB>,
{
    out.push_sql(", ");
    out.push_bind_param::<S, _>(value)
}

impl<'a> NewRow<'a> {
    /// Creates the row of a new task, with a new uid.
    pub(crate) fn new(owner: OwnerId<'a>, task: &'a NewTask) -> Self {
        let uid = Uuid::new_v4().to_string();
        let description = task.description.as_deref().map(case_folded);
        let (title_folded, title_key) = (case_folded(&task.title), title_key(&task.title));
        Self::from_parts(owner, task, uid.into(), title_folded.into(), title_key.into(), description.map(Cow::Owned))
    }

    /// Creates the row of an imported task. Keeps its uid, and the times of creation and completion.
    pub(crate) fn imported(owner: OwnerId<'a>, import: &'a ImportedTask) -> Self {
        let title = import.title_folded.as_str().into();
        let description = import.description_folded.as_deref().map(Cow::Borrowed);
        let key = import.title_key.as_slice().into();
        let mut row = Self::from_parts(owner, &import.task, import.uid.as_str().into(), title, key, description);
        row.created_at = to_db_timestamp(import.created_at);
        row.imported = (import.revision.sequence, import.revision.modified_at.map(to_db_timestamp), Some(1));
        row.completed_at = row.completed_at.and(import.completed_at.map(to_db_timestamp).or(row.completed_at));
        row
    }
}

/// The statement that inserts one row and returns it.
pub(super) struct InsertRow<'a> {
    pub(super) row: &'a NewRow<'a>,
    pub(super) seq: SeqSource<'a>,
}

impl<'a, DB> QueryFragment<DB> for InsertRow<'a>
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
    NewRow<'a>: QueryFragment<DB>,
    TakeSeq<'a>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.seq.walk_with(out.reborrow())?;
        out.push_sql(INTO);
        // Citus sends an insert of values to one node
        let (start, end) = match self.seq {
            SeqSource::InStatement(_) => ("SELECT ", ""),
            SeqSource::Taken(_) => ("VALUES (", ")"),
        };
        out.push_sql(start);
        self.row.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.seq.walk_value(out.reborrow())?;
        out.push_sql(self.seq.from());
        out.push_sql(end);
        out.push_sql(" RETURNING ");
        out.push_sql(COLUMN_NAMES);
        Ok(())
    }
}

impl QueryId for InsertRow<'_> {
    type QueryId = InsertRow<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertRow<'_> {
    type SqlType = ColumnTypes;
}

impl<C> RunQueryDsl<C> for InsertRow<'_> {}

/// The statement that inserts `N` rows with one sequence number. It is prepared once for each `N`.
pub(super) struct InsertRows<'a, const N: usize> {
    pub(super) rows: &'a [NewRow<'a>; N],
    pub(super) seq: Seq,
}

impl<'a, DB, const N: usize> QueryFragment<DB> for InsertRows<'a, N>
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
    NewRow<'a>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(INTO);
        out.push_sql("VALUES (");
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                out.push_sql("), (");
            }
            row.walk_ast(out.reborrow())?;
            push::<_, BigInt, _>(&mut out, self.seq.value())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<const N: usize> QueryId for InsertRows<'_, N> {
    type QueryId = InsertRows<'static, N>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C, const N: usize> RunQueryDsl<C> for InsertRows<'_, N> {}
