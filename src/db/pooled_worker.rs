//! The connection of a worker thread, and its transaction of several jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::R2D2Connection;
use r2d2::{Pool, PooledConnection};

use crate::db::connection::AnyConnection;
use crate::db::connection_manager::{ConnectionManager, Pooled};
use crate::db::error::DbError;
use crate::db::error_classes;
use crate::db::user_naming::{UserNaming, set_local};

/// The idle time after which a connection is checked before use. The database may have restarted.
const IDLE_CHECK_AFTER: Duration = Duration::from_secs(1);

/// The time that a write of a shared transaction waits for locks, on PostgreSQL. Then it runs again by itself.
const LOCK_TIMEOUT: Duration = Duration::from_millis(50);

/// A worker thread's connection.
///
/// It is checked out once and kept until it breaks. So a request on a busy connection costs no check.
pub(super) struct PooledWorker {
    pool: Pool<ConnectionManager>,
    connection: Option<PooledConnection<ConnectionManager>>,
    last_used: Instant,
    /// The current generation of the pool's connections.
    pool_generation: Arc<AtomicUsize>,
    /// The generation of this connection.
    generation: usize,
}

impl PooledWorker {
    pub(super) fn new(pool: Pool<ConnectionManager>, pool_generation: Arc<AtomicUsize>) -> Self {
        Self { pool, connection: None, last_used: Instant::now(), pool_generation, generation: 0 }
    }

    /// Runs `work` on the connection, in the shared transaction if one is open.
    pub(super) fn with_connection<R>(
        &mut self,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError>,
    ) -> Result<R, DbError> {
        if let Some(pooled) = self.connection.as_mut().filter(|pooled| pooled.is_sharing()) {
            return work(pooled);
        }
        let connection = self.checked_connection()?;
        let outcome = work(connection);
        // diesel does not report a lost server as a broken connection; the pool must not reuse the connection
        let is_broken = connection.connection.is_broken() || matches!(outcome, Err(DbError::Unavailable(_)));
        self.last_used = Instant::now();
        if is_broken {
            self.discard_connection();
        }
        outcome
    }

    fn checked_connection(&mut self) -> Result<&mut Pooled, DbError> {
        let generation = self.pool_generation.load(Ordering::SeqCst);
        let is_outdated = std::mem::replace(&mut self.generation, generation) != generation;
        let is_idle = self.last_used.elapsed() > IDLE_CHECK_AFTER;
        if self.connection.as_mut().is_some_and(|pooled| is_outdated || is_idle && pooled.connection.ping().is_err()) {
            self.discard_connection();
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            vacant => vacant.insert(self.pool.get().map_err(|error| DbError::Unavailable(error.to_string()))?),
        };
        error_classes::set_messages(connection.messages);
        Ok(connection)
    }

    /// Closes the connection. The next job opens another one.
    pub(super) fn discard_connection(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            connection.is_discarded = true;
        }
    }

    /// Returns whether several jobs can share a transaction on this connection to PostgreSQL: each statement names its user.
    pub(super) fn can_share_transactions(&self) -> bool {
        self.connection.as_ref().is_some_and(|pooled| pooled.user_naming == UserNaming::InStatement)
    }

    /// Begins a transaction that the next jobs share. Takes SQLite's write lock. On PostgreSQL, limits the wait for locks.
    pub(super) fn begin_shared(&mut self) -> Result<(), DbError> {
        let pooled = self.checked_connection()?;
        let begun = match &mut pooled.connection {
            AnyConnection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE"),
            AnyConnection::Postgres(postgres) => AnsiTransactionManager::begin_transaction_sql(
                postgres,
                &format!("BEGIN; SET LOCAL lock_timeout = {}", LOCK_TIMEOUT.as_millis()),
            ),
        };
        match begun {
            Ok(()) => pooled.after_commit = Some(Vec::new()),
            Err(_) => self.discard_connection(),
        }
        Ok(begun?)
    }

    /// Removes the user's name from the shared transaction, so that the policies of PostgreSQL hide all rows from a statement that names
    /// no user.
    ///
    /// # Errors
    /// An error has ended the transaction.
    pub(super) fn unname_user(&mut self) -> Result<(), DbError> {
        match self.connection.as_deref_mut().map(|pooled| &mut pooled.connection) {
            Some(AnyConnection::Postgres(postgres)) => Ok(set_local(postgres, "app.user_id", "")?),
            _ => Err(not_committed("it is closed")),
        }
    }

    /// Returns whether the shared transaction is still open. After some errors, such as a full disk, SQLite ends it.
    pub(super) fn is_shared_open(&mut self) -> bool {
        let Some(connection) = self.connection.as_deref_mut().and_then(|pooled| sqlite(pooled).ok()) else {
            return false;
        };
        // fails within a transaction, and only there
        connection.batch_execute("BEGIN").is_err()
    }

    /// Rolls back what a job that panicked has written. Returns whether this succeeded.
    pub(super) fn roll_back_job(&mut self) -> bool {
        let Some(connection) = self.connection.as_deref_mut().and_then(|pooled| sqlite(pooled).ok()) else {
            return false;
        };
        let depth = |connection: &mut SqliteConnection| {
            let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
            status.transaction_depth().ok().flatten().map_or(0, u32::from)
        };
        while depth(connection) > 1 {
            if AnsiTransactionManager::rollback_transaction(connection).is_err() {
                return false;
            }
        }
        depth(connection) == 1
    }

    /// Commits the shared transaction, then runs what its jobs registered with [`Pooled::after_commit`].
    pub(super) fn commit_shared(&mut self) -> Result<(), DbError> {
        self.last_used = Instant::now();
        let Some(pooled) = self.connection.as_deref_mut() else { return Err(not_committed("it is closed")) };
        let actions = pooled.after_commit.take().unwrap_or_default();
        let committed = AnyConnection::commit_transaction(&mut pooled.connection)
            .map_err(|error| not_committed(&error.to_string()));
        match committed {
            Ok(()) => actions.into_iter().for_each(|action| action()),
            Err(_) => self.discard_connection(),
        }
        committed
    }

    /// Rolls back the shared transaction, to run its jobs again.
    ///
    /// # Errors
    /// The connection is broken.
    pub(super) fn roll_back_shared(&mut self) -> Result<(), DbError> {
        let Some(pooled) = self.connection.as_deref_mut() else { return Err(not_committed("it is closed")) };
        pooled.after_commit = None;
        let rolled_back = AnyConnection::rollback_transaction(&mut pooled.connection);
        if rolled_back.is_err() || pooled.connection.is_broken() {
            self.discard_connection();
        }
        rolled_back.map_err(|error| not_committed(&error.to_string()))
    }

    /// Rolls back the shared transaction, by closing its connection. Returns the error of its jobs.
    pub(super) fn abort_shared(&mut self) -> DbError {
        self.discard_connection();
        not_committed("a write failed")
    }
}

fn sqlite(pooled: &mut Pooled) -> Result<&mut SqliteConnection, DbError> {
    match &mut pooled.connection {
        AnyConnection::Sqlite(connection) => Ok(connection),
        AnyConnection::Postgres(_) => Err(DbError::Query("only writes to SQLite share transactions".into())),
    }
}

fn not_committed(cause: &str) -> DbError {
    DbError::Unavailable(format!("the transaction of this write was not committed: {cause}"))
}
