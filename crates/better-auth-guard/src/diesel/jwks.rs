//! Loads public keys from Better Auth's tables.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use serde_json::Value;

use crate::diesel::connection::TableConnection;
use crate::diesel::deadline_pool::DeadlinePool;
use crate::diesel::names::BetterAuthNames;
use crate::diesel::schema_detector::SchemaDetector;
use crate::jwks::JwksTable;

/// Better Auth's `jwks` table. See the [module](crate::diesel) for an example.
///
/// It omits keys that expired more than 30 days ago, Better Auth's default grace period.
pub struct DieselJwks<C: R2D2Connection + 'static> {
    pool: DeadlinePool<C>,
    detector: Arc<SchemaDetector>,
}

impl<C: R2D2Connection + TableConnection + Send + 'static> DieselJwks<C> {
    /// Loads keys with connections of this pool. Detects a table with a default name.
    pub fn new(pool: Pool<ConnectionManager<C>>) -> Self {
        Self { pool: DeadlinePool::new(pool), detector: Arc::default() }
    }

    /// Sets the names of tables and columns.
    pub fn names(mut self, names: BetterAuthNames) -> Self {
        self.detector = Arc::new(SchemaDetector::new(names));
        self
    }

    /// Limits a load, from waiting for a connection to the last row. Default: 2.5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.pool.timeout = timeout;
        self
    }
}

impl<C: R2D2Connection + TableConnection + Send + 'static> JwksTable for DieselJwks<C> {
    async fn load(&self) -> Result<Option<Vec<Value>>, String> {
        let detector = self.detector.clone();
        self.pool
            .run(move |connection| detector.public_keys(connection, Utc::now()).map_err(|error| error.to_string()))
            .await
    }
}
