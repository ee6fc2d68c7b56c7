//! The two dialects of SQL.

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::sql_types::{Bool, HasSqlType};
use diesel::sqlite::Sqlite;

use crate::db::connection::AnyBackend;

/// A backend whose SQL we know: one of the two, or [`AnyBackend`], which is one of them when it runs.
pub(crate) trait Dialect: Backend + HasSqlType<Bool> {
    /// Whether it is PostgreSQL; otherwise it is SQLite.
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
