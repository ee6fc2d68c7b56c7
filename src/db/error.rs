//! Database errors that callers handle differently.

use diesel::result::Error;

use crate::db::error_classes;

/// A database error.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The user has no such row.
    #[error("not found")]
    NotFound,
    /// The row exists in a version that the write's condition excludes.
    #[error("another version is stored")]
    VersionMismatch,
    /// Another request with the same key or the same tasks is in flight.
    #[error("the same request is still running")]
    InProgress,
    /// The write would exceed this task quota of the user.
    #[error("more than {0} tasks")]
    QuotaExceeded(i64),
    /// The write would exceed this quota of responses stored for retries.
    #[error("more than {0} stored responses")]
    ResponseQuotaExceeded(i64),
    /// The changes after this position are not stored completely.
    #[error("the changes after this position are not stored")]
    ChangesExpired,
    /// The database is unreachable, overloaded or full, or a timeout expired. A later retry may succeed.
    #[error("{0}")]
    Unavailable(String),
    /// Any other error; a bug of the service.
    #[error("{0}")]
    Query(String),
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            error if error_classes::is_transient(&error) => Self::Unavailable(error.to_string()),
            error => Self::Query(error.to_string()),
        }
    }
}
