//! Rows: everything that speaks SQL, in the two dialects, and nothing that speaks HTTP.
//!
//! The table of tasks is private to this room. From outside, tasks are reached only by [`Db::read`] and [`Db::write`], which ask for
//! the [`Owner`] that a credential proved: a query that belongs to nobody does not compile.
//!
//! ```compile_fail,E0603
//! use task_api::store::schema::tasks; // the table is not visible
//! ```

mod better_auth;
mod checkup;
mod connection;
mod error;
mod fair_queue;
mod files;
mod instrument;
mod isolation;
mod lane;
mod load;
mod messages;
mod migrations;
mod quota;
mod schema;
mod statement_time;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use r2d2::Pool;

pub use better_auth::{
    BetterAuthNames, BetterAuthTables, ColumnName, KeyTable, Model, NewSession, SessionTables, TableName, add_session,
};
pub use checkup::{Checkup, check_up};
pub use connection::{DatabaseUrl, Synchronous};
pub use error::StoreError;
pub use files::{create_folder, open_to_others};
pub use isolation::Isolation;
pub use load::{Connections, Load, timed};
pub use migrations::{MigrationState, Migrator};
pub use tasks::{
    Access, Completion, CreatedOnce, DueFilter, Expected, Filter, Import, Imported, List, Occurrences, Once, Page,
    Position, PositionValue, Priority, Read, Sort, SortKey, Span, Start, Stats, Task, TaskChange, TaskDraft, Tasks,
    Write,
};

use crate::auth::Owner;
use connection::{AnyConnection, Connector};
use fair_queue::Flow;
use instrument::Notes;
use lane::Lane;
use quota::Quota;

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
    fn connector(&self) -> Connector {
        Connector {
            url: self.url.clone(),
            synchronous: self.synchronous,
            statement_timeout: self.statement_timeout,
            prepared_statements: self.prepared_statements,
            require_row_security: self.require_row_security,
            notes: Notes::default(),
        }
    }
}

/// How long a thread without a connection waits for one, before it answers that there is none.
const CONNECT_WAIT: Duration = Duration::from_secs(1);

/// What a request waits for an answer beyond the time of a statement: PostgreSQL ends a statement that takes too long, and says so, if
/// it can be heard at all.
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// Threads for readiness checks, which have a connection beside those of `POOL_SIZE`.
const CHECKING_THREADS: usize = 1;

/// An import is thousands of statements: it is waited for so many times as long.
const IMPORT: u32 = 10;

/// The database. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Db {
    reading: Arc<Lane>,
    /// SQLite has one writer at a time: queueing for it here is fair, where its own waiting is a lottery.
    writing: Arc<Lane>,
    /// One connection for readiness checks, so that they do not wait behind requests.
    checking: Arc<Lane>,
    notes: Notes,
    longest_import: Duration,
    require_row_security: bool,
    better_auth: Arc<better_auth::Finder>,
    lookups: Arc<better_auth::Lookups>,
    quota: Arc<Quota>,
    /// Of stored answers to repeated requests.
    answer_quota: Arc<Quota>,
}

impl Db {
    /// Starts the connections' threads. They connect when first used, so that this does not fail while the database is away.
    ///
    /// # Errors
    /// No threads can be started.
    pub fn open(settings: &DatabaseSettings) -> std::io::Result<Self> {
        let one_writer = matches!(settings.url, DatabaseUrl::Sqlite(_));
        let threads = settings.pool_size;
        let connector = settings.connector();
        let notes = connector.notes.clone();
        let all = threads.saturating_add(usize::from(one_writer)).saturating_add(CHECKING_THREADS);
        let pool = Pool::builder()
            .max_size(u32::try_from(all).unwrap_or(u32::MAX))
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(CONNECT_WAIT)
            .error_handler(Box::new(LogConnectError))
            .build_unchecked(connector);
        let longest = settings.statement_timeout + ON_THE_WAY;
        let reading = Arc::new(Lane::start("db", threads, &pool, settings.pool_wait, longest)?);
        let writing = match one_writer {
            true => Arc::new(Lane::start("db-writer", 1, &pool, settings.pool_wait, longest)?),
            false => reading.clone(),
        };
        let checking = Arc::new(Lane::start("db-check", CHECKING_THREADS, &pool, settings.pool_wait, longest)?);
        let better_auth = Arc::new(better_auth::Finder::new(settings.better_auth.clone()));
        let quota = Arc::new(Quota::new(settings.task_quota));
        let answer_quota = Arc::new(Quota::new(settings.task_quota));
        let require_row_security = settings.require_row_security;
        Ok(Self {
            reading,
            writing,
            checking,
            notes,
            longest_import: longest * IMPORT,
            require_row_security,
            better_auth,
            lookups: Arc::default(),
            quota,
            answer_quota,
        })
    }

