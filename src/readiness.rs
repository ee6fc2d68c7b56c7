//! Whether the service can serve: what `/readyz` answers.

use chrono::{DateTime, Utc};

use crate::cached_check::CachedCheck;
use crate::db::{Db, DbError, RowSecurity};
use crate::sessions::{Readiness, Sessions};

/// The result of a check.
pub type Outcome = Result<Report, NotReady>;

/// The check, shared by all requests.
pub type ReadinessCheck = CachedCheck<Outcome>;

/// What a successful check found.
#[derive(Clone, Debug)]
pub struct Report {
    /// When the check ended.
    pub checked_at: DateTime<Utc>,
    /// `on`, or a sentence why row-level security is off.
    pub row_security: String,
    /// `ok`, or a sentence why cookies cannot be verified.
    pub sessions: &'static str,
}

/// Why the service cannot serve.
#[derive(Clone, Debug)]
pub enum NotReady {
    /// For this reason, which the answer names.
    Because(&'static str),
    /// The database cannot be reached. The cause is for the log.
    Unavailable(String),
    /// The check failed. The cause is for the log.
    Failed(String),
}

impl From<DbError> for NotReady {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => Self::Unavailable(cause),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Checks the database, its migrations, row-level security and the source of sessions.
///
/// # Errors
/// One of them does not allow the service to serve.
pub async fn check(db: &Db, sessions: &Sessions) -> Outcome {
    let migrations = db.migration_state().await?;
    if !migrations.pending.is_empty() {
        return Err(NotReady::Because("Migrations are pending."));
    }
    let isolation = db.isolation().await?;
    if db.requires_row_security() && isolation != RowSecurity::On {
        return Err(NotReady::Because("Isolation by the database is off."));
    }
    let sessions = match sessions.readiness().await {
        Readiness::Ready => "ok",
        Readiness::Degraded(what) => what,
        Readiness::NotReady(why) => return Err(NotReady::Because(why)),
    };
    Ok(Report { checked_at: Utc::now(), row_security: isolation.to_string(), sessions })
}
