//! What does isolation by the database cost, and what the quota? `cargo bench --bench row_security`
//!
//! Starts the service as it is built for production, on two schemas of one private PostgreSQL that differ in their policies alone, and
//! again with a quota and with one that is never near. Both of a pair are asked in turn; prints ratios of their throughput.

#[path = "../tests/api/support/cluster.rs"]
#[expect(dead_code, reason = "this cluster is not killed")]
mod cluster;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::json;
use task_api::auth::{Secret, mint};

const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
const ROUNDS: usize = 2_000;
const UNMEASURED: usize = 200;

fn main() {
    let (with, without) = (Bed::new("with", 20_000, "10000"), Bed::new("without", 20_000, "10000"));
    without.execute(
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY; ALTER TABLE idempotent_answers DISABLE ROW LEVEL SECURITY",
    );
    print("GET, a list of 50", &with, &without, "GET /api/user0/tasks?limit=50", "");
    print("POST", &with, &without, "POST /api/newcomer/tasks", r#"{"title":"t"}"#);
    // from 5,000 tasks on, with room for as many more
    let (near, far) = (Bed::new("near", 20_000, "10000"), Bed::new("far", 20_000, "1000000000"));
    print("POST, half of the quota used up", &near, &far, "POST /api/user0/tasks", r#"{"title":"t"}"#);
}

/// Asks both in turn; prints the throughput of the first by that of the second, from the sums of times and from their medians.
fn print(what: &str, first: &Bed, second: &Bed, call: &str, body: &str) {
    let user = call.split('/').nth(2).expect("the path names a user");
    let mut clients = [first, second].map(|bed| bed.client(user));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..UNMEASURED + ROUNDS {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            let start = Instant::now();
            client.send(call, body);
            if round >= UNMEASURED {
                times.push(start.elapsed());
            }
        }
    }
    let [first, second] = times.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        // the slowest hundredth is this machine's, not the service's
        let sum: Duration = times[..ROUNDS - ROUNDS / 100].iter().sum();
        (sum.as_secs_f64(), times[ROUNDS / 2].as_secs_f64())
    });
    println!("{what}: throughput {:.2}, by medians {:.2}", second.0 / first.0, second.1 / first.1);
}

/// A schema with tasks of four users, and a service on it.
struct Bed {
    url: String,
    process: Child,
    port: u16,
}

impl Bed {
    fn new(name: &str, tasks: u32, quota: &str) -> Self {
        let schema = format!("bench_{name}_{}", std::process::id());
        let separator = if cluster::url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}options=-csearch_path%3D{schema}", cluster::url());
        execute(cluster::url(), &format!("CREATE SCHEMA {schema}"));
        let migrated = task_api(&url, 0).args(["migrate", "run"]).stdout(Stdio::null()).status();
        assert!(migrated.expect("the service can be started").success());
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let process = task_api(&url, port).env("TASK_QUOTA", quota).spawn().expect("the service can be started");
        let bed = Self { url, process, port };
        bed.execute(&format!(
            "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;
             INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, created_at, updated_at)
             SELECT 'user' || (n % 4), 't' || n, 'Task ' || n, 'task ' || n, 'What is to be done', 'what is to be done', at, at
             FROM generate_series(1, {tasks}) AS n, LATERAL (SELECT timestamp '2024-01-01' + n * interval '1 minute' AS at) AS moment;
             ALTER TABLE tasks FORCE ROW LEVEL SECURITY"
        ));
        bed.execute("VACUUM ANALYZE tasks");
        bed
    }

    fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    fn client(&self, user: &str) -> Client {
        let deadline = Instant::now() + Duration::from_secs(60);
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => break stream,
                Err(error) => assert!(Instant::now() < deadline, "the service does not listen: {error}"),
            }
        };
        stream.set_nodelay(true).expect("a socket has this option");
        let expiry = chrono::Utc::now().timestamp() + 24 * 60 * 60;
        let token = mint(&json!({ "sub": user, "exp": expiry }), &Secret::new(SECRET));
        Client { stream: BufReader::new(stream), token }
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let schema = self.url.rsplit("%3D").next().expect("there is a last part");
        execute(cluster::url(), &format!("DROP SCHEMA {schema} CASCADE"));
    }
}

fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::establish(url).expect("the database answers");
    connection.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn task_api(url: &str, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-api"));
    command.env_clear().env("DATABASE_URL", url).env("PORT", port.to_string());
    command.env("BETTER_AUTH_SECRET", SECRET).env("BETTER_AUTH_URL", "http://localhost:3000").env("RUST_LOG", "error");
    command.stdin(Stdio::null());
    command
}

/// One connection, kept from request to request.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    fn send(&mut self, call: &str, body: &str) {
        let request = format!(
            "{call} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the service reads");
        let (status, mut length) = (self.line(), 0);
        loop {
            let line = self.line();
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().expect("a number");
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body comes");
        assert!(status.contains(" 20"), "{call}: {status} {}", String::from_utf8_lossy(&body));
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("an answer comes");
        line.trim_end().to_owned()
    }
}
