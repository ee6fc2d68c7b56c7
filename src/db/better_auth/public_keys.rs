//! Reads public keys from the `jwks` table.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde_json::Value;

use crate::db::better_auth::ambiguous_instant::AmbiguousInstant;
use crate::db::better_auth::schema_detector::{self, BetterAuthTables, KeyTable};
use crate::db::connection::AnyConnection;
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

/// The time after `expiresAt` in which a key still verifies (default of `gracePeriod`, `src/plugins/jwt/index.ts`).
const KEY_GRACE: TimeDelta = TimeDelta::days(30);

impl Db {
    /// Reads Better Auth's public keys as JWKs. Returns `None` without a `jwks` table.
    ///
    /// # Errors
    /// The query failed, or the `jwks` table is ambiguous or misconfigured.
    pub async fn public_keys(&self, now: DateTime<Utc>) -> Result<Option<Vec<Value>>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool
            .run(Flow::service(), move |connection| match schema_detector::detect(connection, &detector.names)?.keys {
                Ok(Some(table)) => load_keys(connection, &table, detector.names.time_zone, now).map(Some),
                Ok(None) => Ok(None),
                Err(cause) => Err(DbError::Unavailable(cause)),
            })
            .await
    }

    /// Detects Better Auth's tables without the cache, for readiness and the log.
    ///
    /// # Errors
    /// The query failed.
    pub async fn better_auth_tables(&self) -> Result<BetterAuthTables, DbError> {
        let detector = self.better_auth.clone();
        self.check_pool
            .run(Flow::service(), move |connection| schema_detector::detect(connection, &detector.names))
            .await
    }
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    kid: String,
    #[diesel(sql_type = Text)]
    public_key: String,
    #[diesel(sql_type = Nullable<Text>)]
    alg: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    expires_at: Option<String>,
}

fn load_keys(
    connection: &mut AnyConnection,
    table: &KeyTable,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Vec<Value>, DbError> {
    let rows = diesel::sql_query(&table.statement).load::<KeyRow>(connection)?;
    let mut keys = Vec::new();
    for row in rows {
        let expiry = row.expires_at.as_deref().map(|text| AmbiguousInstant::parse(text, zone)).transpose()?;
        if expiry.is_none_or(|expiry| expiry.earliest + KEY_GRACE > now) {
            keys.push(row.into_jwk());
        }
    }
    Ok(keys)
}

impl KeyRow {
    /// Adds `kid` and `alg` to the stored JWK. Invalid JSON becomes `null`, which the key set rejects and reports.
    fn into_jwk(self) -> Value {
        let mut jwk: Value = serde_json::from_str(&self.public_key).unwrap_or(Value::Null);
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".into(), self.kid.into());
            if let Some(alg) = self.alg {
                members.entry("alg").or_insert_with(|| alg.into());
            }
        }
        jwk
    }
}
