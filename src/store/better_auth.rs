//! Better Auth's tables, which it migrates itself and this service only reads: `session` and `user` for cookies, `jwks` for JWTs.
//!
//! Names and encodings are those of Better Auth's own (Kysely) migrations, 1.2 to 1.7: columns in camel case; times as `timestamptz`
//! or (up to 1.3.10) `timestamp` on PostgreSQL, read as UTC, and as ISO 8601 text on SQLite; ids of any type, read as text.
//! `jwks.expiresAt` came with 1.4, `jwks.alg` with 1.7, the columns of a ban with the admin plugin: what is there is found out.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use serde_json::Value;

use super::connection::AnyConnection;
use super::{DatabaseSettings, Db, StoreError};
use crate::auth::{SessionRecord, SessionToken};

/// How long what was found is believed: Better Auth may migrate while this service runs.
const FOUND_FOR: Duration = Duration::from_secs(60);

/// How long after its `expiresAt` a key may still verify (`gracePeriod`'s default, `src/plugins/jwt/index.ts`).
const KEY_GRACE: TimeDelta = TimeDelta::days(30);

/// Which of Better Auth's tables are in the database, and which of their columns that not every version has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BetterAuthTables {
    /// `session` and `user` are there, so that a cookie can be judged.
    pub sessions: bool,
    /// `jwks` is there.
    pub jwks: bool,
    columns: HashSet<(String, String)>,
}

impl BetterAuthTables {
    fn has(&self, table: &str, column: &str) -> bool {
        self.columns.contains(&(table.to_owned(), column.to_owned()))
    }
}

/// Remembers what was found.
#[derive(Default)]
pub(super) struct Finder(Mutex<Option<(Instant, Arc<BetterAuthTables>)>>);

impl Finder {
    fn forget(&self) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
    }

    fn tables(&self, connection: &mut AnyConnection) -> Result<Arc<BetterAuthTables>, StoreError> {
        let remembered = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        if let Some((_, tables)) = remembered.filter(|(at, tables)| tables.sessions && at.elapsed() < FOUND_FOR) {
            return Ok(tables);
        }
        let tables = Arc::new(look(connection)?);
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((Instant::now(), tables.clone()));
        Ok(tables)
    }
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

fn look(connection: &mut AnyConnection) -> Result<BetterAuthTables, StoreError> {
    let columns = diesel::sql_query(match connection {
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = ANY (current_schemas(false)) AND table_name IN ('session', 'user', 'jwks')"
        }
        AnyConnection::Sqlite(_) => {
            "SELECT t.name AS table_name, c.name AS column_name FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type IN ('table', 'view') AND t.name IN ('session', 'user', 'jwks')"
        }
    });
    let columns = columns.load::<Column>(connection)?;
    let mut tables = BetterAuthTables {
        columns: columns.into_iter().map(|column| (column.table_name, column.column_name)).collect(),
        ..Default::default()
    };
    let session = ["token", "userId", "expiresAt"].iter().all(|column| tables.has("session", column));
    tables.sessions = session && tables.has("user", "id");
    tables.jwks = tables.has("jwks", "id") && tables.has("jwks", "publicKey");
    Ok(tables)
}

#[derive(QueryableByName)]
struct SessionRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    expires_at: String,
    #[diesel(sql_type = Bool)]
    user_exists: bool,
    #[diesel(sql_type = Bool)]
    banned: bool,
    #[diesel(sql_type = Nullable<Text>)]
    ban_expires: Option<String>,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    kid: String,
    #[diesel(sql_type = Text)]
    public_key: String,
    #[diesel(sql_type = Nullable<Text>)]
    alg: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    expires_at: Option<String>,
}

impl Db {
    /// The row behind a session token, with its user and ban, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] also where Better Auth's tables are not there: then no session can be judged.
    pub async fn session(&self, token: SessionToken) -> Result<Option<SessionRecord>, StoreError> {
        let finder = self.better_auth.clone();
        self.reading
            .run(move |connection| {
                let tables = finder.tables(connection)?;
                find_session(connection, &tables, &token).map_err(|error| {
                    finder.forget();
                    // tables that are not as they were: nobody can say whose session this is
                    StoreError::Unavailable(error.to_string())
                })
            })
            .await
    }

    /// Better Auth's public keys as JWKs; `None` where there is no `jwks` table.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn public_keys(&self, now: DateTime<Utc>) -> Result<Option<Vec<Value>>, StoreError> {
        self.reading
            .run(move |connection| {
                let tables = look(connection)?;
                find_keys(connection, &tables, now)
            })
            .await
    }

    /// What of Better Auth is in the database.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn better_auth_tables(&self) -> Result<BetterAuthTables, StoreError> {
        self.reading.run(look).await
    }
}

