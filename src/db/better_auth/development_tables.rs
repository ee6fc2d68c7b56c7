//! Sessions made by hand, for development without a front end.

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::better_auth::schema_detector::detect;
use crate::db::connection::AnyConnection;
use crate::db::settings::DatabaseSettings;

/// A session to be made by `task-api mint cookie`.
pub struct NewSession<'a> {
    /// Whose it is; the user's row is made where there is none.
    pub user_id: &'a str,
    /// The row's id: 32 characters, as Better Auth's are.
    pub id: &'a str,
    /// The token: 32 characters, as Better Auth's are.
    pub token: &'a str,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The moment of creation.
    pub now: DateTime<Utc>,
}

/// Better Auth's own tables as its migrations make them on SQLite (1.7): for development without a front end.
const DEVELOPMENT_TABLES: &str = r#"
    CREATE TABLE IF NOT EXISTS "user" ("id" text NOT NULL PRIMARY KEY, "name" text NOT NULL, "email" text NOT NULL UNIQUE,
        "emailVerified" integer NOT NULL, "image" text, "createdAt" date NOT NULL, "updatedAt" date NOT NULL);
    CREATE TABLE IF NOT EXISTS "session" ("id" text NOT NULL PRIMARY KEY, "expiresAt" date NOT NULL, "token" text NOT NULL UNIQUE,
        "createdAt" date NOT NULL, "updatedAt" date NOT NULL, "ipAddress" text, "userAgent" text,
        "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE);
    CREATE INDEX IF NOT EXISTS "session_userId_idx" ON "session" ("userId");
"#;

/// Two statements on either kind of connection; a macro, since diesel has no trait that says "takes text" for both.
macro_rules! insert_session {
    ($connection:expr, $session:expr, $cast:literal) => {{
        let iso = |instant: DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Millis, true);
        let (now, expires_at) = (iso($session.now), iso($session.expires_at));
        diesel::sql_query(concat!(
            "INSERT INTO \"user\" (id, name, email, \"emailVerified\", \"createdAt\", \"updatedAt\") ",
            "SELECT $1, $2, $3, FALSE, $4",
            $cast,
            ", $5",
            $cast,
            " WHERE NOT EXISTS (SELECT 1 FROM \"user\" WHERE id = $6)"
        ))
        .bind::<Text, _>($session.user_id)
        .bind::<Text, _>($session.user_id)
        .bind::<Text, _>(format!("{}@task-api.invalid", $session.user_id))
        .bind::<Text, _>(&now)
        .bind::<Text, _>(&now)
        .bind::<Text, _>($session.user_id)
        .execute($connection)?;
        diesel::sql_query(concat!(
            "INSERT INTO session (id, token, \"userId\", \"expiresAt\", \"createdAt\", \"updatedAt\") ",
            "VALUES ($1, $2, $3, $4",
            $cast,
            ", $5",
            $cast,
            ", $6",
            $cast,
            ")"
        ))
        .bind::<Text, _>($session.id)
        .bind::<Text, _>($session.token)
        .bind::<Text, _>($session.user_id)
        .bind::<Text, _>(&expires_at)
        .bind::<Text, _>(&now)
        .bind::<Text, _>(&now)
        .execute($connection)?;
        Ok(())
    }};
}

/// Writes a session, and its user if need be, into Better Auth's tables.
///
/// # Errors
/// A sentence; also where the tables are missing and `make_tables` does not allow making them.
pub fn create_session(settings: &DatabaseSettings, session: &NewSession<'_>, make_tables: bool) -> Result<(), String> {
    let mut connection = settings.connector().connect().map_err(|error| error.to_string())?;
    if let (true, AnyConnection::Sqlite(sqlite)) = (make_tables, &mut connection) {
        sqlite.batch_execute(DEVELOPMENT_TABLES).map_err(|error| error.to_string())?;
    }
    let found = detect(&mut connection, &settings.better_auth).map_err(|error| error.to_string())?;
    let tables = found.sessions.map_err(|why| format!("{why}; let Better Auth migrate it first"))?;
    if !tables.is_usual {
        return Err("Better Auth's tables or columns have other names here than its own: sign in there instead".into());
    }
    // one transaction: a session without its user would be nobody's
    let outcome = match &mut connection {
        AnyConnection::Postgres(postgres) => {
            postgres.transaction(|connection| insert_session!(connection, session, "::timestamptz"))
        }
        AnyConnection::Sqlite(sqlite) => {
            sqlite.immediate_transaction(|connection| insert_session!(connection, session, ""))
        }
    };
    outcome.map_err(|error: diesel::result::Error| error.to_string())
}
