//! What does isolation by the database cost, and what the quota? `cargo bench --bench row_security`
//!
//! Starts the service as it is built for production, on two schemas of one private PostgreSQL that differ in their policies alone, and
//! again with a quota and with one that is never near. Both of a pair are asked in turn; prints ratios of their throughput.

#[expect(dead_code, reason = "PostgreSQL alone, and good answers alone")]
mod support;

use std::time::{Duration, Instant};

use support::{Database, Service};

const ROUNDS: usize = 2_000;
const UNMEASURED: usize = 200;

fn main() {
    let (with, without) = (bed("10000"), bed("10000"));
    without.1.execute(
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY; ALTER TABLE idempotent_answers DISABLE ROW LEVEL SECURITY",
    );
    print("GET, a list of 50", &with, &without, "GET /api/user0/tasks?limit=50", "");
    print("POST", &with, &without, "POST /api/newcomer/tasks", r#"{"title":"t"}"#);
    // from 5,000 tasks on, with room for as many more
    let (near, far) = (bed("10000"), bed("1000000000"));
    print("POST, half of the quota used up", &near, &far, "POST /api/user0/tasks", r#"{"title":"t"}"#);
}

/// A service, and the database that it is on and that outlives it.
struct Bed(Service, Database);

/// With 20,000 tasks of four users.
fn bed(quota: &str) -> Bed {
    let database = Database::postgres();
    database.fill(
        "",
        "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, created_at, updated_at)
         SELECT 'user' || (n % 4), 't' || n, 'Task ' || n, 'task ' || n, 'What is to be done', 'what is to be done', at, at
         FROM generate_series(1, 20000) AS n, LATERAL (SELECT timestamp '2024-01-01' + n * interval '1 minute' AS at) AS moment",
    );
    let service = Service::start(&database, &[("TASK_QUOTA", quota)]);
    Bed(service, database)
}

/// Asks both in turn; prints the throughput of the first by that of the second, from the sums of times and from their medians.
fn print(what: &str, first: &Bed, second: &Bed, call: &str, body: &str) {
    let user = call.split('/').nth(2).expect("the path names a user");
    let mut clients = [first, second].map(|Bed(service, _)| service.client(user));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..UNMEASURED + ROUNDS {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            let start = Instant::now();
            client.good(call, body);
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
