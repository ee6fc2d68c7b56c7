//! Measures the cost of row-level security and of the quota: `cargo bench --bench row_security`.
//!
//! Starts a release build of the service on two schemas of a temporary PostgreSQL, with and without row-level security. A second pair
//! has a small and a very large quota. Sends requests to both services of a pair in turn. Prints ratios of their throughput.

#[expect(dead_code, reason = "this bench does not use all helpers")]
mod support;

use std::time::{Duration, Instant};

use support::{Database, Service};

const ROUNDS: usize = 2_000;
const WARM_UP: usize = 200;

fn main() {
    let (with, without) = (Setup::new("10000"), Setup::new("10000"));
    without.1.execute(
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY; ALTER TABLE idempotent_answers DISABLE ROW LEVEL SECURITY",
    );
    print("GET, a list of 50", &with, &without, "GET /api/user0/tasks?limit=50", "");
    print("POST", &with, &without, "POST /api/newcomer/tasks", r#"{"title":"t"}"#);
    // the user has 5,000 tasks: half of the first quota
    let (near, far) = (Setup::new("10000"), Setup::new("1000000000"));
    print("POST, half of the quota used up", &near, &far, "POST /api/user0/tasks", r#"{"title":"t"}"#);
}

/// A service and its database. The service is dropped first.
struct Setup(Service, Database);

impl Setup {
    /// Starts a service on a database with 20,000 tasks of four users.
    fn new(quota: &str) -> Self {
        let database = Database::postgres();
        database.fill(
        "",
        "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, created_at, updated_at)
         SELECT 'user' || (n % 4), 't' || n, 'Task ' || n, 'task ' || n, 'What is to be done', 'what is to be done', at, at
         FROM generate_series(1, 20000) AS n, LATERAL (SELECT timestamp '2024-01-01' + n * interval '1 minute' AS at) AS moment",
    );
        let service = Service::start(&database, &[("TASK_QUOTA", quota)]);
        Self(service, database)
    }
}

/// Sends requests to both services in turn. Prints the ratio of the throughputs (first / second), from the sums and from the medians
/// of the times.
fn print(title: &str, first: &Setup, second: &Setup, call: &str, body: &str) {
    let user = call.split('/').nth(2).expect("the path names a user");
    let mut clients = [first, second].map(|Setup(service, _)| service.client(user));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..WARM_UP + ROUNDS {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            let start = Instant::now();
            client.expect_success(call, body);
            if round >= WARM_UP {
                times.push(start.elapsed());
            }
        }
    }
    let [first, second] = times.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        // drops the slowest hundredth, which other load on the machine causes
        let sum: Duration = times[..ROUNDS - ROUNDS / 100].iter().sum();
        (sum.as_secs_f64(), times[ROUNDS / 2].as_secs_f64())
    });
    println!("{title}: throughput {:.2}, by medians {:.2}", second.0 / first.0, second.1 / first.1);
}
