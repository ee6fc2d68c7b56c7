//! Checks the database for `doctor`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::citus::{self, CitusState};
use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::feed::{self, LiveEvents};
use crate::db::migrations::{self, MigrationState};
use crate::db::row_security::{self, RowSecurity};
use crate::db::settings::DatabaseSettings;

/// The results of the checks on one connection.
pub struct DatabaseChecks {
    /// The applied and pending migrations.
    pub migrations: Result<MigrationState, DbError>,
    /// Whether row-level security is on.
    pub row_security: Result<RowSecurity, DbError>,
    /// The server. `None` on SQLite.
    pub server: Result<Option<Server>, DbError>,
    /// The state of Citus. `None`: the database does not have it.
    pub citus: Result<Option<CitusState>, DbError>,
    /// How instances learn about the changes of other instances.
    pub live_events: Result<LiveEvents, DbError>,
}

/// The server of a connection.
pub struct Server {
    /// The role of the connection.
    pub role: String,
    /// The clock of the server.
    pub clock: DateTime<Utc>,
    /// The statement timeout of the connection. Zero: none.
    pub statement_timeout: Duration,
}

/// Runs the checks on a new connection outside the pool. Writes nothing.
///
/// # Errors
/// The error text of the database, if the connection fails.
pub fn check_database(settings: &DatabaseSettings) -> Result<DatabaseChecks, String> {
    let mut connection = settings.connection_manager().connect().map_err(|error| error.to_string())?;
    Ok(DatabaseChecks {
        migrations: migrations::state(&mut connection),
        row_security: row_security::check(&mut connection),
        server: server_info(&mut connection),
        citus: citus::state(&mut connection),
        live_events: live_events(&mut connection, settings.prepared_statements),
    })
}

fn live_events(connection: &mut AnyConnection, keeps_settings: bool) -> Result<LiveEvents, DbError> {
    match connection {
        AnyConnection::Postgres(connection) => Ok(feed::live_events(connection, keeps_settings)?),
        AnyConnection::Sqlite(_) => Ok(LiveEvents::InProcess),
    }
}

#[derive(QueryableByName)]
struct ServerInfo {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = BigInt)]
    millis: i64,
    #[diesel(sql_type = BigInt)]
    statement_timeout: i64,
}

fn server_info(connection: &mut AnyConnection) -> Result<Option<Server>, DbError> {
    const QUERY: &str =
        "SELECT current_user::text AS role, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS millis,
         (SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout";
    if let AnyConnection::Sqlite(_) = connection {
        return Ok(None);
    }
    let ServerInfo { role, millis, statement_timeout } = diesel::sql_query(QUERY).get_result(connection)?;
    let statement_timeout = Duration::from_millis(u64::try_from(statement_timeout).unwrap_or(0));
    Ok(DateTime::from_timestamp_millis(millis).map(|clock| Server { role, clock, statement_timeout }))
}
