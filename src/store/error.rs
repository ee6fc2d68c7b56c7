//! What can go wrong between a query and its rows, as far as callers must tell it apart.

use diesel::result::{DatabaseErrorKind, Error};

use super::statement_time::TOO_LONG;

/// The outcome of a query that did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row among those that the caller may see.
    #[error("not found")]
    NotFound,
    /// The row is there, but not in the version that the write was meant for.
    #[error("another version is stored")]
    Stale,
    /// Another request is about to do the same.
    #[error("the same request is still running")]
    InProgress,
    /// The user would have more tasks than this.
    #[error("more than {0} tasks")]
    QuotaExceeded(i64),
    /// The database cannot be reached, is overloaded, is full or took too long: trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// Anything else; a fault of ours.
    #[error("{0}")]
    Query(String),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotFound => Self::NotFound,
            Error::BrokenTransactionManager
            | Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
                Self::Unavailable(error.to_string())
            }
            Error::DatabaseError(_, information) if is_passing(information.message()) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Query(error.to_string()),
        }
    }
}

/// Diesel hands on neither SQLSTATE nor SQLite's result code, so that only the words are left: SQLite's (`sqlite3ErrStr`) for
/// BUSY, LOCKED, FULL, IOERR, CANTOPEN and READONLY, and PostgreSQL's (untranslated) for 40P01, 53xxx, 57014, 57P01-57P03 and 55P03.
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 21] = [
        TOO_LONG,
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
        "attempt to write a readonly database",
        "canceling statement due to",
        "deadlock detected",
        "terminating connection",
        "the database system is",
        "too many clients",
        "too many connections",
        "remaining connection slots",
        "No space left on device",
        "out of memory",
        "server closed the connection",
        "could not connect",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
    ];
    PASSING.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};

    use super::*;

    /// The words are SQLite's own, and may change with it.
    #[test]
    fn a_full_database_is_an_outage_that_passes() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.batch_execute("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3").unwrap();
        let full = connection.batch_execute("INSERT INTO t VALUES (hex(randomblob(20000)))").unwrap_err();
        assert!(matches!(StoreError::from(full), StoreError::Unavailable(_)));
    }
}
