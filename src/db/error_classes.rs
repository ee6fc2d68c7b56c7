//! The language of PostgreSQL's messages, where a transient error must be told from a fault.
//!
//! diesel gives neither SQLSTATE nor SQLite's result code, only the message. SQLite's messages are always English. PostgreSQL's are in
//! the language of `lc_messages`, which only a superuser may change, or a role with the right to it. So each new connection asks for
//! English. Where that is refused, a fault is an error that names a part of the statement or of the schema, or a violated constraint;
//! every other error counts as transient.

use std::cell::Cell;
use std::sync::Once;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use diesel::sql_query;
use diesel::sql_types::Text;

use crate::db::statement_time::{self, TOO_LONG};

/// What a connection says of its messages.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Messages {
    /// Whether they are in another language than English.
    pub(crate) is_translated: bool,
    /// The longest that a statement may take.
    pub(crate) statement_timeout: Duration,
}

thread_local! {
    /// Those of the connection that this thread works with.
    static CURRENT: Cell<Messages> = const { Cell::new(Messages { is_translated: false, statement_timeout: Duration::ZERO }) };
}

/// Reads all further errors of this thread by these.
pub(crate) fn read_by(messages: Messages) {
    CURRENT.set(messages);
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    setting: String,
}

/// Asks a new connection for English messages. Gives whether they are translated all the same. `may_set`: the connection keeps its
/// settings, and belongs to this service alone.
pub(crate) fn are_translated(connection: &mut PgConnection, may_set: bool) -> QueryResult<bool> {
    let ask = sql_query("SELECT current_setting('lc_messages') AS setting");
    let Setting { setting } = ask.get_result(connection)?;
    if is_english(&setting) || may_set && connection.batch_execute("SET lc_messages TO 'C'").is_ok() {
        return Ok(false);
    }
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        log::warn!(
            "PostgreSQL's messages are translated (lc_messages={setting}), and this role may not change that: an error that names no \
             part of a statement is answered 503; ALTER ROLE … SET lc_messages TO 'C' makes it exact"
        );
    });
    Ok(true)
}

fn is_english(lc_messages: &str) -> bool {
    matches!(lc_messages, "C" | "POSIX") || ["C.", "en_", "English"].iter().any(|name| lc_messages.starts_with(name))
}

/// Whether an error is of the moment and not of the statement: trying again later may help.
pub(crate) fn is_transient(error: &Error) -> bool {
    use DatabaseErrorKind::{
        ClosedConnection, ReadOnlyTransaction, SerializationFailure, UnableToSendCommand, Unknown,
    };
    match error {
        Error::BrokenTransactionManager => true,
        // a standby is read-only until it is promoted
        Error::DatabaseError(
            ClosedConnection | UnableToSendCommand | SerializationFailure | ReadOnlyTransaction,
            _,
        ) => true,
        Error::DatabaseError(Unknown, information) => {
            is_transient_code(information.message()) || CURRENT.get().is_translated && names_nothing(&**information)
        }
        _ => false,
    }
}

/// Whether PostgreSQL ended the statement after `STATEMENT_TIMEOUT`.
pub(crate) fn is_timeout(error: &Error) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::Unknown, information) = error else { return false };
    let Messages { is_translated, statement_timeout } = CURRENT.get();
    information.message().contains("canceling statement")
        || is_translated && names_nothing(&**information) && statement_time::elapsed() >= statement_timeout
}

/// An error of a statement has a position in it, one of the schema or of a value names a table, column or constraint.
fn names_nothing(information: &dyn DatabaseErrorInformation) -> bool {
    information.statement_position().is_none()
        && information.table_name().is_none()
        && information.column_name().is_none()
        && information.constraint_name().is_none()
}

/// The messages of SQLite (`sqlite3ErrStr`) for BUSY, LOCKED, FULL, IOERR, CANTOPEN and READONLY, and of PostgreSQL in English for
/// 40P01, 53xxx, 57014, 57P01-57P03 and 55P03.
fn is_transient_code(message: &str) -> bool {
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
    use diesel::SqliteConnection;

    use super::*;

    /// The words are SQLite's own, and may change with it.
    #[test]
    fn a_full_database_is_an_outage_that_passes() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.batch_execute("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3").unwrap();
        let full = connection.batch_execute("INSERT INTO t VALUES (hex(randomblob(20000)))").unwrap_err();
        assert!(is_transient(&full));
    }

    /// What PostgreSQL says, with the position or the column that it is about.
    #[derive(Debug)]
    struct Said(&'static str, Option<i32>, Option<&'static str>);

    impl DatabaseErrorInformation for Said {
        fn message(&self) -> &str {
            self.0
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            self.2
        }
        fn constraint_name(&self) -> Option<&str> {
            None
        }
        fn statement_position(&self) -> Option<i32> {
            self.1
        }
    }

    fn error(said: Said) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(said))
    }

    #[test]
    fn another_language_is_read_by_what_an_error_names() {
        let timeout = || error(Said("storniere Anfrage wegen Zeitüberschreitung der Anfrage", None, None));
        let syntax = || error(Said("Spalte »x« existiert nicht", Some(8), None));
        let value = || error(Said("NULL-Wert verletzt etwas", None, Some("title")));
        assert!(!is_transient(&timeout()), "English was expected");
        read_by(Messages { is_translated: true, statement_timeout: Duration::ZERO });
        let judged = [timeout(), syntax(), value()].map(|error| (is_transient(&error), is_timeout(&error)));
        assert_eq!(judged, [(true, true), (false, false), (false, false)]);
        read_by(Messages { is_translated: true, statement_timeout: Duration::from_secs(3600) });
        assert_eq!((is_transient(&timeout()), is_timeout(&timeout())), (true, false), "it did not take that long");
        read_by(Messages::default());
    }

    #[test]
    fn english_has_several_names() {
        for name in ["C", "POSIX", "C.UTF-8", "en_US.UTF-8", "en_GB", "English_United States.1252"] {
            assert!(is_english(name), "{name}");
        }
        for name in ["", "de_DE.UTF-8", "German_Germany.1252", "es", "cs_CZ"] {
            assert!(!is_english(name), "{name}");
        }
    }
}
