//! Queries of Better Auth's tables on a connection to either database.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::diesel::session_query::{SessionQuery, SessionRow};

/// The SQL dialect of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// The fields of a row as text. `None` is `NULL`.
pub type TextRow = Vec<Option<String>>;

/// A connection that reads Better Auth's tables.
///
/// An enum of both connections delegates each function to its connection.
pub trait TableConnection {
    /// Returns the dialect of the connection's database.
    fn dialect(&self) -> Dialect;

    /// Runs a query whose columns and parameters (`$1`, `$2` …, each once and in this order) are text.
    ///
    /// # Errors
    /// The query failed.
    fn query(&mut self, sql: &str, parameters: &[&str]) -> QueryResult<Vec<TextRow>>;

    /// Runs a look-up. The connection keeps the prepared statement.
    ///
    /// # Errors
    /// The query failed.
    fn sessions(&mut self, query: SessionQuery<'_>) -> QueryResult<Vec<SessionRow>>;
}

/// Implements the trait. This is a macro because diesel has no trait for binding text on both backends.
macro_rules! implement_for {
    ($connection:ty, $backend:ty, $dialect:expr) => {
        impl TableConnection for $connection {
            fn dialect(&self) -> Dialect {
                $dialect
            }

            fn query(&mut self, sql: &str, parameters: &[&str]) -> QueryResult<Vec<TextRow>> {
                let query = diesel::sql_query(sql).into_boxed::<$backend>();
                let query = parameters.iter().fold(query, |query, parameter| query.bind::<Text, _>(*parameter));
                Ok(query.load::<Fields>(self)?.into_iter().map(|fields| fields.0).collect())
            }

            fn sessions(&mut self, query: SessionQuery<'_>) -> QueryResult<Vec<SessionRow>> {
                query.load(self)
            }
        }
    };
}

implement_for!(PgConnection, Pg, Dialect::Postgres);
implement_for!(SqliteConnection, Sqlite, Dialect::Sqlite);

/// Any number of fields.
struct Fields(TextRow);

impl<DB: Backend> QueryableByName<DB> for Fields
where
    String: FromSql<Text, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let field = |index| match Row::get(row, index) {
            Some(field) => <Option<String> as FromSql<Nullable<Text>, DB>>::from_nullable_sql(field.value()),
            None => Ok(None),
        };
        (0..row.field_count()).map(field).collect::<Result<_, _>>().map(Self)
    }
}
