//! Looks up sessions in Better Auth's `secondaryStorage` in Redis (1.2 to 1.7, `src/db/internal-adapter.ts`).
//!
//! The session of a token is JSON under the key `<token>`. `@better-auth/redis-storage` prefixes all keys with `better-auth:`;
//! custom adapters usually have no prefix. `revoked-sessions-before-<userId>` (late in 1.7) is a timestamp in Unix milliseconds.
//! It revokes the user's sessions that were created before it, even if their keys still exist.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult, cmd};
use tokio::time::timeout;

use crate::cookie::SessionToken;
use crate::session::SessionRecord;
use crate::sessions::secondary_storage::SessionLookup;
use crate::sessions::source::{SessionSource, Unavailable};

/// Limits a command, including the connect.
const TIMEOUT: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The default prefix of `@better-auth/redis-storage`.
const DEFAULT_PREFIX: &str = "better-auth:";

/// The start of the key with a user's sessions, after the prefix.
const SESSION_LIST: &str = "active-sessions-";
/// The maximum number of SCAN commands of one search, each for about 1,000 keys.
const MAX_SCANS: usize = 200;
/// The maximum number of prefixes of one search.
const MAX_PREFIXES: usize = 8;

/// A connection shared by all requests. It connects on first use, and reconnects after it breaks.
pub struct RedisSessions {
    url: RedisUrl,
    prefix: Option<String>,
    connection: Mutex<Option<ConnectionManager>>,
}

impl RedisSessions {
    /// Looks up sessions in this Redis. Does not connect yet.
    ///
    /// `prefix` precedes each key. Without one, `better-auth:` and no prefix are tried.
    pub fn new(url: RedisUrl, prefix: Option<String>) -> Self {
        Self { url, prefix, connection: Mutex::default() }
    }

    /// Sends PING.
    ///
    /// # Errors
    /// The server is unreachable, or does not respond within 2 s.
    pub async fn ping(&self) -> Result<(), String> {
        self.with_timeout(self.query::<String>("PING", &[])).await.map(drop)
    }

    /// Finds the prefixes of the keys that Better Auth wrote: those of the lists `active-sessions-<userId>`. Returns at most 8.
    ///
    /// Looks at a bounded part of the keys. A prefix may be missing in the result.
    ///
    /// # Errors
    /// The server is unreachable, does not respond within 2 s, or does not permit SCAN.
    pub async fn find_prefixes(&self) -> Result<Vec<String>, String> {
        self.with_timeout(self.scan_prefixes()).await
    }

    async fn scan_prefixes(&self) -> Result<Vec<String>, String> {
        let (mut cursor, mut prefixes) = ("0".to_owned(), Vec::new());
        for _ in 0..MAX_SCANS {
            let arguments = [&cursor, "MATCH", &format!("*{SESSION_LIST}*"), "COUNT", "1000"].map(str::to_owned);
            let (next, keys): (String, Vec<Vec<u8>>) = self.query("SCAN", &arguments).await?;
            for key in keys {
                let key = String::from_utf8_lossy(&key).into_owned();
                let prefix = key.split(SESSION_LIST).next().unwrap_or_default().to_owned();
                if !prefixes.contains(&prefix) && prefixes.len() < MAX_PREFIXES {
                    prefixes.push(prefix);
                }
            }
            if next == "0" {
                break;
            }
            cursor = next;
        }
        Ok(prefixes)
    }

    /// Runs a look-up with a timeout. After a timeout, the next request reconnects.
    async fn with_timeout<T>(&self, lookup: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        timeout(TIMEOUT, lookup).await.unwrap_or_else(|_| {
            *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = None;
            Err("the request timed out".to_owned())
        })
    }

    async fn look_up(&self, token: &SessionToken) -> Result<Option<SessionRecord>, String> {
        let prefixes: Vec<&str> = match &self.prefix {
            Some(prefix) => vec![prefix],
            None => vec![DEFAULT_PREFIX, ""],
        };
        let keys: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}{}", token.expose())).collect();
        let values: Vec<Option<Vec<u8>>> = self.query("MGET", &keys).await?;
        let entry = prefixes.into_iter().zip(values).find_map(|(prefix, value)| Some((prefix, value?)));
        let Some((prefix, json)) = entry else { return Ok(None) };
        let lookup = SessionLookup::parse(&json, token)?;
        let is_revoked = self.is_revoked(prefix, &lookup).await?;
        Ok((!is_revoked).then_some(lookup.record))
    }

    async fn is_revoked(&self, prefix: &str, lookup: &SessionLookup) -> Result<bool, String> {
        let key = format!("{prefix}revoked-sessions-before-{}", lookup.record.user_id);
        let Some(text) = self.query::<Option<String>>("GET", &[key]).await? else { return Ok(false) };
        let before: i64 = text.parse().map_err(|_| "revoked-sessions-before is not a whole number of milliseconds")?;
        Ok(lookup.created_at.is_none_or(|created_at| created_at.timestamp_millis() < before))
    }

    /// Runs a read-only command. Retries it once if the connection is closed.
    async fn query<T: FromRedisValue>(&self, command: &str, arguments: &[String]) -> Result<T, String> {
        let run = async || -> RedisResult<T> { cmd(command).arg(arguments).query_async(&mut self.connection()?).await };
        let result = match run().await {
            Err(error) if error.is_io_error() && !error.is_timeout() => run().await,
            result => result,
        };
        result.map_err(|error| redact_error(&error))
    }

    /// Returns the shared connection. It connects on first use.
    fn connection(&self) -> RedisResult<ConnectionManager> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &*connection {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            // `with_timeout` limits the response time and drops the connection
            .set_response_timeout(None)
            .set_number_of_retries(0);
        let manager = Client::open(self.url.expose())?.get_connection_manager_lazy(config)?;
        Ok(connection.insert(manager).clone())
    }
}

impl SessionSource for RedisSessions {
    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        self.with_timeout(self.look_up(token)).await.map_err(|cause| Unavailable(format!("Redis: {cause}")))
    }
}

/// A `redis://` or `rediss://` URL. `Debug` prints neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

/// The text is not `redis://host:port` or `rediss://host:port`, or asks not to verify the certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("must be redis://host:port or rediss://host:port")]
pub struct InvalidRedisUrl;

impl RedisUrl {
    /// Returns `redis://127.0.0.1`.
    pub fn local() -> Self {
        Self("redis://127.0.0.1".to_owned())
    }

    /// Returns the URL as it was configured, for a connection.
    fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedisUrl {
    type Err = InvalidRedisUrl;

    fn from_str(text: &str) -> Result<Self, InvalidRedisUrl> {
        let has_scheme = text.starts_with("redis://") || text.starts_with("rediss://");
        // an unverified certificate protects nothing
        if !has_scheme || text.ends_with("#insecure") || text.into_connection_info().is_err() {
            return Err(InvalidRedisUrl);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, address) = self.0.split_once("://").unwrap_or_default();
        let address = address.rsplit_once('@').map_or(address, |(_, address)| address);
        write!(f, "{scheme}://{}", address.split('?').next().unwrap_or_default())
    }
}

impl fmt::Display for RedisSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Better Auth's secondary storage, {:?}", self.url)
    }
}

/// Describes an error without the server's message.
///
/// The message may contain the command's arguments.
fn redact_error(error: &RedisError) -> String {
    match error.code() {
        Some(code) => format!("the server responded with {code}"),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    }
}
