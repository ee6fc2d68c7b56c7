//! Reads sessions and public keys from Better Auth's tables.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use serde_json::Value;

use crate::cookie::SessionToken;
use crate::diesel::connection::TableConnection;
use crate::diesel::deadline_pool::DeadlinePool;
use crate::diesel::names::BetterAuthNames;
use crate::diesel::read_error::ReadError;
use crate::diesel::schema_detector::SchemaDetector;
use crate::jwks::JwksTable;
use crate::session::SessionRecord;
use crate::sessions::{SessionSource, Unavailable};

/// Better Auth's tables. See the [module](crate::diesel) for an example.
///
/// Looks up sessions ([`SessionSource`]) and loads public keys ([`JwksTable`]). It omits keys that expired more than 30 days ago, Better
/// Auth's default grace period. A clone shares the pool, its limit of threads and the detected tables.
pub struct DieselTables<C: R2D2Connection + 'static> {
    pool: DeadlinePool<C>,
    detector: Arc<SchemaDetector>,
}

impl<C: R2D2Connection> Clone for DieselTables<C> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), detector: self.detector.clone() }
    }
}

impl<C: R2D2Connection + TableConnection + Send + 'static> DieselTables<C> {
    /// Reads the tables with connections of this pool. Detects tables with default names.
    pub fn new(pool: Pool<ConnectionManager<C>>) -> Self {
        Self { pool: DeadlinePool::new(pool), detector: Arc::default() }
    }

    /// Sets the names of tables and columns.
    pub fn names(mut self, names: BetterAuthNames) -> Self {
        self.detector = Arc::new(SchemaDetector::new(names));
        self
    }

    /// Limits a look-up or a load, from waiting for a connection to the last row. Default: 2.5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.pool.timeout = timeout;
        self
    }
}

impl<C: R2D2Connection + TableConnection + Send + 'static> SessionSource for DieselTables<C> {
    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        if token.expose().contains('\0') {
            return Ok(None); // PostgreSQL rejects text with NUL
        }
        let (detector, token) = (self.detector.clone(), token.clone());
        let outcome = self.pool.run(move |connection| {
            look_up(connection, &detector, token.expose()).map_err(|error| {
                detector.invalidate(); // Better Auth may have migrated
                error.to_string()
            })
        });
        outcome.await.map_err(|cause| Unavailable(format!("Better Auth's tables: {cause}")))
    }
}

impl<C: R2D2Connection + TableConnection + Send + 'static> JwksTable for DieselTables<C> {
    async fn load(&self) -> Result<Option<Vec<Value>>, String> {
        let detector = self.detector.clone();
        self.pool
            .run(move |connection| detector.public_keys(connection, Utc::now()).map_err(|error| error.to_string()))
            .await
    }
}

fn look_up(
    connection: &mut impl TableConnection,
    detector: &SchemaDetector,
    token: &str,
) -> Result<Option<SessionRecord>, ReadError> {
    let tables = detector.tables(connection)?;
    let tables = tables.sessions.as_ref().map_err(Clone::clone)?;
    let rows = connection.sessions(tables.query(vec![token]))?;
    // compares exactly: the database's comparison may treat different tokens as equal
    let row = rows.iter().find(|row| row.token() == token);
    Ok(row.map(|row| row.to_record(detector.names().time_zone)).transpose()?)
}
