//! Does a list of 50 cost the same for a user with 1,000,000 tasks as for one with 100? `cargo bench --bench list_growth`
//!
//! Fills a SQLite file and a private PostgreSQL, starts the service as it is built for production, and asks it for both users' first
//! page and for one far behind, in turn. Prints the ratios of the medians.

#[path = "../tests/api/support/cluster.rs"]
#[expect(dead_code, reason = "this cluster is not killed")]
mod cluster;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use task_api::auth::{Secret, mint};

const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
const MANY: u32 = 1_000_000;
/// Every so many of the one user's tasks, the other has one.
const TO_ONE: u32 = MANY / 100;
const PAGE: usize = 50;
const REQUESTS: usize = 2_000;
const UNMEASURED: usize = 200;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the database");
    measure("SQLite", &format!("sqlite:{}", folder.path().join("bench.db").display()));
    let schema = format!("bench_{}", std::process::id());
    let admin =
        |sql: String| postgres(cluster::url()).batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    admin(format!("CREATE SCHEMA {schema}"));
    let separator = if cluster::url().contains('?') { '&' } else { '?' };
    measure("PostgreSQL", &format!("{}{separator}options=-csearch_path%3D{schema}", cluster::url()));
    admin(format!("DROP SCHEMA {schema} CASCADE"));
}

fn measure(name: &str, url: &str) {
    let migrated =
        task_api(url, 0).args(["migrate", "run"]).stdout(Stdio::null()).status().expect("the service can be started");
    assert!(migrated.success());
    fill(url);
    let service = Service::start(url);
    let mut client = service.client();
    let first = |user: &str| format!("/api/{user}/tasks?limit={PAGE}");
    // the 50 behind half of all
    let far = |client: &mut Client, user: &str, pages: u32, size: u32| {
        let mut path = format!("/api/{user}/tasks?limit={size}");
        for _ in 0..pages {
            path = client.get(user, &path).next.expect("there is a next page");
        }
        path.replace(&format!("limit={size}"), &format!("limit={PAGE}"))
    };
    let far_few = far(&mut client, "few", 1, 50);
    let far_many = far(&mut client, "many", MANY / 2 / 1_000, 1_000);
    let asked = [("few", first("few")), ("many", first("many")), ("few", far_few), ("many", far_many)];
    let mut times = [const { Vec::new() }; 4];
    for round in 0..UNMEASURED + REQUESTS {
        for ((user, path), times) in asked.iter().zip(&mut times) {
            let start = Instant::now();
            let answer = client.get(user, path);
            let time = start.elapsed();
            if round == 0 {
                let tasks: Value = serde_json::from_slice(&answer.body).expect("JSON");
                assert_eq!(tasks.as_array().map(Vec::len), Some(PAGE), "{path}");
            }
            if round >= UNMEASURED {
                times.push(time);
            }
        }
    }
    let [few, many, far_few, far_many] = times.map(median);
    let ratio = |many: Duration, few: Duration| many.as_secs_f64() / few.as_secs_f64();
    println!("{name}: first page {:.2}, far page {:.2}", ratio(many, few), ratio(far_many, far_few));
    println!("    medians: few {few:?}, many {many:?}, far few {far_few:?}, far many {far_many:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the database answers")
}

/// The two users' tasks, in the order in which they were created.
fn fill(url: &str) {
    let insert = |numbers: &str, created_at: &str| {
        format!(
            "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, priority, tags, created_at, updated_at)
             SELECT owners.user_id, owners.user_id || n, 'Task ' || n, 'task ' || n, 'What is to be done about ' || n, 'what is to be done about ' || n,
                    n % 4, '[\"home\"]', {created_at}, {created_at}
             FROM {numbers} JOIN (SELECT 'many' AS user_id UNION ALL SELECT 'few') AS owners
                    ON owners.user_id = 'many' OR n % {TO_ONE} = 0
             ORDER BY n"
        )
    };
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let numbers = format!(
                "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY}) SELECT n FROM numbers)"
            );
            let sql = insert(&numbers, "strftime('%Y-%m-%d %H:%M:%S', '2024-01-01', n || ' minutes')");
            SqliteConnection::establish(path).expect("the file can be opened").batch_execute(&sql)
        }
        None => {
            let numbers = format!("generate_series(1, {MANY}) AS numbers (n)");
            // the policies would have one user's tasks at a time
            let sql = format!(
                "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY; {}; ALTER TABLE tasks FORCE ROW LEVEL SECURITY",
                insert(&numbers, "timestamp '2024-01-01' + n * interval '1 minute'")
            );
            let mut connection = postgres(url);
            // what autovacuum would do by itself, some time later
            connection.batch_execute(&sql).and_then(|()| connection.batch_execute("VACUUM ANALYZE tasks"))
        }
    }
    .expect("the tasks are made");
}

fn task_api(url: &str, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-api"));
    command.env_clear().env("DATABASE_URL", url).env("PORT", port.to_string());
    command.env("BETTER_AUTH_SECRET", SECRET).env("BETTER_AUTH_URL", "http://localhost:3000").env("RUST_LOG", "error");
    command.env("RATE_LIMIT", "off");
    command.stdin(Stdio::null());
    command
}

/// A service that runs, until this is dropped.
struct Service {
    process: Child,
    port: u16,
}

impl Service {
    fn start(url: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        Self { process: task_api(url, port).spawn().expect("the service can be started"), port }
    }

    fn client(&self) -> Client {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => return Client::new(stream),
                Err(error) => assert!(Instant::now() < deadline, "the service does not listen: {error}"),
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One connection, kept from request to request.
struct Client {
    stream: BufReader<TcpStream>,
    tokens: [(&'static str, String); 2],
}

struct Answer {
    next: Option<String>,
    body: Vec<u8>,
}

impl Client {
    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a socket has this option");
        let expiry = chrono::Utc::now().timestamp() + 24 * 60 * 60;
        let token = |user| (user, mint(&json!({ "sub": user, "exp": expiry }), &Secret::new(SECRET)));
        Self { stream: BufReader::new(stream), tokens: [token("few"), token("many")] }
    }

    fn get(&mut self, user: &str, path: &str) -> Answer {
        let token = &self.tokens.iter().find(|(name, _)| *name == user).expect("one of the two").1;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes()).expect("the service reads");
        let (mut next, mut length) = (None, 0);
        let status = self.line();
        loop {
            let line = self.line();
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().expect("a number");
                }
                Some((name, value)) if name.eq_ignore_ascii_case("link") => {
                    next = value.split_once(';').map(|(target, _)| target.trim_matches(['<', '>']).to_owned());
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body comes");
        assert!(status.contains(" 200 "), "{path}: {status} {}", String::from_utf8_lossy(&body));
        Answer { next, body }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("an answer comes");
        line.trim_end().to_owned()
    }
}
