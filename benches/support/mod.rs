//! Shared by the benches: temporary databases, a release build of the service, and an HTTP client.

#[path = "../../tests/api/support/cluster.rs"]
#[expect(dead_code, reason = "the benches do not kill the server")]
mod cluster;

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use better_auth_guard::{Secret, mint, signed_cookie_value};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
/// The timeout of the service's start and of a response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A temporary, migrated database. Dropping the value deletes it.
pub struct Database {
    pub url: String,
    /// The folder of the SQLite file.
    _folder: Option<TempDir>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        Self::migrated(format!("sqlite:{}", folder.path().join("bench.db").display()), Some(folder))
    }

    pub fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let schema = format!("bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        execute(cluster::url(), &format!("CREATE SCHEMA {schema}"));
        let separator = if cluster::url().contains('?') { '&' } else { '?' };
        Self::migrated(format!("{}{separator}options=-csearch_path%3D{schema}", cluster::url()), None)
    }

    fn migrated(url: String, folder: Option<TempDir>) -> Self {
        let migrated = task_api(&url).args(["migrate", "run"]).env("RUST_LOG", "error").stdout(Stdio::null()).status();
        assert!(migrated.expect("the service can be started").success());
        Self { url, _folder: folder }
    }

    /// Runs SQL on a separate connection.
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// Fills the table `tasks` with the statement for this kind of database.
    pub fn fill(&self, sqlite: &str, postgres: &str) {
        if self.url.starts_with("sqlite:") {
            return self.execute(sqlite);
        }
        // The policies would restrict the insert to one user. The triggers would write the user's state once for each row.
        let policies = |word: &str| {
            ["tasks", "user_state"].map(|table| format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY; ")).concat()
        };
        let triggers = |word: &str| format!("ALTER TABLE tasks {word} TRIGGER USER");
        let state = "INSERT INTO user_state (user_id, tasks) SELECT user_id, count(*) FROM tasks GROUP BY user_id \
                     ON CONFLICT (user_id) DO UPDATE SET tasks = excluded.tasks";
        self.execute(&format!(
            "{}{}; {postgres}; {state}; {}; {}",
            policies("NO FORCE"),
            triggers("DISABLE"),
            triggers("ENABLE"),
            policies("FORCE")
        ));
        // autovacuum would do this only later
        self.execute("VACUUM ANALYZE tasks");
        self.execute("VACUUM ANALYZE user_state");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((_, schema)) = self.url.rsplit_once("%3D") {
            execute(cluster::url(), &format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

fn execute(url: &str, sql: &str) {
    let outcome = match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path).expect("the file can be opened").batch_execute(sql),
        None => PgConnection::establish(url).expect("the database accepts connections").batch_execute(sql),
    };
    outcome.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn task_api(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-api"));
    command.env_clear().env("DATABASE_URL", url).env("BETTER_AUTH_SECRET", SECRET);
    // no process can listen on port 0, so no key set is fetched
    command.env("BETTER_AUTH_URL", "http://localhost:0");
    command.stdin(Stdio::null());
    command
}

/// A running service. Dropping the value kills it.
pub struct Service {
    process: Child,
    port: u16,
}

impl Service {
    /// Starts a service without a rate limit, with further settings. Returns after it accepts connections.
    pub fn start(database: &Database, settings: &[(&str, &str)]) -> Self {
        Self::run(database, &[&[("RUST_LOG", "error"), ("RATE_LIMIT", "off")], settings].concat())
    }

    /// Starts a service with the default settings.
    pub fn with_defaults(database: &Database) -> Self {
        Self::run(database, &[])
    }

    fn run(database: &Database, settings: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut command = task_api(&database.url);
        // the service writes its log as in production, but the bench does not read it
        command.env("PORT", port.to_string()).envs(settings.iter().copied()).stderr(Stdio::null());
        let service = Self { process: command.spawn().expect("the service can be started"), port };
        let deadline = Instant::now() + TIMEOUT;
        while let Err(error) = TcpStream::connect(("127.0.0.1", port)) {
            assert!(Instant::now() < deadline, "the service does not listen: {error}");
            std::thread::yield_now();
        }
        service
    }

    /// Returns the address of the service.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Connects as a user.
    pub fn client(&self, user: &str) -> Client {
        self.connect(&token(user)).expect("the service listens")
    }

    /// Connects with a token.
    pub fn connect(&self, token: &str) -> Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Client { stream: BufReader::new(stream), token: token.to_owned() })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the `Cookie` header of a session token, in Better Auth's format.
pub fn cookie(session: &str) -> String {
    format!("better-auth.session_token={}", signed_cookie_value(session, &Secret::new(SECRET)))
}

/// Returns a JWT of a user, valid for a day.
pub fn token(user: &str) -> String {
    token_with(&json!({ "sub": user }))
}

/// Returns a JWT with further claims, valid for a day.
pub fn token_with(claims: &Value) -> String {
    let mut claims = claims.clone();
    claims["exp"] = json!(chrono::Utc::now().timestamp() + 24 * 60 * 60);
    mint(&claims, &Secret::new(SECRET))
}

/// A persistent connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

/// A response.
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// Sends a request (`GET /path`). Panics if the response is not 2xx.
    pub fn expect_success(&mut self, call: &str, body: &str) -> Response {
        let response = self.send(call, body).expect("the service responds");
        assert_eq!(response.status / 100, 2, "{call}: {} {}", response.status, String::from_utf8_lossy(&response.body));
        response
    }

    /// Sends a request and reads the response.
    ///
    /// # Errors
    /// The connection was closed, or the timeout of a minute passed.
    pub fn send(&mut self, call: &str, body: &str) -> Result<Response> {
        let request = format!(
            "{call} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        while let Some((name, value)) = self.line()?.split_once(": ") {
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        let length = response.header("content-length").and_then(|length| length.parse().ok());
        response.body.resize(length.ok_or(ErrorKind::InvalidData)?, 0);
        self.stream.read_exact(&mut response.body)?;
        Ok(response)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(Error::from(ErrorKind::UnexpectedEof)),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}
