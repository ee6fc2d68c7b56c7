//! The upper limits of the service's throughput: an HTTP server without a database, and SQLite without HTTP.
//!
//! `bench/run.py` builds and starts both, and compares the service with them.

mod http;
mod sqlite;
mod token;

use std::error::Error;

const USAGE: &str = "limits http PORT WORKERS TASKS.json     (reads the secret from BETTER_AUTH_SECRET)
limits sqlite FILE.db STATEMENTS.sql THREADS SECONDS WARM FIRST_USER USERS TASKS_PER_USER";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["http", port, workers, tasks] => http::serve(port.parse()?, workers.parse()?, tasks),
        ["sqlite", file, statements, threads, seconds, warm, first, users, per_user] => {
            let people = sqlite::People { first: first.parse()?, users: users.parse()?, per_user: per_user.parse()? };
            let load = sqlite::Load { threads: threads.parse()?, seconds: seconds.parse()?, warm: warm.parse()? };
            sqlite::run(file, &std::fs::read_to_string(statements)?, people, load)
        }
        _ => Err(USAGE.into()),
    }
}
