//! Classifies database errors: transient or permanent.
//!
//! diesel provides neither SQLSTATE nor SQLite's result code, only the message. SQLite's messages are always English. PostgreSQL's
//! messages are in the language of `lc_messages`. Only a superuser, or a role with the privilege, may change it. So each new connection
//! requests English. If PostgreSQL denies that, an error is permanent if it names a position, a table, a column or a constraint. Every
//! other error then counts as transient.

use std::cell::Cell;
use std::sync::Once;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use diesel::sql_query;
use diesel::sql_types::Text;

use crate::db::statement_time::{self, TIMEOUT_MESSAGE};

/// How to classify the error messages of a connection.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Messages {
    /// Whether the messages are in another language than English.
    pub(crate) is_translated: bool,
    /// The timeout of a statement.
    pub(crate) statement_timeout: Duration,
}

thread_local! {
    /// The messages of this thread's connection.
    static CURRENT: Cell<Messages> = const { Cell::new(Messages { is_translated: false, statement_timeout: Duration::ZERO }) };
}

/// Sets the classification of all later errors on this thread.
pub(crate) fn set_messages(messages: Messages) {
    CURRENT.set(messages);
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    setting: String,
}

/// Requests English messages on a new connection. Returns whether they remain translated.
///
/// `keeps_settings`: the connection keeps session settings, because no pooler shares it.
pub(crate) fn request_english_messages(connection: &mut PgConnection, keeps_settings: bool) -> QueryResult<bool> {
    let query = sql_query("SELECT current_setting('lc_messages') AS setting");
    let Setting { setting } = query.get_result(connection)?;
    if is_english(&setting) || keeps_settings && connection.batch_execute("SET lc_messages TO 'C'").is_ok() {
        return Ok(false);
    }
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        log::warn!(
            "PostgreSQL's messages are translated (lc_messages={setting}), and this role may not change that: an error without a \
             position or a name is reported as 503; run ALTER ROLE … SET lc_messages TO 'C' for exact statuses"
        );
    });
    Ok(true)
}

fn is_english(lc_messages: &str) -> bool {
    matches!(lc_messages, "C" | "POSIX") || ["C.", "en_", "English"].iter().any(|name| lc_messages.starts_with(name))
}

/// Returns whether an error is transient: a later retry may succeed.
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
            is_transient_message(information.message())
                || CURRENT.get().is_translated && has_no_location(&**information)
        }
        _ => false,
    }
}

/// Returns whether PostgreSQL ended the statement after `STATEMENT_TIMEOUT`.
pub(crate) fn is_timeout(error: &Error) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::Unknown, information) = error else { return false };
    let Messages { is_translated, statement_timeout } = CURRENT.get();
    information.message().contains("canceling statement")
        || is_translated && has_no_location(&**information) && statement_time::elapsed() >= statement_timeout
}

/// Returns whether an error has neither a position nor the name of a table, column or constraint.
///
/// An error of a statement has a position. An error of the schema or of a value has a name.
fn has_no_location(information: &dyn DatabaseErrorInformation) -> bool {
    information.statement_position().is_none()
        && information.table_name().is_none()
        && information.column_name().is_none()
        && information.constraint_name().is_none()
}

/// Returns whether a message is that of a transient error.
///
/// SQLite (`sqlite3ErrStr`): BUSY, LOCKED, FULL, IOERR, CANTOPEN and READONLY. PostgreSQL, in English: 40P01, 53xxx, 57014, 57P01-57P03
/// and 55P03. The last two are those of Citus while a node is down.
fn is_transient_message(message: &str) -> bool {
    const MESSAGES: [&str; 23] = [
        TIMEOUT_MESSAGE,
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
        "connection to the remote node",
        "could not commit transaction for shard",
    ];
    MESSAGES.iter().any(|part| message.contains(part))
}

#[cfg(test)]
mod tests {
    use diesel::SqliteConnection;

    use super::*;

    /// The message is SQLite's, and may change with its version.
    #[test]
    fn a_full_database_is_a_transient_error() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.batch_execute("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3").unwrap();
        let full = connection.batch_execute("INSERT INTO t VALUES (hex(randomblob(20000)))").unwrap_err();
        assert!(is_transient(&full));
    }

    /// An error of PostgreSQL: message, position, column.
    #[derive(Debug)]
    struct FakeError(&'static str, Option<i32>, Option<&'static str>);

    impl DatabaseErrorInformation for FakeError {
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

    fn error(information: FakeError) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(information))
    }

    #[test]
    fn translated_errors_are_classified_by_location() {
        let timeout = || error(FakeError("storniere Anfrage wegen Zeitüberschreitung der Anfrage", None, None));
        let syntax = || error(FakeError("Spalte »x« existiert nicht", Some(8), None));
        let value = || error(FakeError("NULL-Wert verletzt etwas", None, Some("title")));
        assert!(!is_transient(&timeout()), "the messages are English");
        set_messages(Messages { is_translated: true, statement_timeout: Duration::ZERO });
        let classified = [timeout(), syntax(), value()].map(|error| (is_transient(&error), is_timeout(&error)));
        assert_eq!(classified, [(true, true), (false, false), (false, false)]);
        set_messages(Messages { is_translated: true, statement_timeout: Duration::from_secs(3600) });
        assert_eq!((is_transient(&timeout()), is_timeout(&timeout())), (true, false), "the timeout has not expired");
        set_messages(Messages::default());
    }

    #[test]
    fn an_unreachable_node_of_citus_is_a_transient_error() {
        for message in [
            "connection to the remote node task_api@10.0.0.7:5432 failed with the following error: Connection refused",
            "could not commit transaction for shard 102008 on at least 1 node",
        ] {
            assert!(is_transient(&error(FakeError(message, None, None))), "{message}");
        }
    }

    #[test]
    fn english_locales_are_recognized() {
        for name in ["C", "POSIX", "C.UTF-8", "en_US.UTF-8", "en_GB", "English_United States.1252"] {
            assert!(is_english(name), "{name}");
        }
        for name in ["", "de_DE.UTF-8", "German_Germany.1252", "es", "cs_CZ"] {
            assert!(!is_english(name), "{name}");
        }
    }
}
