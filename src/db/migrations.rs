//! Migrations of the service's tables. Better Auth migrates its own tables.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::citus::{self, CitusState};
use crate::db::connection::AnyConnection;
use crate::db::database_url::DatabaseUrl;
use crate::db::error::DbError;
use crate::db::row_security::{self, RowSecurity};
use crate::db::settings::DatabaseSettings;
use crate::db::user_naming;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The key of the advisory lock for migrations; an arbitrary constant.
///
/// diesel takes no lock, and several instances that migrate at the same time fail.
const LOCK_KEY: i64 = 0x7461_736b_2d61_7069;

/// The time to wait for the migration of another instance.
const LOCK_TIMEOUT: Duration = Duration::from_secs(120);

/// A create with a key locks the stored responses before the tasks. Migrations that lock both in another order would deadlock with it.
const LOCK_STORED_RESPONSES: &str = "DO $$ BEGIN IF to_regclass('idempotent_answers') IS NOT NULL THEN \
                                     LOCK TABLE idempotent_answers IN ACCESS EXCLUSIVE MODE; END IF; END $$";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Migrations after which instances without them cannot serve. All others only add what older instances ignore.
const BREAKING_ON_POSTGRES: &[&str] = &["2026-11-21-120000_isolate_users"];
const BREAKING_ON_SQLITE: &[&str] = &[];

/// The migrations of this build, compared with the database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationState {
    /// Names of the applied migrations, oldest first.
    pub applied: Vec<String>,
    /// Names of the pending migrations, oldest first.
    pub pending: Vec<String>,
    /// Versions of applied migrations that this build does not have: a newer build applied them.
    pub unknown: Vec<String>,
    /// Names of the breaking migrations, oldest first.
    pub breaking: &'static [&'static str],
}

/// A connection for migrations.
///
/// It is outside the pool and not retried. So the error text of the server, such as a wrong password, is reported immediately.
pub struct Migrator {
    connection: AnyConnection,
    /// The lock of SQLite's folder. SQLite does not wait for an instance that enables the write-ahead log.
    _folder_lock: Option<File>,
}

impl Migrator {
    /// Opens the connection.
    ///
    /// # Errors
    /// The error text of the database.
    pub fn connect(settings: &DatabaseSettings) -> Result<Self, diesel::ConnectionError> {
        let mut manager = settings.connection_manager();
        let folder_lock = match &settings.url {
            DatabaseUrl::Sqlite(file) => {
                manager.statement_timeout = LOCK_TIMEOUT;
                lock_folder(file)
            }
            DatabaseUrl::Postgres(_) => None,
        };
        Ok(Self { connection: manager.connect()?, _folder_lock: folder_lock })
    }

    /// Applies the pending migrations under a lock. Returns their names.
    ///
    /// # Errors
    /// The failed migration and its error. The migration is rolled back.
    pub fn run(&mut self) -> Result<Vec<String>, BoxError> {
        match &mut self.connection {
            AnyConnection::Postgres(connection) => {
                with_advisory_lock(connection, |connection| {
                    if connection.has_pending_migration(POSTGRES)? {
                        connection.batch_execute(LOCK_STORED_RESPONSES)?;
                    }
                    let applied = run_pending(connection, POSTGRES)?;
                    // new tables of a distributed database are distributed too
                    if citus::is_distributed(connection)? {
                        citus::distribute(connection)?;
                    }
                    Ok(applied)
                })
            }
            AnyConnection::Sqlite(connection) => {
                with_exclusive_lock(connection, |connection| run_pending(connection, SQLITE))
            }
        }
    }

    /// Reverts the newest applied migration. Returns its name, or `None` if none is applied.
    ///
    /// # Errors
    /// As for [`Migrator::run`].
    pub fn revert(&mut self) -> Result<Option<String>, BoxError> {
        let newest = self.state()?.applied.pop();
        if newest.is_some() {
            match &mut self.connection {
                AnyConnection::Postgres(connection) => {
                    with_advisory_lock(connection, |connection| connection.revert_last_migration(POSTGRES).map(drop))?;
                }
                AnyConnection::Sqlite(connection) => {
                    with_exclusive_lock(connection, |connection| connection.revert_last_migration(SQLITE).map(drop))?;
                }
            }
        }
        Ok(newest)
    }

