//! Creates a separate database for each test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use better_auth_guard::diesel::{BetterAuthNames, DieselTables, TableConnection};
use better_auth_guard::sessions::{SessionSource, Unavailable};
use better_auth_guard::{
    AuthPolicy, Credential, CredentialError, CredentialHeaders, Guard, Jwks, JwksTable, KeySet, RequestHead, Secret,
    SessionRecord, SessionToken, Verifier, signed_cookie_value,
};
use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};
use http::header::COOKIE;
use http::{HeaderMap, Method};
use serde_json::Value;
use tempfile::TempDir;

use super::cluster;

const SECRET: &str = "a secret of the tests, with 32 bytes or more";

/// A connection to either database, with its column types.
pub trait AnyConnection: R2D2Connection + TableConnection + Send + 'static {
    /// The type of Better Auth's timestamps.
    const DATE: &'static str;
    /// The type of Better Auth's booleans.
    const FLAG: &'static str;
    /// The member with Drizzle's rows in the captured vectors.
    const DRIZZLE_ROWS: &'static str;
    /// The type of Drizzle's timestamps.
    const DRIZZLE_DATE: &'static str;
    /// Locks the table `session` in a transaction.
    const LOCK: &'static str;
    /// Makes the database compare tokens without case.
    const IGNORE_CASE: &'static str;

    /// Returns the URL of an empty database. `folder` is for its file.
    fn create(folder: &TempDir) -> String;
    /// Returns a URL that no server serves.
    fn unreachable(folder: &TempDir) -> String;
}

impl AnyConnection for SqliteConnection {
    const DATE: &'static str = "date";
    const FLAG: &'static str = "integer";
    const DRIZZLE_ROWS: &'static str = "sqlite";
    const DRIZZLE_DATE: &'static str = "integer";
    const LOCK: &'static str = "BEGIN EXCLUSIVE";
    const IGNORE_CASE: &'static str = r#"ALTER TABLE session RENAME TO exact;
        CREATE TABLE session ("token" text COLLATE NOCASE, "userId" text, "expiresAt" date);
        INSERT INTO session SELECT "token", "userId", "expiresAt" FROM exact"#;

    fn create(folder: &TempDir) -> String {
        folder.path().join("test.db").display().to_string()
    }

    fn unreachable(folder: &TempDir) -> String {
        folder.path().join("missing/hunter2.db").display().to_string()
    }
}

impl AnyConnection for PgConnection {
    const DATE: &'static str = "timestamptz";
    const FLAG: &'static str = "boolean";
    const DRIZZLE_ROWS: &'static str = "pg";
    const DRIZZLE_DATE: &'static str = "timestamp";
    const LOCK: &'static str = "BEGIN; LOCK TABLE session IN ACCESS EXCLUSIVE MODE";
    const IGNORE_CASE: &'static str = "CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
         ALTER TABLE session ALTER COLUMN token TYPE text COLLATE no_case";

    fn create(_: &TempDir) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let schema = format!("guard_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::establish(cluster::url()).expect("PostgreSQL accepts connections");
        connection.batch_execute(&format!("CREATE SCHEMA {schema}")).expect("the schema can be created");
        let separator = if cluster::url().contains('?') { '&' } else { '?' };
        format!("{}{separator}options=-csearch_path%3D{schema}", cluster::url())
    }

    fn unreachable(folder: &TempDir) -> String {
        format!("host={} user=me password=hunter2", folder.path().display())
    }
}

/// A database with a pool of one connection.
pub struct Database<C: AnyConnection> {
    pub pool: Pool<ConnectionManager<C>>,
    pub names: BetterAuthNames,
    url: String,
    runtime: tokio::runtime::Runtime,
    /// Deletes the file on drop.
    _folder: TempDir,
}

impl<C: AnyConnection> Database<C> {
    /// Creates an empty database.
    pub fn empty() -> Self {
        Self::with_url(C::create)
    }

