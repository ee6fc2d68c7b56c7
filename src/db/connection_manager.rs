//! Opens connections, and keeps them usable.

use std::path::Path;
use std::time::Duration;

use diesel::connection::{CacheSize, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionError, PgConnection, SqliteConnection};

use crate::db::connection::AnyConnection;
use crate::db::database_url::DatabaseUrl;
use crate::db::error_classes::{self, Messages};
use crate::db::instrumentation::Notes;
use crate::db::row_security::{self, RowSecurity};
use crate::db::{sqlite_files, statement_time};

/// How SQLite makes a commit durable (`PRAGMA synchronous`, in WAL mode).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Synchronous {
    /// Every commit is on the disk before it is answered.
    Full,
    /// A power cut may lose the last commits; a crash of the process alone loses none.
    Normal,
}

/// Opens connections and keeps them usable; r2d2's manager.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionManager {
    pub url: DatabaseUrl,
    pub synchronous: Synchronous,
    /// The longest that one statement may take, and that SQLite waits for another writer.
    pub statement_timeout: Duration,
    /// Whether statements stay prepared, and settings in place, on a connection to PostgreSQL.
    pub prepared_statements: bool,
    /// Whether the pool refuses connections on which PostgreSQL does not keep users apart.
    pub require_row_security: bool,
    /// Counts what is prepared on its connections.
    pub notes: Notes,
}

impl ConnectionManager {
    /// Opens one connection.
    ///
    /// # Errors
    /// libpq's or SQLite's own words; they name no secret.
    pub(crate) fn connect(&self) -> Result<AnyConnection, ConnectionError> {
        match &self.url {
            DatabaseUrl::Postgres(url) => {
                // diesel sets time zone and encoding, which poolers keep for each of their clients
                let mut connection = PgConnection::establish(&with_defaults(url))?;
                connection.set_instrumentation(self.notes.clone());
                if self.prepared_statements {
                    // statements of fixed shape, with indexes made for them: planned once, and not anew for each value
                    let settings = format!(
                        "SET statement_timeout = {}; SET plan_cache_mode = force_generic_plan",
                        self.statement_timeout.as_millis()
                    );
                    connection.batch_execute(&settings).map_err(ConnectionError::CouldntSetupConfiguration)?;
                } else {
                    // what a pooler's connection was told would be there for its next client, and gone for this one
                    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
                }
                Ok(AnyConnection::Postgres(connection))
            }
            DatabaseUrl::Sqlite(path) => self.open_file(path),
        }
    }

    fn open_file(&self, path: &Path) -> Result<AnyConnection, ConnectionError> {
        sqlite_files::create(path);
        let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
        connection.set_instrumentation(self.notes.clone());
        let synchronous = match self.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        };
        // the waiting time first: turning WAL on needs the file for itself for a moment
        let settings = format!(
            "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON;",
            self.statement_timeout.as_millis()
        );
        connection
            .batch_execute(&settings)
            .and_then(|()| statement_time::bound(&mut connection, self.statement_timeout))
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(AnyConnection::Sqlite(connection))
    }
}

/// libpq's own defaults wait without end for a server that is gone; these apply where the URL does not say otherwise.
fn with_defaults(url: &str) -> String {
    const DEFAULTS: [(&str, &str); 6] = [
        ("application_name", "task-api"),
        ("connect_timeout", "3"),
        // a server that vanished is given up after some ten seconds, whether it was being told something or waited for
        ("keepalives_idle", "4"),
        ("keepalives_interval", "2"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "10000"),
    ];
    let mut url = url.to_owned();
    for (name, value) in DEFAULTS {
        if !url.contains(&format!("{name}=")) {
            let separator = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{separator}{name}={value}"));
        }
    }
    url
}

/// A connection in the pool, and whether it is to be closed instead of handed out again.
pub(crate) struct Pooled {
    pub(crate) connection: AnyConnection,
    pub(crate) is_discarded: bool,
    /// How its errors are read.
    pub(crate) messages: Messages,
}

impl r2d2::ManageConnection for ConnectionManager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let mut connection = ConnectionManager::connect(self).map_err(diesel::r2d2::Error::ConnectionError)?;
        if self.require_row_security {
            let refused = |reason| diesel::r2d2::Error::ConnectionError(ConnectionError::BadConnection(reason));
            match row_security::check(&mut connection).map_err(|error| refused(error.to_string()))? {
                RowSecurity::On => {}
                other => return Err(refused(format!("REQUIRE_ROW_SECURITY is set, and {other}"))),
            }
        }
        let is_translated = match &mut connection {
            AnyConnection::Postgres(postgres) => error_classes::are_translated(postgres, self.prepared_statements)
                .map_err(diesel::r2d2::Error::QueryError)?,
            AnyConnection::Sqlite(_) => false,
        };
        let messages = Messages { is_translated, statement_timeout: self.statement_timeout };
        Ok(Pooled { connection, is_discarded: false, messages })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        pooled.connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        std::thread::panicking() || pooled.is_discarded || pooled.connection.is_broken()
    }
}
