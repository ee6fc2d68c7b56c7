//! A look at the database from where the service will run.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::migrations::{self, MigrationState};
use crate::db::row_security::{self, RowSecurity};
use crate::db::settings::DatabaseSettings;

/// What one connection found, or why it could not.
pub struct DatabaseChecks {
    /// What is applied and what is not.
    pub migrations: Result<MigrationState, DbError>,
    /// Whether the database keeps users apart by itself.
    pub isolation: Result<RowSecurity, DbError>,
    /// The role and the server's clock; `None` on SQLite, which has neither.
    pub server: Result<Option<(String, DateTime<Utc>)>, DbError>,
}

/// Connects once, beside any pool, and looks. Writes no row.
///
/// # Errors
/// The database's own words, where it cannot be opened.
pub fn check_database(settings: &DatabaseSettings) -> Result<DatabaseChecks, String> {
    let mut connection = settings.connector().connect().map_err(|error| error.to_string())?;
    Ok(DatabaseChecks {
        migrations: migrations::state(&mut connection),
        isolation: row_security::check(&mut connection),
        server: server(&mut connection),
    })
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = BigInt)]
    millis: i64,
}

fn server(connection: &mut AnyConnection) -> Result<Option<(String, DateTime<Utc>)>, DbError> {
    const ASK: &str =
        "SELECT current_user::text AS role, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS millis";
    if let AnyConnection::Sqlite(_) = connection {
        return Ok(None);
    }
    let Server { role, millis } = diesel::sql_query(ASK).get_result(connection)?;
    Ok(DateTime::from_timestamp_millis(millis).map(|clock| (role, clock)))
}
