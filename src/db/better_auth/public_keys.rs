//! Public keys of the `jwks` table.

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

/// How long after its `expiresAt` a key may still verify (`gracePeriod`'s default, `src/plugins/jwt/index.ts`).
const KEY_GRACE: TimeDelta = TimeDelta::days(30);

impl Db {
    /// Better Auth's public keys as JWKs; `None` where there is no `jwks` table.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn public_keys(&self, now: DateTime<Utc>) -> Result<Option<Vec<Value>>, DbError> {
        let finder = self.better_auth.clone();
        self.reading
            .run(Flow::service(), move |connection| match schema_detector::detect(connection, &finder.names)?.keys {
                Ok(Some(table)) => find_keys(connection, &table, finder.names.time_zone, now).map(Some),
                Ok(None) => Ok(None),
                Err(why) => Err(DbError::Unavailable(why)),
            })
            .await
    }

    /// What of Better Auth is in the database, looked at anew, for readiness and the log.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn better_auth_tables(&self) -> Result<BetterAuthTables, DbError> {
        let finder = self.better_auth.clone();
        self.checking.run(Flow::service(), move |connection| schema_detector::detect(connection, &finder.names)).await
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

fn find_keys(
    connection: &mut AnyConnection,
    table: &KeyTable,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Vec<Value>, DbError> {
    let rows = diesel::sql_query(&table.statement).load::<KeyRow>(connection)?;
    let mut keys = Vec::new();
    for row in rows {
        let expiry = row.expires_at.as_deref().map(|text| AmbiguousInstant::read(text, zone)).transpose()?;
        if expiry.is_none_or(|expiry| expiry.earliest + KEY_GRACE > now) {
            keys.push(row.into_jwk());
        }
    }
    Ok(keys)
}

impl KeyRow {
    /// The column holds a JWK without `kid`; what is no JSON is handed on as it is, to be refused and named with the other bad keys.
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