    /// Creates the tables `user`, `session` and `jwks` as Better Auth 1.7 does.
    pub fn migrated() -> Self {
        let database = Self::empty();
        let (date, flag) = (C::DATE, C::FLAG);
        database.execute(&format!(
            r#"create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
                "emailVerified" {flag} not null, "image" text, "createdAt" {date} not null, "updatedAt" {date} not null);
            create table "session" ("id" text not null primary key, "expiresAt" {date} not null,
                "token" text not null unique, "createdAt" {date} not null, "updatedAt" {date} not null, "ipAddress" text,
                "userAgent" text, "userId" text not null);
            create table "jwks" ("id" text not null primary key, "publicKey" text not null,
                "privateKey" text not null, "createdAt" {date} not null, "expiresAt" {date}, "alg" text, "crv" text);"#
        ));
        database
    }

    /// Uses a database that is unreachable.
    pub fn unreachable() -> Self {
        Self::with_url(C::unreachable)
    }

    fn with_url(url: impl FnOnce(&TempDir) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let url = url(&folder);
        let pool = Pool::builder().max_size(1).min_idle(Some(0)).build_unchecked(ConnectionManager::new(&url));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime starts");
        Self { pool, names: BetterAuthNames::default(), url, runtime, _folder: folder }
    }

    /// Opens another connection.
    pub fn connect(&self) -> C {
        C::establish(&self.url).expect("the database accepts connections")
    }

    /// Runs SQL on another connection.
    pub fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Authenticates a request with the session cookie of this token.
    pub fn authenticate(&self, token: &str) -> Result<SessionRecord, CredentialError> {
        self.authenticate_within(token, Duration::from_secs(60))
    }

    /// Authenticates a request as [`Self::authenticate`] does, with this timeout of the look-up.
    pub fn authenticate_within(&self, token: &str, timeout: Duration) -> Result<SessionRecord, CredentialError> {
        let sessions = DieselTables::new(self.pool.clone()).names(self.names.clone()).timeout(timeout);
        self.runtime.block_on(authenticate(sessions, token))
    }

    /// Looks up the session of this token, also if it has expired.
    pub fn session(&self, token: &str) -> Result<Option<SessionRecord>, Unavailable> {
        let sessions = DieselTables::new(self.pool.clone()).names(self.names.clone());
        self.runtime.block_on(sessions.timeout(Duration::from_secs(60)).find(&signed_token(token)))
    }

    /// Loads the public keys.
    pub fn keys(&self) -> Result<Option<Vec<Value>>, String> {
        let jwks = DieselTables::new(self.pool.clone()).names(self.names.clone());
        self.runtime.block_on(jwks.timeout(Duration::from_secs(60)).load())
    }
}

async fn authenticate(sessions: impl SessionSource, token: &str) -> Result<SessionRecord, CredentialError> {
    let guard = Guard::builder()
        .secrets([Secret::new(SECRET)])
        .base_url("http://localhost:0")
        .jwks(Jwks::none())
        .sessions(sessions)
        .build()
        .expect("the guard's settings are valid");
    let headers = HeaderMap::from_iter([(COOKIE, cookie(token).try_into().expect("a header value"))]);
    let authenticated = guard.authenticate(RequestHead::new(&Method::GET, &headers)).await?;
    Ok(authenticated.session().expect("the credential is a session").clone())
}

/// Returns the `Cookie` header of this token.
fn cookie(token: &str) -> String {
    format!("better-auth.session_token={}", signed_cookie_value(token, &Secret::new(SECRET)))
}

/// Verifies the signature of this token's cookie.
fn signed_token(token: &str) -> SessionToken {
    let (verifier, cookie) = (Verifier::new(AuthPolicy::new([Secret::new(SECRET)])), cookie(token));
    let headers = CredentialHeaders { cookie: vec![cookie.as_bytes()], ..CredentialHeaders::default() };
    match verifier.verify(&headers, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => token,
        other => panic!("not a session: {other:?}"),
    }
}
