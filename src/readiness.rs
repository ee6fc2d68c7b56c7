//! The readiness check behind `/readyz`.

use chrono::{DateTime, Utc};

use crate::cached_check::CachedCheck;
use crate::db::{Db, DbError, RowSecurity};
use crate::sessions::{Readiness, Sessions};

/// The result of a check.
pub type Outcome = Result<Report, NotReady>;

/// The cached check, shared by all requests.
pub type ReadinessCheck = CachedCheck<Outcome>;

/// The result of a successful check.
#[derive(Clone, Debug)]
pub struct Report {
    /// The end of the check.
    pub checked_at: DateTime<Utc>,
    /// `on`, or the reason why row-level security is off.
    pub row_security: String,
    /// `ok`, or the nodes of Citus that do not respond. `None`: the database does not have Citus.
    pub nodes: Option<String>,
    /// `ok`, or the reason why cookies cannot be verified.
    pub sessions: &'static str,
}

/// The reason why the service is not ready.
#[derive(Clone, Debug)]
pub enum NotReady {
    /// A reason that the response contains.
    Reported(&'static str),
    /// The database is unreachable. The cause is logged, not returned.
    Unavailable(String),
    /// The check failed. The cause is logged, not returned.
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
/// One of them prevents the service from serving requests.
pub async fn check(db: &Db, sessions: &Sessions) -> Outcome {
    let migrations = db.migration_state().await?;
    if !migrations.pending.is_empty() {
        return Err(NotReady::Reported("migrations are pending; run task-api migrate run, or restart the service"));
    }
    let row_security = db.row_security().await?;
    if db.requires_row_security() && row_security != RowSecurity::On {
        return Err(NotReady::Reported(
            "row-level security is off, and REQUIRE_ROW_SECURITY is set; task-api doctor names what is missing",
        ));
    }
    let nodes = db.citus().await?.map(|citus| citus.reachability());
    let sessions = match sessions.readiness().await {
        Readiness::Ready => "ok",
        Readiness::Degraded(reason) => reason,
        Readiness::NotReady(reason) => return Err(NotReady::Reported(reason)),
    };
    Ok(Report { checked_at: Utc::now(), row_security: row_security.to_string(), nodes, sessions })
}
