//! The service's own migrations: its tables, never Better Auth's.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::connection::AnyConnection;
use crate::db::database_url::DatabaseUrl;
use crate::db::error::DbError;
use crate::db::row_security::{self, RowSecurity};
use crate::db::settings::DatabaseSettings;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The advisory lock that starters queue on: diesel takes none, and four at once would fail (any number does, if it is ours).
const LOCK: i64 = 0x7461_736b_2d61_7069;

/// How long another starter's migration is waited for, which is no slow statement.
const PATIENCE: Duration = Duration::from_secs(120);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How the database's schema compares with this build.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationState {
    /// Names of the migrations that are applied, oldest first.
    pub applied: Vec<String>,
    /// Names of those that are not.
    pub pending: Vec<String>,
}

/// A connection of its own for migrating: opened once, so that a wrong password is told at once and in the server's words.
pub struct Migrator {
    connection: AnyConnection,
    /// SQLite's folder, locked: of several starters one at a time turns the write-ahead log on, which SQLite itself does not wait for.
    _turn: Option<File>,
}

impl Migrator {
    /// Connects.
    ///
    /// # Errors
    /// The database's own words.
    pub fn connect(settings: &DatabaseSettings) -> Result<Self, diesel::ConnectionError> {
        let mut connector = settings.connector();
        let turn = match &settings.url {
            DatabaseUrl::Sqlite(file) => {
                connector.statement_timeout = PATIENCE;
                locked_folder(file)
            }
            DatabaseUrl::Postgres(_) => None,
        };
        Ok(Self { connection: connector.connect()?, _turn: turn })
    }

    /// Applies what is pending, under a lock; gives the names of what was applied.
    ///
    /// # Errors
    /// The migration that failed, and why; it is rolled back.
    pub fn run(&mut self) -> Result<Vec<String>, Failure> {
        match &mut self.connection {
            AnyConnection::Postgres(connection) => locked(connection, |connection| run_pending(connection, POSTGRES)),
            AnyConnection::Sqlite(connection) => exclusively(connection, |connection| run_pending(connection, SQLITE)),
        }
    }

    /// Takes back the newest migration; gives its name, or `None` if there was none.
    ///
    /// # Errors
    /// As for [`Migrator::run`].
    pub fn revert(&mut self) -> Result<Option<String>, Failure> {
        let newest = self.state()?.applied.pop();
        if newest.is_some() {
            match &mut self.connection {
                AnyConnection::Postgres(connection) => {
                    locked(connection, |connection| connection.revert_last_migration(POSTGRES).map(drop))?;
                }
                AnyConnection::Sqlite(connection) => {
                    exclusively(connection, |connection| connection.revert_last_migration(SQLITE).map(drop))?;
                }
            }
        }
        Ok(newest)
    }

    /// What is applied and what is not.
    ///
    /// # Errors
    /// The database's own words.
    pub fn state(&mut self) -> Result<MigrationState, Failure> {
        state(&mut self.connection).map_err(Into::into)
    }

    /// Whether the database keeps users apart by itself, once it is migrated.
    ///
    /// # Errors
    /// The database's own words.
    pub fn isolation(&mut self) -> Result<RowSecurity, Failure> {
        row_security::check(&mut self.connection).map_err(Into::into)
    }
}

/// The lock goes with the file handle. Where a file system has none, starters are on their own.
fn locked_folder(file: &Path) -> Option<File> {
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let locked = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
    locked.inspect_err(|error| log::warn!("migrations run without a lock of the database's folder: {error}")).ok()
}

/// Compares the versions on record with those of this build. Writes nothing: a database that was never migrated has none.
pub(crate) fn state(connection: &mut AnyConnection) -> Result<MigrationState, DbError> {
    let known = match connection {
        AnyConnection::Postgres(_) => names::<diesel::pg::Pg>(&POSTGRES),
        AnyConnection::Sqlite(_) => names::<diesel::sqlite::Sqlite>(&SQLITE),
    };
    let versions = recorded_versions(connection)?;
    let is_applied = |(version, _): &(String, String)| versions.contains(version);
    let (applied, pending): (Vec<_>, Vec<_>) = known.into_iter().partition(is_applied);
    let only_names = |list: Vec<(String, String)>| list.into_iter().map(|(_, name)| name).collect();
    Ok(MigrationState { applied: only_names(applied), pending: only_names(pending) })
}

#[derive(diesel::QueryableByName)]
struct Recorded {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn recorded_versions(connection: &mut AnyConnection) -> Result<Vec<String>, DbError> {
    let table = match connection {
        AnyConnection::Postgres(_) => {
            "SELECT 'there' AS version WHERE to_regclass('__diesel_schema_migrations') IS NOT NULL"
        }
        AnyConnection::Sqlite(_) => {
            "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
        }
    };
    if diesel::sql_query(table).load::<Recorded>(connection)?.is_empty() {
        return Ok(Vec::new());
    }
    let rows = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<Recorded>(connection)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Version and full name of each embedded migration, oldest first.
fn names<B: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Vec<(String, String)>
where
    EmbeddedMigrations: MigrationSource<B>,
{
    let migrations = MigrationSource::<B>::migrations(source).expect("embedded migrations can be listed");
    let mut names: Vec<_> = migrations
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect();
    names.sort();
    names
}

fn run_pending<B, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, Failure>
where
    B: diesel::backend::Backend,
    C: MigrationHarness<B>,
    EmbeddedMigrations: MigrationSource<B>,
{
    let names = names::<B>(&source);
    let applied: Vec<MigrationVersion<'_>> = connection.run_pending_migrations(source)?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    Ok(names.into_iter().filter(|(version, _)| applied.contains(version)).map(|(_, name)| name).collect())
}

/// In one transaction, and the lock goes with it: of a session's lock nobody could say on which connection a pooler in transaction mode
/// takes it, and on which it gives it back.
fn locked<R>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<R, Failure>,
) -> Result<R, Failure> {
    connection.transaction(|connection| {
        connection.batch_execute(&format!("SET LOCAL statement_timeout = {}", PATIENCE.as_millis()))?;
        connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK})"))?;
        work(connection)
    })
}

/// SQLite's lock is the transaction itself, taken before the record of versions is read.
fn exclusively<R>(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Result<R, Failure>,
) -> Result<R, Failure> {
    connection.exclusive_transaction(work)
}
