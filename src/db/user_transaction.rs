//! Transactions of one user's statements.

use std::cell::Cell;

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::tasks::owner_scope::OwnerId;
use crate::db::transaction::write_transaction;
use crate::db::user_naming::{BEGIN_WITH_SETTINGS, UserNaming, set_local};

/// The transaction of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum TransactionScope<'c> {
    /// Each statement is a transaction.
    Statement,
    /// Several jobs share the open transaction. Each [`in_transaction`] is a savepoint.
    Savepoint,
    /// An open transaction names the user. It has the writes of at most one [`in_transaction`], and then the value is `true`.
    Naming(&'c Cell<bool>),
    /// The statement belongs to an [`in_transaction`].
    Transaction,
}

/// Runs `work` for a user, in a transaction that names the user if this is needed. `is_sharing`: several jobs share the open transaction.
pub(super) fn run_as<R>(
    connection: &mut AnyConnection,
    owner: OwnerId<'_>,
    is_sharing: bool,
    work: impl FnOnce(&mut AnyConnection, TransactionScope<'_>) -> Result<R, DbError>,
) -> Result<R, DbError> {
    if owner.naming != UserNaming::InTransaction {
        return work(connection, if is_sharing { TransactionScope::Savepoint } else { TransactionScope::Statement });
    }
    let has_writes = Cell::new(false);
    begin_as(connection, owner)?;
    let outcome = work(connection, TransactionScope::Naming(&has_writes));
    match &outcome {
        Ok(_) => AnyConnection::commit_transaction(connection)?,
        // the writes before the error are complete
        Err(_) if has_writes.get() => drop(AnyConnection::commit_transaction(connection)),
        // a connection whose rollback fails is broken; the pool discards it
        Err(_) => drop(AnyConnection::rollback_transaction(connection)),
    }
    outcome
}

/// Runs `work` in a transaction of this scope. Rolls back its writes on an error, and only these.
pub(super) fn in_transaction<R>(
    connection: &mut AnyConnection,
    owner: OwnerId<'_>,
    scope: TransactionScope<'_>,
    work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError>,
) -> Result<R, DbError> {
    match scope {
        TransactionScope::Transaction => work(connection),
        TransactionScope::Statement => write_transaction(connection, work),
        // within a transaction, diesel's is a savepoint
        TransactionScope::Savepoint => connection.transaction(work),
        TransactionScope::Naming(has_writes) => {
            if has_writes.replace(false) {
                AnyConnection::commit_transaction(connection)?;
                begin_as(connection, owner)?;
            }
            let outcome = work(connection);
            match &outcome {
                Ok(_) => has_writes.set(true),
                Err(_) => {
                    AnyConnection::rollback_transaction(connection)?;
                    begin_as(connection, owner)?;
                }
            }
            outcome
        }
    }
}

/// Begins a transaction that names the user.
fn begin_as(connection: &mut AnyConnection, owner: OwnerId<'_>) -> Result<(), DbError> {
    let AnyConnection::Postgres(connection) = connection else { return Ok(()) };
    AnsiTransactionManager::begin_transaction_sql(connection, BEGIN_WITH_SETTINGS)?;
    Ok(set_local(connection, "app.user_id", owner.id)?)
}