    /// Distributes the tables over the nodes of Citus. Returns the names of the tables that were not distributed before.
    ///
    /// # Errors
    /// The database has no Citus, or migrations are pending. The error of a statement; all tables then stay as they were.
    pub fn distribute(&mut self) -> Result<Vec<&'static str>, BoxError> {
        if !self.state()?.pending.is_empty() {
            return Err("migrations are pending: run `task-api migrate run` first".into());
        }
        match &mut self.connection {
            AnyConnection::Postgres(connection) => {
                with_advisory_lock(connection, |connection| match user_naming::has_citus(connection)? {
                    true => Ok(citus::distribute(connection)?),
                    false => Err("the database does not have the extension Citus".into()),
                })
            }
            AnyConnection::Sqlite(_) => Err("SQLite cannot be distributed".into()),
        }
    }

    /// Reads the state of Citus. `None`: the database does not have it.
    ///
    /// # Errors
    /// The error text of the database.
    pub fn citus(&mut self) -> Result<Option<CitusState>, BoxError> {
        citus::state(&mut self.connection).map_err(Into::into)
    }

    /// Reads the applied and pending migrations.
    ///
    /// # Errors
    /// The error text of the database.
    pub fn state(&mut self) -> Result<MigrationState, BoxError> {
        state(&mut self.connection).map_err(Into::into)
    }

    /// Checks row-level security. Call it after the migrations are applied.
    ///
    /// # Errors
    /// The error text of the database.
    pub fn row_security(&mut self) -> Result<RowSecurity, BoxError> {
        row_security::check(&mut self.connection).map_err(Into::into)
    }
}

/// Locks the folder of a SQLite file until the handle is dropped.
///
/// Without support of the file system, migrations run without this lock.
fn lock_folder(file: &Path) -> Option<File> {
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let locked = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
    locked.inspect_err(|error| log::warn!("cannot lock the folder of the database for migrations: {error}")).ok()
}

/// Compares the recorded versions with those of this build. Writes nothing, also on a database without migrations.
pub(crate) fn state(connection: &mut AnyConnection) -> Result<MigrationState, DbError> {
    let (known, breaking) = match connection {
        AnyConnection::Postgres(_) => (migration_names::<diesel::pg::Pg>(&POSTGRES), BREAKING_ON_POSTGRES),
        AnyConnection::Sqlite(_) => (migration_names::<diesel::sqlite::Sqlite>(&SQLITE), BREAKING_ON_SQLITE),
    };
    let versions = recorded_versions(connection)?;
    let is_known = |recorded: &&String| known.iter().any(|(version, _)| version == *recorded);
    let mut unknown: Vec<String> = versions.iter().filter(|recorded| !is_known(recorded)).cloned().collect();
    unknown.sort();
    let is_applied = |(version, _): &(String, String)| versions.contains(version);
    let (applied, pending): (Vec<_>, Vec<_>) = known.into_iter().partition(is_applied);
    let only_names = |list: Vec<(String, String)>| list.into_iter().map(|(_, name)| name).collect();
    Ok(MigrationState { applied: only_names(applied), pending: only_names(pending), unknown, breaking })
}

#[derive(diesel::QueryableByName)]
struct RecordedVersion {
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
    if diesel::sql_query(table).load::<RecordedVersion>(connection)?.is_empty() {
        return Ok(Vec::new());
    }
    let rows =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<RecordedVersion>(connection)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Returns version and full name of each embedded migration, oldest first.
fn migration_names<B: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Vec<(String, String)>
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

fn run_pending<B, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, BoxError>
where
    B: diesel::backend::Backend,
    C: MigrationHarness<B>,
    EmbeddedMigrations: MigrationSource<B>,
{
    let names = migration_names::<B>(&source);
    let applied: Vec<MigrationVersion<'_>> = connection.run_pending_migrations(source)?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    Ok(names.into_iter().filter(|(version, _)| applied.contains(version)).map(|(_, name)| name).collect())
}

/// Runs migrations in one transaction, with an advisory lock that ends with it.
///
/// A session lock does not work behind a pooler in transaction mode: lock and unlock may run on different connections.
fn with_advisory_lock<R>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<R, BoxError>,
) -> Result<R, BoxError> {
    connection.transaction(|connection| {
        connection.batch_execute(&format!("SET LOCAL statement_timeout = {}", LOCK_TIMEOUT.as_millis()))?;
        // Citus then allows statements on all nodes and on one node in one transaction; other servers ignore it
        connection.batch_execute("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")?;
        connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK_KEY})"))?;
        work(connection)
    })
}

/// Runs migrations in one exclusive transaction, which starts before the versions are read.
fn with_exclusive_lock<R>(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Result<R, BoxError>,
) -> Result<R, BoxError> {
    connection.exclusive_transaction(work)
}
