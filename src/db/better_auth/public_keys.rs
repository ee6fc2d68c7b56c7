//! Reads public keys from the `jwks` table, and detects the session tables.

use better_auth_guard::diesel::SessionTables;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

impl Db {
    /// Reads Better Auth's public keys as JWKs. Returns `None` without a `jwks` table.
    ///
    /// # Errors
    /// The query failed, or the `jwks` table is ambiguous or misconfigured.
    pub async fn public_keys(&self, now: DateTime<Utc>) -> Result<Option<Vec<Value>>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool.run(Flow::service(), move |pooled| Ok(detector.public_keys(&mut pooled.connection, now)?)).await
    }

    /// Detects the tables of sessions and users without the cache, for readiness and the log.
    ///
    /// # Errors
    /// The query failed, or a table is missing or ambiguous.
    pub async fn session_tables(&self) -> Result<SessionTables, DbError> {
        let detector = self.better_auth.clone();
        // missing tables are not an error of the connection: the pool would close it
        let detected =
            self.check_pool.run(Flow::service(), move |pooled| Ok(detector.detect(&mut pooled.connection)?)).await?;
        Ok(detected.sessions?)
    }
}
