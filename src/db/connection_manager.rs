//! Opens connections, and checks them for the pool.

use std::path::Path;
use std::time::Duration;

use diesel::connection::{CacheSize, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionError, PgConnection, QueryResult, SqliteConnection};

use crate::db::connection::AnyConnection;
use crate::db::database_url::DatabaseUrl;
use crate::db::error_classes::{self, Messages};
use crate::db::instrumentation::PoolInstrumentation;
use crate::db::row_security::{self, RowSecurity};
use crate::db::user_naming::{HAS_CITUS, UserNaming};
use crate::db::{postgres_url, sqlite_files, sqlite_functions, statement_time, tls_parameters};

/// The durability of a commit on SQLite (`PRAGMA synchronous`, in WAL mode).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Synchronous {
    /// Writes every commit to the disk before the response.
    Full,
    /// A power failure may lose the last commits. A crash of the process loses none.
    Normal,
}

/// Opens and checks the connections of an r2d2 pool.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionManager {
    pub url: DatabaseUrl,
    /// The name of the connection in PostgreSQL's `pg_stat_activity`, unless the URL has one.
    pub application_name: &'static str,
    pub synchronous: Synchronous,
    /// The timeout of one statement. On SQLite also the time to wait for another writer.
    pub statement_timeout: Duration,
    /// Whether a connection to PostgreSQL keeps prepared statements and session settings.
    pub prepared_statements: bool,
    /// Whether the pool rejects connections to PostgreSQL without row-level security.
    pub require_row_security: bool,
    /// How to name the user. `None`: as the kind of the server requires.
    pub user_naming: Option<UserNaming>,
    /// Counts the prepared statements of all connections.
    pub instrumentation: PoolInstrumentation,
}

impl ConnectionManager {
    /// Opens one connection.
    ///
    /// # Errors
    /// The error text of libpq or SQLite. It contains no secret.
    pub(crate) fn connect(&self) -> Result<AnyConnection, ConnectionError> {
        match &self.url {
            DatabaseUrl::Postgres(url) => {
                // diesel sets time zone and encoding; poolers keep both for each client
                let url = tls_parameters::with_system_certificates(url);
                let mut connection =
                    PgConnection::establish(&postgres_url::with_defaults(&url, self.application_name))?;
                connection.set_instrumentation(self.instrumentation.clone());
                if self.prepared_statements {
                    self.set_session(&mut connection).map_err(ConnectionError::CouldntSetupConfiguration)?;
                } else {
                    // behind a pooler, another client may get the connection with its prepared statements and settings
                    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
                }
                Ok(AnyConnection::Postgres(connection))
            }
            DatabaseUrl::Sqlite(path) => self.open_file(path),
        }
    }

    fn set_session(&self, connection: &mut PgConnection) -> QueryResult<()> {
        // Each statement has a fixed text and a matching index. One generic plan serves all values. It must not read the whole table: after
        // a mass deletion, the planner finds that cheaper than an index that is still large, and sorts the rows. A small table without an
        // index then seems costly, so `jit` would compile its statement at each use. With Citus, the plan
        // of a statement depends on the user: it names the node with the user's rows.
        connection.batch_execute(&format!(
            "SET statement_timeout = {}; SELECT set_config('plan_cache_mode', 'force_generic_plan', false), \
             set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false) WHERE NOT {HAS_CITUS}",
            self.statement_timeout.as_millis()
        ))
    }

    fn open_file(&self, path: &Path) -> Result<AnyConnection, ConnectionError> {
        sqlite_files::create(path);
        let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
        connection.set_instrumentation(self.instrumentation.clone());
        let synchronous = match self.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        };
        // the busy timeout comes first: enabling WAL needs an exclusive lock of the file
        let settings = format!(
            "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON;",
            self.statement_timeout.as_millis()
        );
        connection
            .batch_execute(&settings)
            .and_then(|()| sqlite_functions::register(&mut connection))
            .and_then(|()| statement_time::set_timeout(&mut connection, self.statement_timeout))
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(AnyConnection::Sqlite(connection))
    }
}

/// A connection of the pool.
pub(crate) struct Pooled {
    pub(crate) connection: AnyConnection,
    /// Whether the pool closes the connection on return.
    pub(crate) is_discarded: bool,
    /// The classification of its error messages.
    pub(crate) messages: Messages,
    /// How the connection names the user to the policies.
    pub(crate) user_naming: UserNaming,
    /// What to do after the commit of a transaction that several jobs share. `None`: no such transaction is open.
    pub(super) after_commit: Option<Vec<Box<dyn FnOnce() + Send>>>,
}

impl Pooled {
    /// Returns whether several jobs share the open transaction.
    pub(super) fn is_sharing(&self) -> bool {
        self.after_commit.is_some()
    }

    /// Runs an action: now, or after the commit of the shared transaction.
    pub(super) fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        match &mut self.after_commit {
            Some(actions) => actions.push(Box::new(action)),
            None => action(),
        }
    }
}

impl r2d2::ManageConnection for ConnectionManager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let mut connection = ConnectionManager::connect(self).map_err(diesel::r2d2::Error::ConnectionError)?;
        if self.require_row_security {
            let rejected = |reason| diesel::r2d2::Error::ConnectionError(ConnectionError::BadConnection(reason));
            match row_security::check(&mut connection).map_err(|error| rejected(error.to_string()))? {
                RowSecurity::On => {}
                other => return Err(rejected(format!("REQUIRE_ROW_SECURITY is set, and {other}"))),
            }
        }
        let user_naming =
            UserNaming::detect(&mut connection, self.user_naming).map_err(diesel::r2d2::Error::QueryError)?;
        let is_translated = match &mut connection {
            AnyConnection::Postgres(postgres) => {
                error_classes::request_english_messages(postgres, self.prepared_statements)
                    .map_err(diesel::r2d2::Error::QueryError)?
            }
            AnyConnection::Sqlite(_) => false,
        };
        let messages = Messages { is_translated, statement_timeout: self.statement_timeout };
        Ok(Pooled { connection, is_discarded: false, messages, user_naming, after_commit: None })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        pooled.connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        std::thread::panicking() || pooled.is_discarded || pooled.connection.is_broken()
    }
}