    /// Reads tasks of this owner.
    ///
    /// # Errors
    /// What `work` returns, or [`StoreError::Unavailable`] when there is no connection in time.
    pub async fn read<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Read>) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.reading.run(Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Writes tasks of this owner. One statement is one transaction: a closure that runs two is not atomic.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn write<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.writing.run(Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Writes as [`Db::write`] does, where that is an import and may take its time.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn import<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.writing.run_within(self.longest_import, Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Work on this owner's tasks, as work on a connection.
    fn job<A: Access, R>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, A>) -> Result<R, StoreError> + Send + 'static,
    ) -> impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static {
        let (quota, answers) = (self.quota.clone(), self.answer_quota.clone());
        move |connection| {
            let user = owner.as_str();
            work(&mut Tasks::new(connection, &owner, &quota.of(user), &answers.of(user)))
        }
    }

    /// Removes what has run out: answers kept for repeated requests, and what has been in the trash for `trash_life`. Gives how many
    /// rows. Safe with several instances.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self, now: DateTime<Utc>, trash_life: TimeDelta) -> Result<usize, StoreError> {
        self.writing.run(Flow::service(), move |connection| tasks::sweep(connection, now, trash_life)).await
    }

    /// How busy the connections are: on SQLite those that read and the one that writes, on PostgreSQL all in one.
    pub fn connections(&self) -> Vec<Connections<'_>> {
        let lanes = [("reading", &self.reading), ("writing", &self.writing)];
        if Arc::ptr_eq(&self.reading, &self.writing) {
            vec![self.reading.connections("all")]
        } else {
            lanes.map(|(name, lane)| lane.connections(name)).into()
        }
    }

    /// The statements that were kept prepared on connections since the start. The number of different texts bounds it for each
    /// connection.
    pub fn prepared_statements(&self) -> u64 {
        self.notes.prepared()
    }

    /// Whether the database answers and its migrations are all applied, for `/readyz`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn migration_state(&self) -> Result<MigrationState, StoreError> {
        self.checking.run(Flow::service(), migrations::state).await
    }

    /// Whether nothing is served unless the database keeps users apart by itself.
    pub fn requires_row_security(&self) -> bool {
        self.require_row_security
    }

    /// Whether the database keeps users apart by itself, for `/readyz`. Where it must and does not, no open connection is used any
    /// more; new ones are refused until it does.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn isolation(&self) -> Result<Isolation, StoreError> {
        let isolation = self.checking.run(Flow::service(), isolation::look).await?;
        if self.require_row_security && isolation != Isolation::On {
            log::error!("REQUIRE_ROW_SECURITY is set, and {isolation}: nothing is served until it is on");
            self.reading.renew_connections();
        }
        Ok(isolation)
    }
}

#[derive(Debug)]
struct LogConnectError;

impl r2d2::HandleError<diesel::r2d2::Error> for LogConnectError {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        log::warn!("cannot connect to the database: {error}");
    }
}

/// Writes what SQLite's file holds at this moment into a new one, while others read and write.
///
/// # Errors
/// SQLite's own words; also on PostgreSQL, which has no such thing.
pub fn copy_file(settings: &DatabaseSettings, to: &std::path::Path) -> Result<(), String> {
    use diesel::RunQueryDsl;
    use diesel::sql_types::Text;
    let to = to.to_str().ok_or("the name is no UTF-8")?;
    let mut connection = settings.connector().connect().map_err(|error| error.to_string())?;
    let copied = diesel::sql_query("VACUUM INTO $1").bind::<Text, _>(to).execute(&mut connection);
    copied.map(drop).map_err(|error| error.to_string())
}

/// Moves what SQLite's write-ahead log holds into the file, when the last connection has been closed. Does nothing on PostgreSQL.
pub fn checkpoint(settings: &DatabaseSettings) {
    use diesel::connection::SimpleConnection;
    if let DatabaseUrl::Sqlite(_) = settings.url {
        let outcome = settings.connector().connect().map_err(|error| error.to_string()).and_then(|mut connection| {
            connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(|error| error.to_string())
        });
        if let Err(error) = outcome {
            log::warn!("the write-ahead log was left as it is, to be read at the next start: {error}");
        }
    }
}
