//! A look at the database from where the service will run.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::AnyConnection;
use super::isolation::{self, Isolation};
use super::migrations::{self, MigrationState};
use super::{DatabaseSettings, StoreError};

/// What one connection found, or why it could not.
pub struct Checkup {
    /// What is applied and what is not.
    pub migrations: Result<MigrationState, StoreError>,
    /// Whether the database keeps users apart by itself.
    pub isolation: Result<Isolation, StoreError>,
    /// The role and the server's clock; `None` on SQLite, which has neither.
    pub server: Result<Option<(String, DateTime<Utc>)>, StoreError>,
}

/// Connects once, beside any pool, and looks. Writes no row.
///
/// # Errors
/// The database's own words, where it cannot be opened.
pub fn check_up(settings: &DatabaseSettings) -> Result<Checkup, String> {
    let mut connection = settings.connector().connect().map_err(|error| error.to_string())?;
    Ok(Checkup {
        migrations: migrations::state(&mut connection),
        isolation: isolation::look(&mut connection),
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

fn server(connection: &mut AnyConnection) -> Result<Option<(String, DateTime<Utc>)>, StoreError> {
    const ASK: &str =
        "SELECT current_user::text AS role, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS millis";
    if let AnyConnection::Sqlite(_) = connection {
        return Ok(None);
    }
    let Server { role, millis } = diesel::sql_query(ASK).get_result(connection)?;
    Ok(DateTime::from_timestamp_millis(millis).map(|clock| (role, clock)))
}
