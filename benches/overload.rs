//! What becomes of those who are served when four times as many ask as can be? `cargo bench --bench overload`
//!
//! Starts the service as it is built for production, with two connections to a database in which a user has thousands of tasks, and asks
//! for a list that looks at all of them: the database is what there is too little of. In turn, a few clients ask one
//! request after the other, which shows what the service can do; and four times as many requests come by a schedule of their own, whoever
//! waits. Their times are those since they were due. Prints ratios, and ends with 1 where a limit is not kept.

#[expect(dead_code, reason = "answers of every kind")]
mod support;

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use support::{Answer, Client, Database, Service};

/// As many as the quota allows by default: a statement must cost much more than the refusal of a request, and the asking of it, which
/// here come from the same cores.
const TASKS: u32 = 10_000;
/// Finds none, and looks at all.
const CALL: &str = "GET /api/user/tasks?search=nowhere&limit=50";
const CLIENTS: usize = 16;
const TIMES: f64 = 4.0;
const POOL_WAIT: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(6);
const ROUNDS: usize = 3;

/// The least part of the good answers that must be left.
const KEPT: f64 = 0.8;
/// What an answer may take beyond `POOL_WAIT`: the statement, and this machine.
const BEYOND: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let broken = [measure("SQLite", &Database::sqlite()), measure("PostgreSQL", &Database::postgres())].concat();
    for limit in &broken {
        eprintln!("not kept: {limit}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Gives the limits that were not kept.
fn measure(name: &str, database: &Database) -> Vec<String> {
    fill(database);
    let wait = format!("{}ms", POOL_WAIT.as_millis());
    let service = Service::start(database, &[("POOL_SIZE", "2"), ("POOL_WAIT", &wait)]);
    offer(&service, CLIENTS, None); // not measured
    let (mut alone, mut crowded) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = offer(&service, CLIENTS, None);
        let per_second = TIMES * good(&round) / ROUND.as_secs_f64();
        // more than can be under way at once: those that wait, those that are served, and some for what is late
        let clients = (1.25 * per_second * POOL_WAIT.as_secs_f64()) as usize + CLIENTS;
        crowded.extend(offer(&service, clients, Some(Duration::from_secs_f64(1.0 / per_second))));
        alone.extend(round);
    }
    let mut client = service.client("user");
    let began = Instant::now();
    let after = client.ask(CALL, "").map(|answer| answer.status);
    let waited = began.elapsed();
    let ready = client.ask("GET /readyz", "").map(|answer| answer.status);

    let kept = good(&crowded) / good(&alone);
    let refused = crowded.iter().filter(|request| request.outcome == Outcome::Refused).count();
    let late = p99(&crowded).as_secs_f64() / (POOL_WAIT + BEYOND).as_secs_f64();
    println!(
        "{name}: offered {:.1} of capacity; good answers {kept:.2} of capacity; refused {:.2} of all; 99 in 100 answered within {late:.2} of POOL_WAIT and a second",
        crowded.len() as f64 / good(&alone),
        refused as f64 / crowded.len() as f64,
    );
    let others: Vec<String> = [&alone, &crowded]
        .into_iter()
        .flatten()
        .filter(|request| !matches!(request.outcome, Outcome::Good | Outcome::Refused))
        .map(|request| format!("{:?}", request.outcome))
        .collect();
    let limits = [
        (refused > 0, "this is an overload".to_owned()),
        (others.is_empty(), format!("each is served, or refused as it should be: {others:?}")),
        (kept >= KEPT, format!("{KEPT} of the good answers are left: {kept:.2}")),
        (late <= 1.0, format!("99 in 100 are answered within POOL_WAIT and a second: {late:.2} of that")),
        (matches!(after, Ok(200)) && waited < BEYOND, format!("afterwards one is served at once: {after:?}")),
        (matches!(ready, Ok(200)), format!("afterwards it is ready: {ready:?}")),
    ];
    limits.into_iter().filter(|(is_kept, _)| !is_kept).map(|(_, limit)| format!("{name}: {limit}")).collect()
}

/// What became of a request.
struct Request {
    outcome: Outcome,
    /// From when it was due.
    took: Duration,
    /// Since the beginning of its round.
    came: Duration,
}

#[derive(PartialEq, Eq, Debug)]
enum Outcome {
    Good,
    /// 503, with a problem document and when to come back.
    Refused,
    /// Another answer.
    Wrong(u16),
    /// The connection ended without one, or none came for a minute.
    Unanswered(ErrorKind),
}

impl Outcome {
    fn of(answer: &Answer) -> Self {
        let says_when = answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok());
        let says_what = answer.header("content-type") == Some("application/problem+json")
            && serde_json::from_slice(&answer.body).is_ok_and(|problem: serde_json::Value| problem["status"] == 503);
        match answer.status {
            200 => Self::Good,
            503 if says_when && says_what => Self::Refused,
            other => Self::Wrong(other),
        }
    }
}

/// How many good answers came while the round lasted.
fn good(requests: &[Request]) -> f64 {
    requests.iter().filter(|request| request.outcome == Outcome::Good && request.came <= ROUND).count() as f64
}

fn p99(requests: &[Request]) -> Duration {
    let mut times: Vec<Duration> = requests.iter().map(|request| request.took).collect();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Asks for a round over so many connections: one request each so long, or as soon as there has been an answer.
fn offer(service: &Service, clients: usize, pace: Option<Duration>) -> Vec<Request> {
    let (token, next, start) = (support::token("user"), AtomicU32::new(0), Instant::now());
    let work = || {
        let (mut requests, mut client) = (Vec::new(), None);
        loop {
            let due = pace.map_or_else(|| start.elapsed(), |pace| pace * next.fetch_add(1, Ordering::Relaxed));
            if due >= ROUND {
                return requests;
            }
            std::thread::sleep(due.saturating_sub(start.elapsed()));
            let outcome = ask(service, &token, &mut client);
            let came = start.elapsed();
            requests.push(Request { outcome, took: came - due, came });
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a client does not panic")).collect()
    })
}

/// Asks over the connection that is open, or a new one, and keeps it unless the answer says that it was the last.
fn ask(service: &Service, token: &str, kept: &mut Option<Client>) -> Outcome {
    let asked = kept.take().map_or_else(|| service.connect(token), Ok).and_then(|mut client| {
        let answer = client.ask(CALL, "")?;
        Ok((client, answer))
    });
    match asked {
        Ok((client, answer)) => {
            let is_last = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            *kept = (!is_last).then_some(client);
            Outcome::of(&answer)
        }
        Err(error) => Outcome::Unanswered(error.kind()),
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
