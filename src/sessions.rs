//! Looks up the session of a token.
//!
//! The source is Better Auth's tables, its secondary storage, or its HTTP API. The token's signature is already verified.
//! `SessionToken::verify_record` verifies the session, for all sources in the same way. If the source is unreachable, slow, or
//! has unreadable data, the response is 503. The request is not authenticated, and the client is not signed out.

use better_auth_guard::sessions::{HttpSessions, RedisSessions, SessionSource as _, Unavailable};
use better_auth_guard::{SessionRecord, SessionToken};

use crate::config::{AuthSettings, SessionSource};
use crate::db::Db;
use crate::jwks::USER_AGENT;

/// The source of sessions.
pub enum Sessions {
    /// Better Auth's tables.
    Database {
        /// The database.
        db: Db,
        /// Whether readiness requires the tables.
        is_required: bool,
    },
    /// Better Auth's secondary storage.
    Redis(RedisSessions),
    /// Better Auth's HTTP API.
    BetterAuthHttp(HttpSessions),
    /// No look-up. The verifier has already checked the `session_data` cookie.
    Cookie,
}

/// The state of the session source, for `/readyz`.
pub enum Readiness {
    /// The source is available. The check makes no look-up.
    Ready,
    /// The source is unavailable but not required.
    Degraded(&'static str),
    /// The source is unavailable.
    NotReady(&'static str),
}

impl Sessions {
    /// Creates the source from settings, without connecting.
    pub fn new(settings: &AuthSettings, db: &Db) -> Self {
        match &settings.sessions {
            SessionSource::Database { is_required } => Self::Database { db: db.clone(), is_required: *is_required },
            SessionSource::Redis(redis) => Self::Redis(RedisSessions::new(redis.url.clone(), redis.prefix.clone())),
            SessionSource::BetterAuth(url) => {
                Self::BetterAuthHttp(HttpSessions::with_user_agent(url, &settings.cookie, USER_AGENT))
            }
            SessionSource::Cookie => Self::Cookie,
        }
    }

    /// Looks up the session of this token. Returns `None` if it does not exist.
    ///
    /// # Errors
    /// The source is unreachable, or its data is unreadable.
    pub async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        match self {
            Self::Database { db, .. } => {
                db.session(token.clone()).await.map_err(|error| Unavailable(error.to_string()))
            }
            Self::Redis(redis) => redis.find(token).await,
            Self::BetterAuthHttp(front_end) => front_end.find(token).await,
            Self::Cookie => Ok(None),
        }
    }

    /// Checks the source, and logs why it is unavailable.
    pub async fn readiness(&self) -> Readiness {
        match self {
            Self::Database { db, is_required } => match db.session_tables().await {
                Ok(_) => Readiness::Ready,
                Err(_) if !is_required => Readiness::Degraded(
                    "Better Auth's tables are missing: JWTs are accepted, session tokens cannot be verified",
                ),
                Err(cause) => {
                    log::warn!("not ready: {cause}");
                    Readiness::NotReady(
                        "Better Auth's tables are missing in the database, and SESSION_SOURCE is database; run Better Auth's migration",
                    )
                }
            },
            Self::Redis(redis) => match redis.ping().await {
                Ok(()) => Readiness::Ready,
                Err(cause) => {
                    log::warn!("not ready: Redis: {cause}");
                    Readiness::NotReady(
                        "Better Auth's secondary storage (REDIS_URL) is unreachable; the log has the cause",
                    )
                }
            },
            Self::BetterAuthHttp(_) | Self::Cookie => Readiness::Ready,
        }
    }

    /// Logs the source at startup.
    pub async fn log_source(&self) {
        match self {
            Self::Database { db, .. } => match db.session_tables().await {
                Ok(tables) => log::info!("session source: {tables}"),
                Err(error) => log::warn!("session tokens cannot be verified: {error}"),
            },
            Self::Redis(redis) => log::info!("session source: {redis}"),
            Self::BetterAuthHttp(front_end) => log::info!("session source: {front_end}"),
            Self::Cookie => log::info!("session source: the cookie session_data, without look-ups"),
        }
    }
}
