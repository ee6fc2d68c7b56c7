//! Starts a separate server for each test.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use actix_web::web;
use better_auth_guard::Verifier;
use task_api::config::Config;
use task_api::db::Db;
use task_api::server::serve;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::client::{Request, Response};
use super::cluster::is_citus;
use super::database::{Database, execute_all_on, execute_on};
use super::{BETTER_AUTH_URL, SECRET, credentials};

/// Variables of the configuration. They override those of [`config`].
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// A running service.
pub struct App {
    pub address: SocketAddr,
    pub url: String,
    pub config: Config,
    /// The service's database, for tests below the HTTP API.
    pub db: Db,
    /// Holds the database file; deleted when the app is dropped.
    _folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
}

impl App {
    /// Starts a service on a migrated database without rows.
    pub fn start(database: Database) -> Self {
        Self::start_with(database, &[])
    }

    /// As [`App::start`], with these settings.
    pub fn start_with(database: Database, settings: Settings<'_>) -> Self {
        let (folder, url) = database.migrated();
        Self::serve(config(&url, settings), url, folder)
    }

    /// Starts a service on any database, which may be missing or unreachable.
    pub fn serve(config: Config, url: String, folder: TempDir) -> Self {
        let db = Db::open(&config.database).expect("the pool starts its threads");
        let listener = TcpListener::bind("127.0.0.1:0").expect("the system assigns a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let (stop, stopped) = oneshot::channel();
        let (settings, state) = (config.http.clone(), task_api::server::state(&config, db.clone()));
        std::thread::spawn(move || {
            let stopped = async move { drop(stopped.await) };
            let serving = serve(listener, None, web::Data::new(state), &settings, stopped);
            actix_web::rt::System::new().block_on(serving).expect("the server runs without an error");
        });
        Self { address, url, config, db, _folder: folder, stop: Some(stop) }
    }

    /// Builds a request.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    /// Builds a request with a valid JWT of this user.
    pub fn request_as(&self, user: &str, method: &str, path: &str) -> Request {
        self.request(method, path).bearer(&credentials::jwt(user))
    }

    /// Polls `/readyz` until it returns this status. The service checks its readiness at most once a second.
    #[track_caller]
    pub fn wait_for_readiness(&self, status: u16) -> Response {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.request("GET", "/readyz").send();
            if answer.status == status {
                return answer;
            }
            assert!(Instant::now() < deadline, "{answer:?}");
            std::thread::yield_now();
        }
    }

    /// Runs SQL on the service's database, on the rows of all users.
    pub fn execute(&self, sql: &str) {
        if self.url.starts_with("sqlite:") {
            return execute_on(&self.url, sql);
        }
        // the owner of a table may suspend its policies; one transaction hides this from other connections
        const TABLES: [&str; 4] = ["tasks", "idempotent_answers", "user_state", "tombstones"];
        let policies = |word: &'static str| {
            TABLES.map(|table| format!("ALTER TABLE IF EXISTS {table} {word} ROW LEVEL SECURITY;"))
        };
        let (off, on) = (policies("NO FORCE"), policies("FORCE"));
        if !is_citus() {
            return execute_on(&self.url, &format!("{} {sql}; {}", off.concat(), on.concat()));
        }
        if !TABLES.iter().any(|table| sql.contains(table)) {
            return execute_on(&self.url, sql);
        }
        // Citus sends each message to other nodes as a whole
        let begin = ["BEGIN", "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'"].map(str::to_owned);
        let messages = [&begin[..], &off[..], &[sql.to_owned()][..], &on[..], &["COMMIT".to_owned()][..]].concat();
        execute_all_on(&self.url, &messages);
    }

    /// Creates Better Auth's tables and a session of this user. Returns the session's token.
    pub fn sign_in(&self, user: &str) -> String {
        let token = format!("{:0<32}", format!("tok{}", user.replace(|c: char| !c.is_ascii_alphanumeric(), "")));
        let now = chrono::Utc::now();
        let session = task_api::db::NewSession {
            user_id: user,
            id: &token,
            token: &token,
            expires_at: now + chrono::TimeDelta::days(7),
            now,
        };
        self.make_better_auth_tables();
        task_api::db::create_session(&self.config.database, &session, false).expect("the tables exist");
        token
    }

    /// Creates the tables `user`, `session` and `jwks` as Better Auth 1.7 does.
    pub fn make_better_auth_tables(&self) {
        let (date, flag) =
            if self.url.starts_with("sqlite") { ("date", "integer") } else { ("timestamptz", "boolean") };
        self.execute(&format!(
            r#"create table if not exists "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
                "emailVerified" {flag} not null, "image" text, "createdAt" {date} not null, "updatedAt" {date} not null);
            create table if not exists "session" ("id" text not null primary key, "expiresAt" {date} not null,
                "token" text not null unique, "createdAt" {date} not null, "updatedAt" {date} not null, "ipAddress" text,
                "userAgent" text, "userId" text not null references "user" ("id") on delete cascade);
            create table if not exists "jwks" ("id" text not null primary key, "publicKey" text not null,
                "privateKey" text not null, "createdAt" {date} not null, "expiresAt" {date}, "alg" text, "crv" text);"#
        ));
    }
}

impl Drop for App {
    /// Stops the server without waiting for its end.
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }
}

/// Returns a configuration for production, with this database and these variables.
pub fn config(url: &str, settings: Settings<'_>) -> Config {
    let user_naming = std::env::var("SET_USER_BY").unwrap_or_else(|_| "auto".into());
    let base = [
        ("SET_USER_BY", user_naming.as_str()),
        ("DATABASE_URL", url),
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_URL", BETTER_AUTH_URL),
        ("POOL_SIZE", "2"),
        ("WORKERS", "1"),
        ("SQLITE_SYNCHRONOUS", "normal"),
        ("SHUTDOWN_TIMEOUT", "1s"),
        // long enough for a slow machine
        ("POOL_WAIT", "20s"),
        ("STATEMENT_TIMEOUT", "20s"),
        // only tests of the limits set them
        ("RATE_LIMIT", "off"),
        ("REFUSAL_LIMIT", "off"),
    ];
    let lookup = |name: &str| {
        let set = settings.iter().chain(&base).find(|(known, _)| *known == name);
        set.map(|(_, value)| (*value).to_owned())
    };
    Config::from_lookup(&lookup).expect("the settings of a test are valid")
}

/// Returns the verifier of a test's configuration with these settings. It uses no database.
pub fn verifier(settings: Settings<'_>) -> Verifier {
    config("sqlite:unused.db", settings).auth.verifier()
}
