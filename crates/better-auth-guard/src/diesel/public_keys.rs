//! Reads public keys from the `jwks` table.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::result::{Error, UnexpectedNullError};
use serde_json::Value;

use crate::diesel::ambiguous_instant::AmbiguousInstant;
use crate::diesel::connection::TableConnection;
use crate::diesel::read_error::ReadError;
use crate::diesel::schema_detector::SchemaDetector;

/// The time after `expiresAt` in which a key still verifies (default of `gracePeriod`, `src/plugins/jwt/index.ts`).
const KEY_GRACE: TimeDelta = TimeDelta::days(30);

impl SchemaDetector {
    /// Reads Better Auth's public keys as JWKs. Returns `None` without a `jwks` table.
    ///
    /// Omits keys whose `expiresAt` is more than 30 days before `now`.
    ///
    /// # Errors
    /// A query failed, the table is ambiguous or misconfigured, or a timestamp has an unknown format.
    pub fn public_keys(
        &self,
        connection: &mut impl TableConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Value>>, ReadError> {
        let Some(table) = self.detect(connection)?.keys? else { return Ok(None) };
        let mut keys = Vec::new();
        for row in connection.query(&table.statement, &[])? {
            let Ok([Some(kid), Some(public_key), alg, expires_at]) = <[Option<String>; 4]>::try_from(row) else {
                return Err(Error::DeserializationError(Box::new(UnexpectedNullError)).into());
            };
            let expiry = expires_at.map(|text| AmbiguousInstant::parse(&text, self.names().time_zone)).transpose()?;
            if expiry.is_none_or(|expiry| expiry.earliest + KEY_GRACE > now) {
                keys.push(jwk(kid, &public_key, alg));
            }
        }
        Ok(Some(keys))
    }
}

/// Adds `kid` and `alg` to the stored JWK. Invalid JSON becomes `null`, which the key set rejects and reports.
fn jwk(kid: String, public_key: &str, alg: Option<String>) -> Value {
    let mut jwk: Value = serde_json::from_str(public_key).unwrap_or(Value::Null);
    if let Some(members) = jwk.as_object_mut() {
        members.insert("kid".into(), kid.into());
        if let Some(alg) = alg {
            members.entry("alg").or_insert_with(|| alg.into());
        }
    }
    jwk
}
