//! What can go wrong between a query and its rows, as far as callers must tell it apart.

use diesel::result::Error;

use crate::db::error_classes;

/// The outcome of a query that did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No such row among those that the caller may see.
    #[error("not found")]
    NotFound,
    /// The row is there, but not in the version that the write was meant for.
    #[error("another version is stored")]
    VersionMismatch,
    /// Another request is about to do the same.
    #[error("the same request is still running")]
    InProgress,
    /// The user would have more tasks than this.
    #[error("more than {0} tasks")]
    QuotaExceeded(i64),
    /// The user would have more stored answers to repeated requests than this.
    #[error("more than {0} answers")]
    AnswersExceeded(i64),
    /// The database cannot be reached, is overloaded, is full or took too long: trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// Anything else; a fault of ours.
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
