//! Measures the service at four times its capacity: `cargo bench --bench overload`.
//!
//! Starts a release build of the service with two database connections and a user with thousands of tasks. Each request is a list that
//! scans all tasks, so the database is the bottleneck. The bench alternates two kinds of rounds. In the first, a few clients send one
//! request after the other, which measures the capacity. In the second, requests follow a fixed schedule at four times this rate. Times
//! of the second kind start when a request is due. Prints ratios. Exits with 1 if a limit is exceeded.

#[expect(dead_code, reason = "this bench does not use all helpers")]
mod support;

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use support::{Client, Database, Response, Service};

/// The default quota. A statement must cost much more than sending and rejecting a request, because all of them share the same cores.
const TASKS: u32 = 10_000;
/// Scans all tasks and matches none.
const CALL: &str = "GET /api/user/tasks?search=nowhere&limit=50";
const CLIENTS: usize = 16;
const OVERLOAD_FACTOR: f64 = 4.0;
const POOL_WAIT: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(6);
const ROUNDS: usize = 3;

/// The required share of successful responses, relative to the capacity.
const MIN_GOODPUT: f64 = 0.8;
/// The accepted response time above `POOL_WAIT`, for the statement and the load of the bench.
const TOLERANCE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let violations = [measure("SQLite", &Database::sqlite()), measure("PostgreSQL", &Database::postgres())].concat();
    for limit in &violations {
        eprintln!("limit exceeded: {limit}");
    }
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the bench on a database. Returns the exceeded limits.
fn measure(name: &str, database: &Database) -> Vec<String> {
    fill(database);
    let wait = format!("{}ms", POOL_WAIT.as_millis());
    let service = Service::start(database, &[("POOL_SIZE", "2"), ("POOL_WAIT", &wait)]);
    offer(&service, CLIENTS, None); // a warm-up
    let (mut baseline, mut overloaded) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = offer(&service, CLIENTS, None);
        let per_second = OVERLOAD_FACTOR * successes(&round) / ROUND.as_secs_f64();
        // more clients than requests in flight: pending requests, running requests, and a margin for late requests
        let clients = (1.25 * per_second * POOL_WAIT.as_secs_f64()) as usize + CLIENTS;
        overloaded.extend(offer(&service, clients, Some(Duration::from_secs_f64(1.0 / per_second))));
        baseline.extend(round);
    }
    let mut client = service.client("user");
    let start = Instant::now();
    let after = client.send(CALL, "").map(|response| response.status);
    let waited = start.elapsed();
    let ready = client.send("GET /readyz", "").map(|response| response.status);

    let goodput = successes(&overloaded) / successes(&baseline);
    let rejected = overloaded.iter().filter(|request| request.outcome == Outcome::Rejected).count();
    let latency = p99(&overloaded).as_secs_f64() / (POOL_WAIT + TOLERANCE).as_secs_f64();
    println!(
        "{name}: offered {:.1} of capacity; successful responses {goodput:.2} of capacity; rejected {:.2} of all; p99 {latency:.2} of (POOL_WAIT + 1 s)",
        overloaded.len() as f64 / successes(&baseline),
        rejected as f64 / overloaded.len() as f64,
    );
    let others: Vec<String> = [&baseline, &overloaded]
        .into_iter()
        .flatten()
        .filter(|request| !matches!(request.outcome, Outcome::Success | Outcome::Rejected))
        .map(|request| format!("{:?}", request.outcome))
        .collect();
    let limits = [
        (rejected > 0, "no request was rejected: this was no overload".to_owned()),
        (others.is_empty(), format!("responses must be 200 or a valid 503, but there were: {others:?}")),
        (goodput >= MIN_GOODPUT, format!("successes must be at least {MIN_GOODPUT} of capacity: {goodput:.2}")),
        (latency <= 1.0, format!("p99 must be at most POOL_WAIT + 1 s: {latency:.2} of that")),
        (
            matches!(after, Ok(200)) && waited < TOLERANCE,
            format!("a request after the overload must get 200 within 1 s: {after:?}"),
        ),
        (matches!(ready, Ok(200)), format!("/readyz after the overload must get 200: {ready:?}")),
    ];
    limits.into_iter().filter(|(is_kept, _)| !is_kept).map(|(_, limit)| format!("{name}: {limit}")).collect()
}

/// A finished request.
struct Request {
    outcome: Outcome,
    /// The time since the request was due.
    latency: Duration,
    /// The end of the request, since the start of its round.
    finished_at: Duration,
}

#[derive(PartialEq, Eq, Debug)]
enum Outcome {
    Success,
    /// 503 with a problem document and `Retry-After`.
    Rejected,
    /// Another response.
    Unexpected(u16),
    /// The connection was closed, or the timeout of a minute passed.
    Failed(ErrorKind),
}

impl Outcome {
    fn of(response: &Response) -> Self {
        let has_retry_after = response.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok());
        let has_problem = response.header("content-type") == Some("application/problem+json")
            && serde_json::from_slice(&response.body).is_ok_and(|problem: serde_json::Value| problem["status"] == 503);
        match response.status {
            200 => Self::Success,
            503 if has_retry_after && has_problem => Self::Rejected,
            other => Self::Unexpected(other),
        }
    }
}

/// Returns the number of successful responses before the end of the round.
fn successes(requests: &[Request]) -> f64 {
    requests.iter().filter(|request| request.outcome == Outcome::Success && request.finished_at <= ROUND).count() as f64
}

fn p99(requests: &[Request]) -> Duration {
    let mut times: Vec<Duration> = requests.iter().map(|request| request.latency).collect();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Sends requests for one round, with one connection per client. With an interval, requests follow this schedule. Without one, each
/// client sends its next request after the response.
fn offer(service: &Service, clients: usize, interval: Option<Duration>) -> Vec<Request> {
    let (token, next, start) = (support::token("user"), AtomicU32::new(0), Instant::now());
    let work = || {
        let (mut requests, mut client) = (Vec::new(), None);
        loop {
            let due =
                interval.map_or_else(|| start.elapsed(), |interval| interval * next.fetch_add(1, Ordering::Relaxed));
            if due >= ROUND {
                return requests;
            }
            std::thread::sleep(due.saturating_sub(start.elapsed()));
            let outcome = send(service, &token, &mut client);
            let finished_at = start.elapsed();
            requests.push(Request { outcome, latency: finished_at - due, finished_at });
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a client does not panic")).collect()
    })
}

/// Sends a request over the open connection or a new one. Keeps the connection unless the response has `Connection: close`.
fn send(service: &Service, token: &str, open: &mut Option<Client>) -> Outcome {
    let result = open.take().map_or_else(|| service.connect(token), Ok).and_then(|mut client| {
        let response = client.send(CALL, "")?;
        Ok((client, response))
    });
    match result {
        Ok((client, response)) => {
            let is_last = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            *open = (!is_last).then_some(client);
            Outcome::of(&response)
        }
        Err(error) => Outcome::Failed(error.kind()),
    }
}

fn fill(database: &Database) {
    let insert = |numbers: &str| {
        let text = "what is to be done ".repeat(30);
        format!(
            "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, created_at, updated_at)
             SELECT 'user', 't' || n, 'Task ' || n, 'task ' || n, '{text}', '{text}', '2024-01-01 00:00:00', '2024-01-01 00:00:00'
             FROM {numbers}"
        )
    };
    let numbers = format!(
        "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {TASKS}) SELECT n FROM numbers)"
    );
    database.fill(&insert(&numbers), &insert(&format!("generate_series(1, {TASKS}) AS numbers (n)")));
}
