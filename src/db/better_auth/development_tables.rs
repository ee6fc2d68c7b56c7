//! Creates sessions for development without a front end.

use better_auth_guard::diesel::SchemaDetector;
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::settings::DatabaseSettings;

/// A new session of `task-api mint cookie`.
pub struct NewSession<'a> {
    /// The session's user. A missing user row is created.
    pub user_id: &'a str,
    /// The row's id: 32 characters, as in Better Auth.
    pub id: &'a str,
    /// The token: 32 characters, as in Better Auth.
    pub token: &'a str,
    /// The session's end.
    pub expires_at: DateTime<Utc>,
    /// The timestamp of creation.
    pub now: DateTime<Utc>,
}

/// The tables that Better Auth's migrations create on SQLite (1.7).
const DEVELOPMENT_TABLES: &str = r#"
    CREATE TABLE IF NOT EXISTS "user" ("id" text NOT NULL PRIMARY KEY, "name" text NOT NULL, "email" text NOT NULL UNIQUE,
        "emailVerified" integer NOT NULL, "image" text, "createdAt" date NOT NULL, "updatedAt" date NOT NULL);
    CREATE TABLE IF NOT EXISTS "session" ("id" text NOT NULL PRIMARY KEY, "expiresAt" date NOT NULL, "token" text NOT NULL UNIQUE,
        "createdAt" date NOT NULL, "updatedAt" date NOT NULL, "ipAddress" text, "userAgent" text,
        "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE);
    CREATE INDEX IF NOT EXISTS "session_userId_idx" ON "session" ("userId");
"#;

/// Inserts the user and the session on both kinds of connection.
///
/// This is a macro because diesel has no trait for binding text on both backends.
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

/// Inserts a session, and its user if missing, into Better Auth's tables.
///
/// `should_create_tables` creates missing tables on SQLite.
///
/// # Errors
/// The database failed, the tables are missing, or they have custom names. The error is a sentence.
pub fn create_session(
    settings: &DatabaseSettings,
    session: &NewSession<'_>,
    should_create_tables: bool,
) -> Result<(), String> {
    let mut connection = settings.connection_manager().connect().map_err(|error| error.to_string())?;
    if let (true, AnyConnection::Sqlite(sqlite)) = (should_create_tables, &mut connection) {
        sqlite.batch_execute(DEVELOPMENT_TABLES).map_err(|error| error.to_string())?;
    }
    let detector = SchemaDetector::new(settings.better_auth.clone());
    let detected = detector.detect(&mut connection).map_err(|error| error.to_string())?;
    let tables = detected.sessions.map_err(DbError::from);
    let tables = tables.map_err(|cause| format!("{cause}; let Better Auth migrate it first"))?;
    if !tables.has_default_names() {
        return Err("Better Auth's tables or columns have custom names: sign in at the front end instead".into());
    }
    // one transaction: a session needs its user
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
