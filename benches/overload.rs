//! What becomes of those who are served when four times as many ask as can be? `cargo bench --bench overload`
//!
//! Starts the service as it is built for production, with a pool of two connections. First 32 clients ask one request after the other:
//! that is what it can do. Then four times as many requests per second come at their own pace, whoever waits. Prints ratios, and fails
//! where fewer than four in five of the good answers are left, where an answer is late, or where a refusal does not say when to come back.

#[path = "../tests/api/support/cluster.rs"]
#[expect(dead_code, reason = "this cluster is not killed")]
mod cluster;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;
use task_api::auth::{Secret, mint};

const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
const TASKS: u32 = 1_000;
/// All tasks of the user are looked at, and none is found: the database has to work, and nothing else.
const CALL: &str = "GET /api/user/tasks?search=nowhere&limit=50";
const CLIENTS: usize = 32;
const TIMES: u32 = 4;
const POOL_WAIT: Duration = Duration::from_millis(1_000);
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(1_000);
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 2;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the database");
    measure("SQLite", &format!("sqlite:{}", folder.path().join("bench.db").display()));
    let schema = format!("bench_{}", std::process::id());
    execute(cluster::url(), &format!("CREATE SCHEMA {schema}"));
    let separator = if cluster::url().contains('?') { '&' } else { '?' };
    measure("PostgreSQL", &format!("{}{separator}options=-csearch_path%3D{schema}", cluster::url()));
    execute(cluster::url(), &format!("DROP SCHEMA {schema} CASCADE"));
}

fn measure(name: &str, url: &str) {
    let service = Service::start(url);
    service.offer(CLIENTS, None); // not measured
    let (mut capacity, mut overload) = (Vec::new(), Vec::new());
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let alone = service.offer(CLIENTS, None);
        assert!(alone.iter().all(|answer| answer.status == 200), "{name}: there is room for {CLIENTS} clients");
        let per_second = good(&alone) / ROUND.as_secs_f64();
        let pace = Duration::from_secs_f64(1.0 / (per_second * f64::from(TIMES)));
        // twice as many as can be waiting, so that one is always free to ask
        let clients = (2.0 * per_second * f64::from(TIMES) * POOL_WAIT.as_secs_f64()) as usize;
        let many = service.offer(clients, Some(pace));
        ratios.push(good(&many) / good(&alone));
        capacity.extend(alone);
        overload.extend(many);
    }
    let refused: Vec<&Answer> = overload.iter().filter(|answer| answer.status != 200).collect();
    let (answered, bound) = (p99(&overload), POOL_WAIT + STATEMENT_TIMEOUT);
    let kept = good(&overload) / good(&capacity);
    println!(
        "{name}: offered {:.1} of capacity, good answers {kept:.2} of capacity ({}), refused {:.2} of all, \
         p99 of all answers {:.2} of POOL_WAIT + STATEMENT_TIMEOUT (with {CLIENTS} clients {:.2})",
        overload.len() as f64 / capacity.len() as f64,
        ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(", "),
        refused.len() as f64 / overload.len() as f64,
        answered.as_secs_f64() / bound.as_secs_f64(),
        p99(&capacity).as_secs_f64() / bound.as_secs_f64(),
    );
    assert!(!refused.is_empty(), "{name}: this was no overload");
    assert!(
        refused.iter().all(|answer| answer.status == 503 && answer.says_when),
        "{name}: 503, and when to come back"
    );
    assert!(answered <= bound, "{name}: an answer is late");
    assert!(kept >= 0.8, "{name}: those who can be served are not");
}

/// How many good answers came while the round lasted.
fn good(answers: &[Answer]) -> f64 {
    answers.iter().filter(|answer| answer.status == 200 && answer.came_after <= ROUND).count() as f64
}

