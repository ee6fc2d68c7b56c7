//! Database settings.

use std::time::Duration;

use better_auth_guard::diesel::BetterAuthNames;

use crate::db::connection_manager::{ConnectionManager, Synchronous};
use crate::db::database_url::DatabaseUrl;
use crate::db::instrumentation::PoolInstrumentation;
use crate::db::user_naming::UserNaming;

/// Database settings: URL, pool, timeouts and quota.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// The database URL (`DATABASE_URL`).
    pub url: DatabaseUrl,
    /// The number of connections for requests (`POOL_SIZE`). SQLite has one more, for writes.
    pub pool_size: usize,
    /// The timeout of a request that waits for a connection (`POOL_WAIT`).
    pub pool_wait: Duration,
    /// The timeout of one statement (`STATEMENT_TIMEOUT`).
    pub statement_timeout: Duration,
    /// The maximum number of tasks of a user, including the trash (`TASK_QUOTA`).
    pub task_quota: i64,
    /// The number of days that permanent deletions stay in the change feed (`TOMBSTONE_DAYS`).
    pub tombstone_days: i64,
    /// The durability of a commit on SQLite (`SQLITE_SYNCHRONOUS`).
    pub synchronous: Synchronous,
    /// The names of Better Auth's tables and columns.
    pub better_auth: BetterAuthNames,
    /// Whether a connection keeps prepared statements and session settings (`PREPARED_STATEMENTS`). `false` behind a pooler that shares
    /// connections between clients.
    pub prepared_statements: bool,
    /// How connections to PostgreSQL name the user to row-level security (`SET_USER_BY`). `None`: in a transaction on Citus, else in the
    /// statement.
    pub user_naming: Option<UserNaming>,
    /// Whether connections without row-level security are rejected (`REQUIRE_ROW_SECURITY`).
    pub require_row_security: bool,
}

impl DatabaseSettings {
    pub(super) fn connection_manager(&self) -> ConnectionManager {
        ConnectionManager {
            url: self.url.clone(),
            application_name: "task-api",
            synchronous: self.synchronous,
            statement_timeout: self.statement_timeout,
            prepared_statements: self.prepared_statements,
            require_row_security: self.require_row_security,
            user_naming: self.user_naming,
            instrumentation: PoolInstrumentation::default(),
        }
    }
}
