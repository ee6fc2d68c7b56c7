//! A connection to PostgreSQL or SQLite.

use diesel::{Connection, PgConnection, SqliteConnection};

/// A connection to PostgreSQL or SQLite, for queries that serve both.
///
/// `ConnectionManager` opens it by the scheme of the URL. The derived `establish` is not used: it tries one database after the other.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// The backend of [`AnyConnection`], for custom query fragments.
pub(crate) type AnyBackend = <AnyConnection as Connection>::Backend;

/// Runs an expression with the concrete connection of either database.
///
/// [`AnyConnection`] can run the same queries, but it costs more. It writes the text of a statement up to three times, and reads each
/// field of a row through wrappers.
macro_rules! match_backend {
    ($connection:expr, $inner:ident => $run:expr) => {
        match $connection {
            $crate::db::connection::AnyConnection::Postgres($inner) => $run,
            $crate::db::connection::AnyConnection::Sqlite($inner) => $run,
        }
    };
}
pub(crate) use match_backend;
