//! The database, for the rest of the service.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::registry::Registry;
use r2d2::Pool;

use crate::auth::Owner;
use crate::db::better_auth::schema_detector::SchemaDetector;
use crate::db::better_auth::session_batcher::SessionBatcher;
use crate::db::connection::AnyConnection;
use crate::db::database_url::DatabaseUrl;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;
use crate::db::instrumentation::Notes;
use crate::db::migrations::{self, MigrationState};
use crate::db::pool::ConnectionPool;
use crate::db::pool_stats::PoolMetrics;
use crate::db::quota::Quota;
use crate::db::row_security::{self, RowSecurity};
use crate::db::settings::DatabaseSettings;
use crate::db::tasks::purge_expired;
use crate::db::tasks::scoped::{Access, Read, Tasks, Write};

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
    pub(super) reading: Arc<ConnectionPool>,
    /// SQLite has one writer at a time: queueing for it here is fair, where its own waiting is a lottery.
    writing: Arc<ConnectionPool>,
    /// One connection for readiness checks, so that they do not wait behind requests.
    pub(super) checking: Arc<ConnectionPool>,
    notes: Notes,
    metrics: Arc<PoolMetrics>,
    import_timeout: Duration,
    require_row_security: bool,
    pub(super) better_auth: Arc<SchemaDetector>,
    pub(super) lookups: Arc<SessionBatcher>,
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
        let execution_timeout = settings.statement_timeout + ON_THE_WAY;
        let metrics = PoolMetrics::default();
        let start = |name, threads, stats| {
            ConnectionPool::start(name, threads, &pool, settings.pool_wait, execution_timeout, stats).map(Arc::new)
        };
        let reading = start("db", threads, metrics.pool(if one_writer { "reading" } else { "all" }, threads))?;
        let writing = match one_writer {
            true => start("db-writer", 1, metrics.pool("writing", 1))?,
            false => reading.clone(),
        };
        let unregistered = PoolMetrics::default();
        let checking = start("db-check", CHECKING_THREADS, unregistered.pool("checking", CHECKING_THREADS))?;
        let better_auth = Arc::new(SchemaDetector::new(settings.better_auth.clone()));
        let quota = Arc::new(Quota::new(settings.task_quota));
        let answer_quota = Arc::new(Quota::new(settings.task_quota));
        let require_row_security = settings.require_row_security;
        Ok(Self {
            reading,
            writing,
            checking,
            notes,
            metrics: Arc::new(metrics),
            import_timeout: execution_timeout * IMPORT,
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
    /// What `work` returns, or [`DbError::Unavailable`] when there is no connection in time.
    pub async fn read<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Read>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.reading.run(Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Writes tasks of this owner. One statement is one transaction: a closure that runs two is not atomic.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn write<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.writing.run(Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Writes as [`Db::write`] does, where that is an import and may take its time.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn import<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.writing.run_within(self.import_timeout, Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Work on this owner's tasks, as work on a connection.
    fn job<A: Access, R>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, A>) -> Result<R, DbError> + Send + 'static,
    ) -> impl FnOnce(&mut AnyConnection) -> Result<R, DbError> + Send + 'static {
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
    pub async fn purge_expired(&self, now: DateTime<Utc>, trash_life: TimeDelta) -> Result<usize, DbError> {
        self.writing
            .run(Flow::service(), move |connection| purge_expired::purge_expired(connection, now, trash_life))
            .await
    }

    /// The number of requests in the queue for a connection.
    pub fn waiting_requests(&self) -> i64 {
        self.metrics.waiting()
    }

    /// Registers the metrics of the pools.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// The statements that were kept prepared on connections since the start. The number of different texts bounds it for each
    /// connection.
    pub fn prepared_statements(&self) -> u64 {
        self.notes.prepared()
    }

    /// Whether the database answers and its migrations are all applied, for `/readyz`.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn migration_state(&self) -> Result<MigrationState, DbError> {
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
    /// [`DbError::Unavailable`].
    pub async fn isolation(&self) -> Result<RowSecurity, DbError> {
        let isolation = self.checking.run(Flow::service(), row_security::check).await?;
        if self.require_row_security && isolation != RowSecurity::On {
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
