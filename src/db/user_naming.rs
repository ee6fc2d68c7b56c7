//! How a connection names the user to the policies of row-level security.
//!
//! PostgreSQL's policies limit a statement to the rows of the user in `app.user_id`. The setting lasts until the end of the transaction,
//! so it does not remain on a connection, also behind a pooler that shares it. There are two ways to set it:
//!
//! - [`UserNaming::InStatement`]: a sub-select of the owner condition calls `set_config` (see `tasks::owner_scope`). This costs no round
//!   trip.
//! - [`UserNaming::InTransaction`]: `SET LOCAL` after `BEGIN`. This costs three round trips. Citus runs a statement on the node that has
//!   the user's rows, and sends `SET LOCAL` to this node before. It evaluates `set_config` elsewhere or rejects the statement.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Bool;

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::transaction::transaction_from;

/// How a connection names the user to the policies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserNaming {
    /// SQLite has no policies.
    NotNeeded,
    /// The owner condition of each statement sets `app.user_id`.
    InStatement,
    /// A transaction with `SET LOCAL app.user_id` has all statements.
    InTransaction,
}

impl UserNaming {
    /// Returns how to name the user on this connection. `configured`: not the way of the server's kind (`SET_USER_BY`).
    pub(super) fn detect(connection: &mut AnyConnection, configured: Option<Self>) -> QueryResult<Self> {
        match (connection, configured) {
            (AnyConnection::Sqlite(_), _) => Ok(Self::NotNeeded),
            (AnyConnection::Postgres(_), Some(configured)) => Ok(configured),
            (AnyConnection::Postgres(postgres), None) => {
                Ok(if has_citus(postgres)? { Self::InTransaction } else { Self::InStatement })
            }
        }
    }
}

/// The SQL condition that the database has the extension Citus.
pub(super) const HAS_CITUS: &str = "EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')";

/// Returns whether the database has the extension Citus.
pub(super) fn has_citus(connection: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Citus {
        #[diesel(sql_type = Bool)]
        is_installed: bool,
    }
    let citus = sql_query(format!("SELECT {HAS_CITUS} AS is_installed"));
    Ok(citus.get_result::<Citus>(connection)?.is_installed)
}

/// Begins a transaction in which Citus sends `SET LOCAL` to the nodes that it uses. Other servers ignore the setting.
pub(super) const BEGIN_WITH_SETTINGS: &str = "BEGIN; SET LOCAL citus.propagate_set_commands = 'local'";

/// Runs `work` in a transaction with this setting of the policies. SQLite has no settings.
pub(super) fn with_local_setting<R>(
    connection: &mut AnyConnection,
    name: &'static str,
    value: &str,
    work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError>,
) -> Result<R, DbError> {
    transaction_from(BEGIN_WITH_SETTINGS, connection, |connection| {
        if let AnyConnection::Postgres(postgres) = connection {
            set_local(postgres, name, value)?;
        }
        work(connection)
    })
}

/// As [`with_local_setting`], for a connection that is outside the pool and closed after an error.
pub(super) fn with_local_setting_on_postgres<R>(
    connection: &mut PgConnection,
    name: &'static str,
    value: &str,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<R>,
) -> QueryResult<R> {
    AnsiTransactionManager::begin_transaction_sql(connection, BEGIN_WITH_SETTINGS)?;
    // after an error, the caller closes the connection
    set_local(connection, name, value)?;
    let result = work(connection)?;
    AnsiTransactionManager::commit_transaction(connection)?;
    Ok(result)
}

/// Sets a setting until the end of the transaction.
pub(super) fn set_local(connection: &mut PgConnection, name: &'static str, value: &str) -> QueryResult<()> {
    // Citus sends the whole message to other nodes, so it has no other statement
    connection.batch_execute(&format!("SET LOCAL {name} = {}", literal(value)))
}

/// Writes a text as an SQL literal. `SET` has no parameters.
///
/// In this form, backslashes are escapes, whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_ends_only_at_its_end() {
        assert_eq!(literal("alice"), "E'alice'");
        assert_eq!(literal(r"a'b\'; DROP TABLE tasks --"), r"E'a''b\\''; DROP TABLE tasks --'");
    }
}
