//! Transactions that write.

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// Runs several statements as one. On SQLite the write lock is taken at once: a transaction that reads first, and finds another writer
/// when it comes to write, fails without waiting.
pub(crate) fn write_transaction<R>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError>,
) -> Result<R, DbError> {
    match connection {
        AnyConnection::Postgres(postgres) => AnsiTransactionManager::begin_transaction_sql(postgres, "BEGIN")?,
        AnyConnection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
    }
    let outcome = work(connection);
    match &outcome {
        Ok(_) => AnyConnection::commit_transaction(connection)?,
        // a connection on which even this fails is broken, and will be let go as such
        Err(_) => drop(AnyConnection::rollback_transaction(connection)),
    }
    outcome
}
