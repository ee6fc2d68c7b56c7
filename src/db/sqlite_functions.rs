//! Functions that the service adds to SQLite.

use diesel::result::QueryResult;
use diesel::{SqliteConnection, define_sql_function};

use crate::task::text::normalized;

define_sql_function! {
    /// Converts a text to Unicode normalization form C, as PostgreSQL's `normalize` does.
    fn nfc(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Adds the functions to a connection.
pub(crate) fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
    nfc_utils::register_impl(connection, |text: String| normalized(&text).into_owned())
}
