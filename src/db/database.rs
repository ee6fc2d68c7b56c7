//! The database interface of the service.

use std::sync::Arc;
use std::time::Duration;

use better_auth_guard::Owner;
use better_auth_guard::diesel::SchemaDetector;
use chrono::TimeDelta;
use prometheus_client::registry::Registry;
use r2d2::Pool;

use crate::db::better_auth::session_batcher::SessionBatcher;
use crate::db::citus::{self, CitusState};
use crate::db::connection_manager::Pooled;
use crate::db::database_url::DatabaseUrl;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;
use crate::db::feed::{Notifier, Subscription};
use crate::db::group_commit;
use crate::db::instrumentation::PoolInstrumentation;
use crate::db::migrations::{self, MigrationState};
use crate::db::optimistic_groups;
use crate::db::pool::ConnectionPool;
use crate::db::pool_stats::PoolMetrics;
use crate::db::row_security::{self, RowSecurity};
use crate::db::settings::DatabaseSettings;
use crate::db::task_context::TaskContext;
use crate::db::tasks::list::List;
use crate::db::tasks::scoped::{Access, Read, Tasks, Write};
use crate::limits::recent_users::RecentUsers;

/// The time that a database thread waits for a new connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// Added to `STATEMENT_TIMEOUT` for the wait of a request.
///
/// PostgreSQL reports its own timeout within this time, if it is reachable.
const RESPONSE_MARGIN: Duration = Duration::from_secs(2);

/// Threads for readiness checks. Their connections are not part of `POOL_SIZE`.
const CHECK_THREADS: usize = 1;

/// The timeout of an import, as a multiple of the usual timeout. An import has thousands of statements.
const IMPORT_TIMEOUT_FACTOR: u32 = 10;

/// The database. A clone is cheap. The threads end with the last clone.
#[derive(Clone)]
pub struct Db {
    pub(super) read_pool: Arc<ConnectionPool>,
    /// On SQLite, one thread: SQLite has one writer at a time, and its own wait for the lock is not fair.
    pub(super) write_pool: Arc<ConnectionPool>,
    /// One connection for readiness checks. They do not queue behind requests.
    pub(super) check_pool: Arc<ConnectionPool>,
    instrumentation: PoolInstrumentation,
    metrics: Arc<PoolMetrics>,
    require_row_security: bool,
    pub(super) better_auth: Arc<SchemaDetector>,
    pub(super) session_batcher: Arc<SessionBatcher>,
    pub(super) context: Arc<TaskContext>,
    /// The lifetime of tombstones.
    pub(super) tombstone_retention: TimeDelta,
    users_with_fresh_texts: Arc<RecentUsers>,
}

impl Db {
    /// Starts the database threads. Each connects at its first use, so the call succeeds while the database is unreachable.
    ///
    /// # Errors
    /// The threads cannot be started.
    pub fn open(settings: &DatabaseSettings) -> std::io::Result<Self> {
        let is_sqlite = matches!(settings.url, DatabaseUrl::Sqlite(_));
        let threads = settings.pool_size;
        let manager = settings.connection_manager();
        let instrumentation = manager.instrumentation.clone();
        let notifier = Notifier::start(manager.clone())?;
        let connections = threads.saturating_add(usize::from(is_sqlite)).saturating_add(CHECK_THREADS);
        let pool = Pool::builder()
            .max_size(u32::try_from(connections).unwrap_or(u32::MAX))
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(CONNECTION_TIMEOUT)
            .error_handler(Box::new(LogConnectError))
            .build_unchecked(manager);
        let execution_timeout = settings.statement_timeout + RESPONSE_MARGIN;
        let metrics = PoolMetrics::default();
        let start_with = |name, threads, stats, run_jobs| {
            ConnectionPool::start(name, threads, &pool, settings.pool_wait, execution_timeout, stats, run_jobs)
                .map(Arc::new)
        };
        let start = |name, threads, stats| start_with(name, threads, stats, optimistic_groups::run_jobs);
        let read_pool = start("db", threads, metrics.pool(if is_sqlite { "reading" } else { "all" }, threads))?;
        let write_pool = match is_sqlite {
            true => start_with("db-writer", 1, metrics.pool("writing", 1), group_commit::run_groups)?,
            false => read_pool.clone(),
        };
        let unregistered = PoolMetrics::default();
        let check_pool = start("db-check", CHECK_THREADS, unregistered.pool("checking", CHECK_THREADS))?;
        let better_auth = Arc::new(SchemaDetector::new(settings.better_auth.clone()));
        let require_row_security = settings.require_row_security;
        Ok(Self {
            read_pool,
            write_pool,
            check_pool,
            instrumentation,
            metrics: Arc::new(metrics),
            require_row_security,
            better_auth,
            session_batcher: Arc::default(),
            context: Arc::new(TaskContext::new(settings.task_quota, notifier)),
            tombstone_retention: TimeDelta::days(settings.tombstone_days),
            users_with_fresh_texts: Arc::default(),
        })
    }

