//! Better Auth's `secondaryStorage` in Redis (1.2 to 1.7, `src/db/internal-adapter.ts`).
//!
//! The session of a token is JSON under the key `<token>`; `@better-auth/redis-storage` puts `better-auth:` before every key, an
//! adapter by hand mostly nothing. `revoked-sessions-before-<userId>` (late in 1.7) is a moment in Unix milliseconds: the user's
//! sessions from before it are revoked, even where their own keys are still there.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisError, RedisResult, cmd};
use tokio::time::timeout;

use crate::auth::{SessionRecord, SessionToken};
use crate::config::RedisSettings;
use crate::sessions::secondary_storage::SessionLookup;

/// From connecting, where that is needed, to the answer.
const TIMEOUT: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The prefix of `@better-auth/redis-storage`, unless it is told otherwise.
const USUAL_PREFIX: &str = "better-auth:";

/// One connection, shared by all requests, that is made when first needed and again when it breaks.
pub struct Redis {
    settings: RedisSettings,
    connection: Mutex<Option<ConnectionManager>>,
}

impl Redis {
    pub(crate) fn new(settings: &RedisSettings) -> Self {
        Self { settings: settings.clone(), connection: Mutex::default() }
    }

    pub(crate) async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, String> {
        self.in_time(self.look_up(token)).await
    }

    pub(crate) async fn ping(&self) -> Result<(), String> {
        self.in_time(self.ask::<String>("PING", &[])).await.map(drop)
    }

    /// A connection on which nothing comes may be dead without anybody knowing: the next request makes another.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        timeout(TIMEOUT, answer).await.unwrap_or_else(|_| {
            *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = None;
            Err("no answer in time".to_owned())
        })
    }

    async fn look_up(&self, token: &SessionToken) -> Result<Option<SessionRecord>, String> {
        let prefixes: Vec<&str> = match &self.settings.prefix {
            Some(prefix) => vec![prefix],
            None => vec![USUAL_PREFIX, ""],
        };
        let keys: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}{}", token.expose())).collect();
        let values: Vec<Option<Vec<u8>>> = self.ask("MGET", &keys).await?;
        let found = prefixes.into_iter().zip(values).find_map(|(prefix, value)| Some((prefix, value?)));
        let Some((prefix, json)) = found else { return Ok(None) };
        let found = SessionLookup::read(&json, token)?;
        let is_revoked = self.is_revoked(prefix, &found).await?;
        Ok((!is_revoked).then_some(found.record))
    }

    async fn is_revoked(&self, prefix: &str, found: &SessionLookup) -> Result<bool, String> {
        let key = format!("{prefix}revoked-sessions-before-{}", found.record.user_id);
        let Some(text) = self.ask::<Option<String>>("GET", &[key]).await? else { return Ok(false) };
        let before: i64 = text.parse().map_err(|_| "when sessions were revoked cannot be read")?;
        Ok(found.created_at.is_none_or(|created_at| created_at.timestamp_millis() < before))
    }

    /// Asks twice where the connection turns out to be gone: what is asked changes nothing.
    async fn ask<T: FromRedisValue>(&self, command: &str, arguments: &[String]) -> Result<T, String> {
        let once =
            async || -> RedisResult<T> { cmd(command).arg(arguments).query_async(&mut self.connection()?).await };
        let answer = match once().await {
            Err(error) if error.is_io_error() && !error.is_timeout() => once().await,
            answer => answer,
        };
        answer.map_err(|error| redact_error(&error))
    }

    /// The connection in use, or one that connects when it is first asked something.
    fn connection(&self) -> RedisResult<ConnectionManager> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &*connection {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            // bounded by `in_time`, which also takes leave of the connection
            .set_response_timeout(None)
            .set_number_of_retries(0);
        let made = Client::open(self.settings.url.expose())?.get_connection_manager_lazy(config)?;
        Ok(connection.insert(made).clone())
    }
}

impl fmt::Display for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Better Auth's secondary storage, {:?}", self.settings.url)
    }
}

/// What went wrong, without the server's own words, which may repeat what it was sent.
fn redact_error(error: &RedisError) -> String {
    match error.code() {
        Some(code) => format!("the server answered {code}"),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    }
}
