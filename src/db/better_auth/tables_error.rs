//! Converts errors of the guard. The texts name the service's settings.

use better_auth_guard::diesel::{ReadError, TablesError};

use crate::db::error::DbError;

impl From<TablesError> for DbError {
    fn from(error: TablesError) -> Self {
        Self::Unavailable(match error {
            TablesError::Ambiguous { model, first, second } => format!(
                "both {first} and {second} match Better Auth's table {model}: set {}_TABLE",
                model.to_string().to_uppercase()
            ),
            TablesError::Missing { model, is_configured: true } => format!(
                "the database has no table with the name in {}_TABLE and columns for {} that this role may read",
                model.to_string().to_uppercase(),
                model.required_fields().join(", ")
            ),
            error @ TablesError::Missing { is_configured: false, .. } => error.to_string(),
        })
    }
}

impl From<ReadError> for DbError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Query(error) => error.into(),
            ReadError::Tables(error) => error.into(),
            ReadError::Timestamp(error) => Self::Query(error.to_string()),
        }
    }
}
