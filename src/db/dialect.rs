//! The SQL dialects: PostgreSQL and SQLite.

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::sql_types::{Bool, HasSqlType};
use diesel::sqlite::Sqlite;

use crate::db::connection::AnyBackend;

/// A supported backend: PostgreSQL, SQLite, or [`AnyBackend`], which is one of both at run time.
pub(crate) trait Dialect: Backend + HasSqlType<Bool> {
    /// Returns `true` for PostgreSQL, `false` for SQLite.
    fn is_postgres(&self) -> bool;
}

impl Dialect for Pg {
    fn is_postgres(&self) -> bool {
        true
    }
}

impl Dialect for Sqlite {
    fn is_postgres(&self) -> bool {
        false
    }
}

impl Dialect for AnyBackend {
    fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}