    /// Finishes the queued work, then closes all connections, also while other clones exist. Later work fails.
    pub fn close(&self) {
        for pool in [&self.read_pool, &self.write_pool, &self.check_pool] {
            pool.close();
        }
        self.context.close();
    }

    /// Reads tasks of one owner.
    ///
    /// # Errors
    /// The error of `work`, or [`DbError::Unavailable`] if no connection is available in time.
    pub async fn read<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Read>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.read_pool.run(Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Writes one task of one owner, with its next occurrence. Each statement is a transaction: work with two statements is not atomic.
    ///
    /// The work may share a transaction with the work of other users. If the database rolls that back, the work runs a second time.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn write<R: Send + 'static>(
        &self,
        owner: Owner,
        mut work: impl FnMut(&mut Tasks<'_, Write>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        let (context, user) = (self.context.clone(), owner.clone());
        let job = move |pooled: &mut Pooled| context.with_tasks(pooled, user.as_str(), &mut work);
        self.write_pool.run_repeatable(owner.as_str(), job).await
    }

    /// Writes several tasks of one owner. As [`Db::write`], but the work runs once.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn write_many<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.write_pool.run(Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Subscribes to the changes of one owner.
    pub fn subscribe(&self, owner: &Owner) -> Subscription {
        self.context.subscribe(owner.as_str())
    }

    /// Updates the search texts and sort keys of the owner's tasks, if the list needs them and a previous version wrote them.
    pub async fn update_derived_texts(&self, owner: &Owner, list: &List) {
        if list.needs_derived_texts() && !self.users_with_fresh_texts.contains(owner.as_str()) {
            // the list is still useful if the update fails
            match self.refresh_texts(owner).await {
                Ok(()) => self.users_with_fresh_texts.insert(owner.as_str()),
                Err(error) => log::warn!("cannot update the search texts and sort keys of a user: {error}"),
            }
        }
    }

    async fn refresh_texts(&self, owner: &Owner) -> Result<(), DbError> {
        if self.read(owner.clone(), |tasks| tasks.has_stale_texts()).await? {
            while self.write_many(owner.clone(), |tasks| tasks.refresh_texts()).await? {}
        }
        Ok(())
    }

    /// Imports tasks of one owner. As [`Db::write`], with ten times the timeout.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn import<R: Send + 'static>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.write_pool.run_long(IMPORT_TIMEOUT_FACTOR, Flow::user(owner.as_str()), self.job(owner, work)).await
    }

    /// Converts work on an owner's tasks into work on a connection.
    fn job<A: Access, R>(
        &self,
        owner: Owner,
        work: impl FnOnce(&mut Tasks<'_, A>) -> Result<R, DbError> + Send + 'static,
    ) -> impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static {
        let context = self.context.clone();
        move |pooled| context.with_tasks(pooled, owner.as_str(), work)
    }

    /// Returns the number of requests in the queue for a connection.
    pub fn waiting_requests(&self) -> i64 {
        self.metrics.waiting()
    }

    /// Registers the metrics of the pools.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// Returns the number of statements prepared since the start, on all connections.
    ///
    /// On each connection, the number of different statement texts bounds it.
    pub fn prepared_statements(&self) -> u64 {
        self.instrumentation.prepared_statements()
    }

    /// Reads the applied and pending migrations, for `/readyz`.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn migration_state(&self) -> Result<MigrationState, DbError> {
        self.check_pool.run(Flow::service(), |pooled| migrations::state(&mut pooled.connection)).await
    }

    /// Returns whether the service requires row-level security (`REQUIRE_ROW_SECURITY`).
    pub fn requires_row_security(&self) -> bool {
        self.require_row_security
    }

    /// Reads the state of Citus, for `/readyz`. `None`: the database does not have it.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn citus(&self) -> Result<Option<CitusState>, DbError> {
        self.check_pool.run(Flow::service(), |pooled| citus::state(&mut pooled.connection)).await
    }

    /// Checks row-level security, for `/readyz`.
    ///
    /// If it is required and off, the open connections are replaced. New connections are rejected until it is on.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn row_security(&self) -> Result<RowSecurity, DbError> {
        let row_security =
            self.check_pool.run(Flow::service(), |pooled| row_security::check(&mut pooled.connection)).await?;
        if self.require_row_security && row_security != RowSecurity::On {
            log::error!("REQUIRE_ROW_SECURITY is set, and {row_security}: requests are rejected until it is on");
            self.read_pool.renew_connections();
        }
        Ok(row_security)
    }
}

#[derive(Debug)]
struct LogConnectError;

impl r2d2::HandleError<diesel::r2d2::Error> for LogConnectError {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        log::warn!("cannot connect to the database: {error}");
    }
}
