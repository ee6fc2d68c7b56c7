//! Settings of the database.

use std::time::Duration;

use crate::db::better_auth::names::BetterAuthNames;
use crate::db::connection_manager::{ConnectionManager, Synchronous};
use crate::db::database_url::DatabaseUrl;
use crate::db::instrumentation::Notes;

/// How the database is reached, and how long is waited for what.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Where it is.
    pub url: DatabaseUrl,
    /// How many connections serve requests; on SQLite, one more writes.
    pub pool_size: usize,
    /// How long a request waits for a free connection.
    pub pool_wait: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How many tasks a user may have, the trash included.
    pub task_quota: i64,
    /// How durable a commit on SQLite is.
    pub synchronous: Synchronous,
    /// How Better Auth's tables are named.
    pub better_auth: BetterAuthNames,
    /// Whether statements stay prepared on a connection, and settings with it; not so behind a pooler that shares it.
    pub prepared_statements: bool,
    /// Whether connections are refused on which PostgreSQL does not keep users apart by itself.
    pub require_row_security: bool,
}

impl DatabaseSettings {
    pub(super) fn connector(&self) -> ConnectionManager {
        ConnectionManager {
            url: self.url.clone(),
            synchronous: self.synchronous,
            statement_timeout: self.statement_timeout,
            prepared_statements: self.prepared_statements,
            require_row_security: self.require_row_security,
            notes: Notes::default(),
        }
    }
}