fn find_session(
    connection: &mut AnyConnection,
    tables: &BetterAuthTables,
    token: &SessionToken,
) -> Result<Option<SessionRecord>, StoreError> {
    if !tables.sessions {
        return Err(StoreError::Unavailable("the database has no tables session and user of Better Auth".into()));
    }
    if token.expose().contains('\0') {
        return Ok(None); // PostgreSQL cannot even be asked for it
    }
    let (id, time): (&str, fn(&str) -> String) = match connection {
        AnyConnection::Postgres(_) => ("s.\"userId\"::text", postgres_time),
        AnyConnection::Sqlite(_) => ("CAST(s.\"userId\" AS TEXT)", sqlite_time),
    };
    let banned = if tables.has("user", "banned") { "coalesce(u.banned, FALSE)" } else { "FALSE" };
    let ban_expires = if tables.has("user", "banExpires") { time("u.\"banExpires\"") } else { "NULL".into() };
    let expires_at = time("s.\"expiresAt\"");
    let statement = format!(
        "SELECT {id} AS user_id, {expires_at} AS expires_at, u.id IS NOT NULL AS user_exists, {banned} AS banned, \
         {ban_expires} AS ban_expires FROM session s LEFT JOIN \"user\" u ON u.id = s.\"userId\" WHERE s.token = $1"
    );
    let rows = diesel::sql_query(statement).bind::<Text, _>(token.expose()).load::<SessionRow>(connection)?;
    rows.into_iter().next().map(SessionRow::read).transpose()
}

impl SessionRow {
    fn read(self) -> Result<SessionRecord, StoreError> {
        Ok(SessionRecord {
            user_id: self.user_id,
            expires_at: instant(&self.expires_at)?,
            user_exists: self.user_exists,
            banned: self.banned,
            ban_expires: self.ban_expires.as_deref().map(instant).transpose()?,
        })
    }
}

fn find_keys(
    connection: &mut AnyConnection,
    tables: &BetterAuthTables,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Value>>, StoreError> {
    if !tables.jwks {
        return Ok(None);
    }
    let (id, time): (&str, fn(&str) -> String) = match connection {
        AnyConnection::Postgres(_) => ("id::text", postgres_time),
        AnyConnection::Sqlite(_) => ("CAST(id AS TEXT)", sqlite_time),
    };
    let alg = if tables.has("jwks", "alg") { "alg" } else { "NULL" };
    let expires_at = if tables.has("jwks", "expiresAt") { time("\"expiresAt\"") } else { "NULL".into() };
    let statement =
        format!("SELECT {id} AS kid, \"publicKey\" AS public_key, {alg} AS alg, {expires_at} AS expires_at FROM jwks");
    let rows = diesel::sql_query(statement).load::<KeyRow>(connection)?;
    let mut keys = Vec::new();
    for row in rows {
        let expiry = row.expires_at.as_deref().map(instant).transpose()?;
        if expiry.is_none_or(|expiry| expiry + KEY_GRACE > now) {
            keys.push(row.into_jwk());
        }
    }
    Ok(Some(keys))
}

impl KeyRow {
    /// The column holds a JWK without `kid`; what is no JSON is handed on as it is, to be refused and named with the other bad keys.
    fn into_jwk(self) -> Value {
        let mut jwk: Value = serde_json::from_str(&self.public_key).unwrap_or(Value::Null);
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".into(), self.kid.into());
            if let Some(alg) = self.alg {
                members.entry("alg").or_insert_with(|| alg.into());
            }
        }
        jwk
    }
}

/// Unix milliseconds as text. A column without a time zone is read as UTC.
fn postgres_time(column: &str) -> String {
    format!("floor(extract(epoch FROM {column}) * 1000)::bigint::text")
}

/// As it is stored.
fn sqlite_time(column: &str) -> String {
    format!("CAST({column} AS TEXT)")
}

/// Reads ISO 8601 text, Unix milliseconds, or (where a number is too small for those) Unix seconds.
fn instant(text: &str) -> Result<DateTime<Utc>, StoreError> {
    const FIRST_IN_MS: i64 = 100_000_000_000; // 1973 in milliseconds, 5138 in seconds
    let read = match text.parse::<i64>() {
        Ok(number) if number.abs() < FIRST_IN_MS => DateTime::from_timestamp(number, 0),
        Ok(number) => DateTime::from_timestamp_millis(number),
        Err(_) => DateTime::parse_from_rfc3339(text)
            .map(|instant| instant.to_utc())
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|naive| naive.and_utc()))
            .ok(),
    };
    read.ok_or_else(|| StoreError::Query("a time in Better Auth's tables is in no known form".into()))
}

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
pub fn add_session(settings: &DatabaseSettings, session: &NewSession<'_>, make_tables: bool) -> Result<(), String> {
    let mut connection = settings.connector().connect().map_err(|error| error.to_string())?;
    if let (true, AnyConnection::Sqlite(sqlite)) = (make_tables, &mut connection) {
        sqlite.batch_execute(DEVELOPMENT_TABLES).map_err(|error| error.to_string())?;
    }
    if !look(&mut connection).map_err(|error| error.to_string())?.sessions {
        return Err(
            "the database has no tables session and user of Better Auth; let Better Auth migrate it first".into()
        );
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
