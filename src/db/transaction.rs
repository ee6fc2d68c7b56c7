//! Write transactions.

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// Runs `work` in a transaction; rolls back on an error.
///
/// On SQLite, takes the write lock at the start. A transaction that reads first fails without waiting if another writer is active.
pub(crate) fn write_transaction<R>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError>,
) -> Result<R, DbError> {
    transaction_from("BEGIN", connection, work)
}

/// As [`write_transaction`], with the statements that begin it on PostgreSQL.
pub(super) fn transaction_from<R>(
    begin_on_postgres: &str,
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError>,
) -> Result<R, DbError> {
    match connection {
        AnyConnection::Postgres(postgres) => {
            AnsiTransactionManager::begin_transaction_sql(postgres, begin_on_postgres)?
        }
        AnyConnection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
    }
    let outcome = work(connection);
    match &outcome {
        Ok(_) => AnyConnection::commit_transaction(connection)?,
        // a connection whose rollback fails is broken; the pool discards it
        Err(_) => drop(AnyConnection::rollback_transaction(connection)),
    }
    outcome
}