fn p99(answers: &[Answer]) -> Duration {
    let mut times: Vec<Duration> = answers.iter().map(|answer| answer.took).collect();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

struct Answer {
    status: u16,
    says_when: bool,
    /// From when the request was due.
    took: Duration,
    /// From the beginning of the round.
    came_after: Duration,
}

/// A service that runs on a database of its own, until this is dropped.
struct Service {
    process: Child,
    port: u16,
}

impl Service {
    fn start(url: &str) -> Self {
        let migrated = task_api(url, 0).args(["migrate", "run"]).stdout(Stdio::null()).status();
        assert!(migrated.expect("the service can be started").success());
        fill(url);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let process = task_api(url, port).spawn().expect("the service can be started");
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the service does not listen");
            std::thread::yield_now();
        }
        Self { process, port }
    }

    /// Asks for a round from so many connections: at this pace, or as soon as there has been an answer.
    fn offer(&self, clients: usize, pace: Option<Duration>) -> Vec<Answer> {
        let mut clients: Vec<Client> = (0..clients).map(|_| Client::connect(self.port)).collect();
        let (next, start) = (AtomicU32::new(0), Instant::now());
        let work = |client: &mut Client| {
            let mut answers = Vec::new();
            loop {
                let due = pace.map_or_else(|| start.elapsed(), |pace| pace * next.fetch_add(1, Ordering::Relaxed));
                if due >= ROUND {
                    return answers;
                }
                std::thread::sleep(due.saturating_sub(start.elapsed()));
                let (status, says_when) = client.ask();
                let came_after = start.elapsed();
                answers.push(Answer { status, says_when, took: came_after - due, came_after });
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = clients.iter_mut().map(|client| scope.spawn(|| work(client))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("every request is answered")).collect()
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn task_api(url: &str, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-api"));
    command.env_clear().env("DATABASE_URL", url).env("PORT", port.to_string());
    command.env("BETTER_AUTH_SECRET", SECRET).env("BETTER_AUTH_URL", "http://localhost:3000").env("RUST_LOG", "off");
    command.env("RATE_LIMIT", "off").env("POOL_SIZE", "2").env("POOL_WAIT", format!("{}ms", POOL_WAIT.as_millis()));
    command.env("STATEMENT_TIMEOUT", format!("{}ms", STATEMENT_TIMEOUT.as_millis()));
    command.stdin(Stdio::null());
    command
}

fn fill(url: &str) {
    let insert = |numbers: &str| {
        let text = "what is to be done ".repeat(40);
        format!(
            "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, created_at, updated_at)
             SELECT 'user', 't' || n, 'Task ' || n, 'task ' || n, '{text}', '{text}', '2024-01-01 00:00:00', '2024-01-01 00:00:00'
             FROM {numbers}"
        )
    };
    match url.strip_prefix("sqlite:") {
        Some(_) => execute(
            url,
            &insert(&format!(
                "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {TASKS}) SELECT n FROM numbers)"
            )),
        ),
        None => {
            let insert = insert(&format!("generate_series(1, {TASKS}) AS numbers (n)"));
            // the policies would have this user's tasks made by this user
            execute(url, &format!("BEGIN; SELECT set_config('app.user_id', 'user', true); {insert}; COMMIT"));
            execute(url, "VACUUM ANALYZE tasks");
        }
    }
}

fn execute(url: &str, sql: &str) {
    let outcome = match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path).expect("the file can be opened").batch_execute(sql),
        None => PgConnection::establish(url).expect("the database answers").batch_execute(sql),
    };
    outcome.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// One connection, kept from request to request.
struct Client {
    stream: BufReader<TcpStream>,
    request: String,
}

impl Client {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the service listens");
        stream.set_nodelay(true).expect("a socket has this option");
        let expiry = chrono::Utc::now().timestamp() + 24 * 60 * 60;
        let token = mint(&json!({ "sub": "user", "exp": expiry }), &Secret::new(SECRET));
        let request = format!("{CALL} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        Self { stream: BufReader::new(stream), request }
    }

    /// The status of the answer, and whether it says when to come back.
    fn ask(&mut self) -> (u16, bool) {
        self.stream.get_mut().write_all(self.request.as_bytes()).expect("the service reads");
        let status = self.line();
        let (mut length, mut says_when) = (0, false);
        loop {
            let line = self.line();
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().expect("a number");
                }
                Some((name, _)) => says_when |= name.eq_ignore_ascii_case("retry-after"),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body comes");
        (status.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line"), says_when)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("an answer comes");
        line.trim_end().to_owned()
    }
}
