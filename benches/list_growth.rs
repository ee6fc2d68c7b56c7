//! Compares a list of 50 for users with 1,000,000 and with 100 tasks: `cargo bench --bench list_growth`.
//!
//! Fills a SQLite file and a temporary PostgreSQL and starts a release build of the service. Requests the first page and a middle page
//! of both users in turn. Prints the ratios of the medians.

#[expect(dead_code, reason = "this bench does not use all helpers")]
mod support;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Client, Database, Response, Service};

const MANY: u32 = 1_000_000;
/// The number of tasks of the large list per task of the small list.
const RATIO: u32 = MANY / 100;
const PAGE: usize = 50;
const REQUESTS: usize = 2_000;
const WARM_UP: usize = 200;

fn main() {
    measure("SQLite", &Database::sqlite());
    measure("PostgreSQL", &Database::postgres());
}

fn measure(name: &str, database: &Database) {
    fill(database);
    let service = Service::start(database, &[]);
    let mut clients = [service.client("few"), service.client("many")];
    let first = |user: &str| format!("/api/{user}/tasks?limit={PAGE}");
    // the page after the first half of the tasks
    let far = |client: &mut Client, user: &str, pages: u32, size: u32| {
        let mut path = format!("/api/{user}/tasks?limit={size}");
        for _ in 0..pages {
            path = next(&client.expect_success(&format!("GET {path}"), "")).expect("the list has a next page");
        }
        path.replace(&format!("limit={size}"), &format!("limit={PAGE}"))
    };
    let far_few = far(&mut clients[0], "few", 1, 50);
    let far_many = far(&mut clients[1], "many", MANY / 2 / 1_000, 1_000);
    let requests = [(0, first("few")), (1, first("many")), (0, far_few), (1, far_many)];
    let mut times = [const { Vec::new() }; 4];
    for round in 0..WARM_UP + REQUESTS {
        for ((client, path), times) in requests.iter().zip(&mut times) {
            let start = Instant::now();
            let response = clients[*client].expect_success(&format!("GET {path}"), "");
            let time = start.elapsed();
            if round == 0 {
                let tasks: Value = serde_json::from_slice(&response.body).expect("valid JSON");
                assert_eq!(tasks.as_array().map(Vec::len), Some(PAGE), "{path}");
            }
            if round >= WARM_UP {
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

/// Returns the path of the next page, from the `Link` header.
fn next(response: &Response) -> Option<String> {
    response.header("link")?.split_once(';').map(|(target, _)| target.trim_matches(['<', '>']).to_owned())
}

/// Inserts the tasks of both users, in the order of their creation times.
fn fill(database: &Database) {
    let insert = |numbers: &str, created_at: &str| {
        format!(
            "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, priority, tags, created_at, updated_at)
             SELECT owners.user_id, owners.user_id || n, 'Task ' || n, 'task ' || n, 'What is to be done about ' || n, 'what is to be done about ' || n,
                    n % 4, '[\"home\"]', {created_at}, {created_at}
             FROM {numbers} JOIN (SELECT 'many' AS user_id UNION ALL SELECT 'few') AS owners
                    ON owners.user_id = 'many' OR n % {RATIO} = 0
             ORDER BY n"
        )
    };
    let numbers = format!(
        "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY}) SELECT n FROM numbers)"
    );
    database.fill(
        &insert(&numbers, "strftime('%Y-%m-%d %H:%M:%S', '2024-01-01', n || ' minutes')"),
        &insert(
            &format!("generate_series(1, {MANY}) AS numbers (n)"),
            "timestamp '2024-01-01' + n * interval '1 minute'",
        ),
    );
}
