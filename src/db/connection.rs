//! One connection to either database, and what each needs when it is opened.

use diesel::{Connection, PgConnection, SqliteConnection};

/// A connection to SQLite or PostgreSQL; one set of queries serves both.
///
/// Never opened by the derive's own `establish`, which tries one database after the other: `ConnectionManager` goes by the URL.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// The backend of [`AnyConnection`], for query fragments of our own.
pub(crate) type AnyBackend = <AnyConnection as Connection>::Backend;

/// Runs the same on whichever database a connection leads to, with that database's own types. [`AnyConnection`] can be asked as well, and
/// is, but writes the text of a statement up to three times when it runs it, and looks at each field of a row through wrappers.
macro_rules! match_backend {
    ($connection:expr, $inner:ident => $run:expr) => {
        match $connection {
            $crate::db::connection::AnyConnection::Postgres($inner) => $run,
            $crate::db::connection::AnyConnection::Sqlite($inner) => $run,
        }
    };
}
pub(crate) use match_backend;
