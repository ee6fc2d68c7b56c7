//! Creates a separate database for each test, empty or migrated.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::CREATE_MIGRATIONS_TABLE;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::Value;
use task_api::db::Migrator;
use tempfile::TempDir;

use super::app::config;
use super::cluster;

/// The database server that a test uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// Creates an empty database: a path without a file on SQLite, a schema on PostgreSQL. Returns its folder and its URL.
    ///
    /// Dropping the folder deletes the SQLite file. PostgreSQL keeps the schema until the cluster stops.
    pub fn empty(self) -> (TempDir, String) {
        self.create(None)
    }

    /// Creates a migrated database, as a copy of a template that the process builds once.
    pub fn migrated(self) -> (TempDir, String) {
        self.create(Some(match self {
            Self::Sqlite => sqlite_template(),
            Self::Postgres => postgres_template(),
        }))
    }

    /// The template is the file's bytes on SQLite, and SQL on PostgreSQL.
    fn create(self, template: Option<&[u8]>) -> (TempDir, String) {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let url = match self {
            Self::Sqlite => {
                let path = folder.path().join("test.db");
                if let Some(bytes) = template {
                    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                    file.and_then(|mut file| file.write_all(bytes)).expect("the database file can be written");
                }
                sqlite_url(&path)
            }
            Self::Postgres => create_schema(std::str::from_utf8(template.unwrap_or_default()).expect("SQL is UTF-8")),
        };
        if self == Self::Postgres && template.is_some() && cluster::is_citus() {
            let mut migrator = Migrator::connect(&config(&url, &[]).database).expect("Citus accepts connections");
            migrator.distribute().unwrap_or_else(|error| panic!("{url}: {error}"));
        }
        (folder, url)
    }
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// Returns the bytes of a migrated SQLite file. SQLite has written its log back into the file and closed it.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let path = folder.path().join("template.db");
        migrate(&sqlite_url(&path));
        assert!(!path.with_extension("db-wal").exists(), "the last connection removes the write-ahead log");
        std::fs::read(&path).expect("the template can be read")
    })
}

/// Returns the SQL of all migrations, and of diesel's record of them.
///
/// A copy of a database (`CREATE DATABASE … TEMPLATE`) takes longer, and needs a role that may create databases.
/// The test `copies_equal_migrated_databases` compares a schema of this SQL with a migrated one.
fn postgres_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
        let entries = std::fs::read_dir(folder).expect("the migrations can be read");
        let mut migrations: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder entry").path()).collect();
        migrations.sort();
        let mut sql = CREATE_MIGRATIONS_TABLE.to_owned();
        for migration in migrations {
            let name = migration.file_name().and_then(|name| name.to_str()).expect("a migration's name is UTF-8");
            let version = name.split('_').next().unwrap_or(name).replace('-', "");
            sql += &std::fs::read_to_string(migration.join("up.sql")).expect("a migration has an up.sql");
            sql += &format!("\n; INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');\n");
        }
        sql
    });
    template.as_bytes()
}

/// Applies all migrations as the service does.
pub fn migrate(url: &str) {
    let mut migrator = Migrator::connect(&config(url, &[]).database).expect("the database accepts connections");
    migrator.run().expect("all migrations succeed");
}

/// Creates a schema and runs this SQL in it, in one transaction and one round trip. Returns the schema's URL.
fn create_schema(sql: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    static IDLE: Mutex<Vec<PgConnection>> = Mutex::new(Vec::new());
    let schema = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let idle = IDLE.lock().expect("no test panics with the lock").pop();
    let mut connection = idle.unwrap_or_else(|| connect_postgres(cluster::url()));
    let created = format!("BEGIN; CREATE SCHEMA {schema}; SET LOCAL search_path = {schema}; {sql}; COMMIT");
    connection.batch_execute(&created).unwrap_or_else(|error| panic!("{schema}: {error}"));
    IDLE.lock().expect("no test panics with the lock").push(connection);
    let separator = if cluster::url().contains('?') { '&' } else { '?' };
    // few shards: each is a table with indexes
    let shards = if cluster::is_citus() { "-ccitus.shard_count%3D4%20" } else { "" };
    format!("{}{separator}options={shards}-csearch_path%3D{schema}", cluster::url())
}

fn connect_postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("PostgreSQL accepts connections")
}

/// Runs SQL on a connection of its own.
pub fn execute_on(url: &str, sql: &str) {
    let outcome = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut connection = SqliteConnection::establish(path).expect("the file can be opened");
            connection
                .batch_execute(&format!("PRAGMA busy_timeout = {}", Duration::from_secs(10).as_millis()))
                .expect("SQLite accepts the timeout");
            connection.batch_execute(sql)
        }
        None => connect_postgres(url).batch_execute(sql),
    };
    outcome.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Runs SQL on a connection to PostgreSQL of its own, one message after the other.
pub fn execute_all_on(url: &str, messages: &[String]) {
    let mut connection = connect_postgres(url);
    for message in messages {
        connection.batch_execute(message).unwrap_or_else(|error| panic!("{message}: {error}"));
    }
}

/// Returns the `INSERT` statement of a row, in SQL that both databases accept.
pub fn insert(table: &str, row: &Value) -> String {
    let row = row.as_object().expect("a row is an object");
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    let values: Vec<String> = row.values().map(literal).collect();
    format!("INSERT INTO \"{table}\" ({}) VALUES ({});", names.join(", "), values.join(", "))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}
