//! Maps rows of the table of tasks to [`Task`].

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::deserialize::FromStaticSqlRow;
use diesel::dsl::SqlTypeOf;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, SmallInt, SqlType, Text, Timestamp, is_nullable};

use crate::db::schema::tasks;
use crate::db::tasks::timestamp::DbTimestamp;
use crate::task::Task;
use crate::task::field::Field;
use crate::task::fields::{self, for_each_field};

/// The Rust types of a column.
pub trait ColumnType {
    /// The type that diesel loads.
    type Read;
    /// The type of a field's column value.
    type Value;

    fn value(read: Self::Read) -> Self::Value;
}

/// Defines columns whose value is the type that diesel loads.
macro_rules! plain_columns {
    ($($sql:ty => $value:ty),+) => {
        $(impl ColumnType for $sql {
            type Read = $value;
            type Value = $value;

            fn value(read: $value) -> $value {
                read
            }
        })+
    };
}

plain_columns!(BigInt => i64, Bool => bool, Integer => i32, SmallInt => i16, Text => String);

impl ColumnType for Timestamp {
    type Read = DbTimestamp;
    type Value = NaiveDateTime;

    fn value(read: DbTimestamp) -> NaiveDateTime {
        read.0
    }
}

impl<T: ColumnType + SqlType<IsNull = is_nullable::NotNull>> ColumnType for Nullable<T> {
    type Read = Option<T::Read>;
    type Value = Option<T::Value>;

    fn value(read: Option<T::Read>) -> Option<T::Value> {
        read.map(T::value)
    }
}

type Read<T> = <T as ColumnType>::Read;

/// Defines the columns of a [`Task`], and the conversion of a row.
macro_rules! define_columns {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => { $($column:ident),+ },)+) => {
        type Columns = (
            tasks::id, tasks::user_id, tasks::title, tasks::description, tasks::completed_at,
            $($(tasks::$column,)+)+
            tasks::recurrence_start, tasks::remind_local,
            tasks::series_id, tasks::next_id, tasks::uid, tasks::version, tasks::created_at, tasks::updated_at,
        );

        /// The names of the columns, for `SELECT` and `RETURNING`.
        pub(crate) const COLUMN_NAMES: &str = concat!(
            "id, user_id, title, description, completed_at, ",
            $($(stringify!($column), ", ",)+)+
            "recurrence_start, remind_local, series_id, next_id, uid, version, created_at, updated_at"
        );

        type Row = (
            i64, String, String, Option<String>, Option<DbTimestamp>,
            $($(Read<SqlTypeOf<tasks::$column>>,)+)+
            Option<DbTimestamp>, Option<DbTimestamp>,
            Option<i64>, Option<i64>, String, i64, DbTimestamp, DbTimestamp,
        );

        fn from_row(row: Row) -> diesel::deserialize::Result<Task> {
            let (id, user_id, title, description, completed_at,
                $($($column,)+)+
                recurrence_start, remind_local, series_id, next_id, uid, version, created_at, updated_at) = row;
            Ok(Task {
                id,
                user_id,
                title,
                description,
                completed_at: completed_at.map(|at| at.0.and_utc()),
                $($name: <fields::$Field as Field>::load(($(<SqlTypeOf<tasks::$column> as ColumnType>::value($column),)+))?,)+
                recurrence_start: recurrence_start.map(|at| at.0),
                remind_local: remind_local.map(|at| at.0),
                series_id,
                next_id,
                uid,
                version,
                created_at: created_at.0.and_utc(),
                updated_at: updated_at.0.and_utc(),
            })
        }
    };
}

for_each_field!(define_columns);

/// The SQL types of the columns.
pub(crate) type ColumnTypes = SqlTypeOf<Columns>;

/// The columns as an expression.
///
/// The names are one constant. Diesel would quote and copy each name for every statement.
#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct TaskColumns;

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

impl<DB: Backend> Queryable<ColumnTypes, DB> for Task
where
    Row: FromStaticSqlRow<ColumnTypes, DB>,
{
    type Row = Row;

    fn build(row: Row) -> diesel::deserialize::Result<Self> {
        from_row(row)
    }
}
