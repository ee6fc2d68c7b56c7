//! One connection to either database, and what each needs when it is opened.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, CacheSize, SimpleConnection, TransactionManager};
use diesel::pg::Pg;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::{Bool, HasSqlType};
use diesel::sqlite::Sqlite;
use diesel::{Connection, ConnectionError, PgConnection, SqliteConnection};

use super::StoreError;
use super::files;
use super::instrument::Notes;
use super::isolation::{self, Isolation};
use super::messages::{self, Messages};
use super::statement_time;

/// A connection to SQLite or PostgreSQL; one set of queries serves both.
///
/// Never opened by the derive's own `establish`, which tries one database after the other: [`Connector`] goes by the URL.
#[derive(diesel::MultiConnection)]
pub(super) enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// The backend of [`AnyConnection`], for query fragments of our own.
pub(super) type AnyBackend = <AnyConnection as Connection>::Backend;

/// Runs the same on whichever database a connection leads to, with that database's own types. [`AnyConnection`] can be asked as well, and
/// is, but writes the text of a statement up to three times when it runs it, and looks at each field of a row through wrappers.
macro_rules! on_either {
    ($connection:expr, $inner:ident => $run:expr) => {
        match $connection {
            $crate::store::connection::AnyConnection::Postgres($inner) => $run,
            $crate::store::connection::AnyConnection::Sqlite($inner) => $run,
        }
    };
}
pub(super) use on_either;

/// A backend whose SQL we know: one of the two, or [`AnyBackend`], which is one of them when it runs.
pub(super) trait Dialect: Backend + HasSqlType<Bool> {
    /// Whether it is PostgreSQL; otherwise it is SQLite.
    fn is_postgres(&self) -> bool;
}

impl Dialect for Pg {
    fn is_postgres(&self) -> bool {
        true
    }
}

impl Dialect for Sqlite {
    fn is_postgres(&self) -> bool {
        false
    }
}

impl Dialect for AnyBackend {
    fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Where the database is. Prints without user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `postgres://…` or `postgresql://…`, as libpq reads it.
    Postgres(String),
    /// A SQLite file.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                if !cfg!(feature = "tls") && asks_for_tls(url) {
                    return Err("asks for TLS (sslmode), which this build does not have: build it with --features tls");
                }
                Ok(Self::Postgres(url.to_owned()))
            }
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() || path.contains(":memory:") || path.starts_with("file:") {
                    return Err("must name a file: sqlite:PATH");
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err("must start with sqlite:, postgres:// or postgresql://"),
        }
    }
}

fn asks_for_tls(url: &str) -> bool {
    ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"].iter().any(|mode| url.contains(mode))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let place = url.split_once("://").map_or("", |(_, rest)| rest);
                let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
                write!(f, "postgres://{}", place.split('?').next().unwrap_or(""))
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

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
pub(super) struct Connector {
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

impl Connector {
    /// Opens one connection.
    ///
    /// # Errors
    /// libpq's or SQLite's own words; they name no secret.
    pub(super) fn connect(&self) -> Result<AnyConnection, ConnectionError> {
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
        files::create(path);
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

/// Runs several statements as one. On SQLite the write lock is taken at once: a transaction that reads first, and finds another writer
/// when it comes to write, fails without waiting.
pub(super) fn write_transaction<R>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
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
pub(super) struct Pooled {
    pub(super) connection: AnyConnection,
    pub(super) is_discarded: bool,
    /// How its errors are read.
    pub(super) messages: Messages,
}

impl r2d2::ManageConnection for Connector {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let mut connection = Connector::connect(self).map_err(diesel::r2d2::Error::ConnectionError)?;
        if self.require_row_security {
            let refused = |reason| diesel::r2d2::Error::ConnectionError(ConnectionError::BadConnection(reason));
            match isolation::look(&mut connection).map_err(|error| refused(error.to_string()))? {
                Isolation::On => {}
                other => return Err(refused(format!("REQUIRE_ROW_SECURITY is set, and {other}"))),
            }
        }
        let is_translated = match &mut connection {
            AnyConnection::Postgres(postgres) => {
                messages::are_translated(postgres, self.prepared_statements).map_err(diesel::r2d2::Error::QueryError)?
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides_and_a_typo_is_no_file() {
        assert_eq!("sqlite:a/b.db".parse(), Ok(DatabaseUrl::Sqlite("a/b.db".into())));
        assert_eq!("sqlite:///a/b.db".parse(), Ok(DatabaseUrl::Sqlite("/a/b.db".into())));
        assert!(matches!("postgresql://h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        for url in
            ["", "postgres-db", "postgres:h", "mysql://h/d", "data/a.db", "sqlite:", "sqlite::memory:", "SQLITE:a"]
        {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_url_prints_without_its_password() {
        let url: DatabaseUrl = "postgres://me:p%40ss@db.example:5432/tasks?options=x".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://db.example:5432/tasks postgres://db.example:5432/tasks");
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_is_refused_by_a_build_without_it() {
        assert!("postgres://h/d?sslmode=require".parse::<DatabaseUrl>().unwrap_err().contains("--features tls"));
        assert!("postgres://h/d?sslmode=prefer".parse::<DatabaseUrl>().is_ok());
    }
}
