//! Where the session behind a token is looked up: in Better Auth's tables, in its secondary storage, or at Better Auth itself.
//!
//! A token comes here when its signature is good, which alone proves nothing. What is found is judged by
//! `SessionToken::judge`, the same way wherever it was found. Where nothing can be found out, because
//! the place is away, slow, or holds what cannot be read, the answer is 503: nobody is let in, and nobody is signed out.

mod better_auth_http;
mod redis;
mod secondary_storage;

use crate::auth::{SessionRecord, SessionToken};
use crate::config::{AuthSettings, SessionSource};
use crate::db::{Db, DbError};
use crate::sessions::better_auth_http::BetterAuthHttp;
use crate::sessions::redis::Redis;

/// The place where sessions are looked up.
pub enum Sessions {
    /// Better Auth's tables.
    Database {
        /// Where they are.
        db: Db,
        /// Whether the service is not ready without them.
        is_required: bool,
    },
    /// Its secondary storage.
    Redis(Redis),
    /// Better Auth itself.
    BetterAuthHttp(BetterAuthHttp),
    /// Nowhere: the cookies are the sessions, and were judged before.
    Cookie,
}

/// It cannot be found out, and why; for the log.
#[derive(Debug)]
pub struct Unavailable(pub String);

/// Whether sessions can be looked up, for `/readyz`.
pub enum Readiness {
    /// They can, as far as that is known without asking for one.
    Ready,
    /// They cannot, and nobody said that they must.
    Degraded(&'static str),
    /// They cannot.
    NotReady(&'static str),
}

impl Sessions {
    /// The place by these settings. Nothing is connected yet.
    pub fn new(settings: &AuthSettings, db: &Db) -> Self {
        match &settings.sessions {
            SessionSource::Database { is_required } => Self::Database { db: db.clone(), is_required: *is_required },
            SessionSource::Redis(redis) => Self::Redis(Redis::new(redis)),
            SessionSource::FrontEnd(url) => Self::BetterAuthHttp(BetterAuthHttp::new(url, &settings.cookie)),
            SessionSource::Cookie => Self::Cookie,
        }
    }

    /// The session of this token; `None` where there is none (any more).
    ///
    /// # Errors
    /// The place cannot be asked, or what it says cannot be understood.
    pub async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        match self {
            Self::Database { db, .. } => Ok(db.session(token.clone()).await?),
            Self::Redis(redis) => redis.find(token).await.map_err(|why| Unavailable(format!("Redis: {why}"))),
            Self::BetterAuthHttp(front_end) => front_end.find(token).await.map_err(Unavailable),
            Self::Cookie => Ok(None),
        }
    }

    /// Whether sessions can be looked up; the cause is logged where they cannot.
    pub async fn readiness(&self) -> Readiness {
        match self {
            Self::Database { db, is_required } => {
                let tables = db.better_auth_tables().await;
                match tables.map_err(|error| error.to_string()).and_then(|tables| tables.sessions) {
                    Ok(_) => Readiness::Ready,
                    Err(_) if !is_required => {
                        Readiness::Degraded("Better Auth's tables are missing: JWTs work, cookies cannot be judged")
                    }
                    Err(why) => {
                        log::warn!("not ready: {why}");
                        Readiness::NotReady("Better Auth's tables are missing.")
                    }
                }
            }
            Self::Redis(redis) => match redis.ping().await {
                Ok(()) => Readiness::Ready,
                Err(why) => {
                    log::warn!("not ready: Redis: {why}");
                    Readiness::NotReady("Better Auth's secondary storage does not answer.")
                }
            },
            Self::BetterAuthHttp(_) | Self::Cookie => Readiness::Ready,
        }
    }

    /// Says in the log where sessions are looked up, once, at start.
    pub async fn log_source(&self) {
        match self {
            Self::Database { db, .. } => match db.better_auth_tables().await.map(|tables| tables.sessions) {
                Ok(Ok(tables)) => log::info!("sessions are looked up in {tables}"),
                Ok(Err(why)) => log::warn!("cookies cannot be judged: {why}"),
                Err(error) => log::warn!("cookies cannot be judged: {error}"),
            },
            Self::Redis(redis) => log::info!("sessions are looked up in {redis}"),
            Self::BetterAuthHttp(front_end) => log::info!("sessions are looked up at {front_end}"),
            Self::Cookie => log::info!("sessions are not looked up: their cookies hold them"),
        }
    }
}

impl From<DbError> for Unavailable {
    fn from(error: DbError) -> Self {
        Self(error.to_string())
    }
}
