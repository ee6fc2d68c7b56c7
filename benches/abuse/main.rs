//! Measures the effect of one user's attacks on another user: `cargo bench --bench abuse [-- NAME…] [--quick] [--sqlite-only]`.
//!
//! Starts a release build of the service with default settings, on SQLite and on PostgreSQL. The attacker sends as many requests as its
//! rate limit allows, over 32 connections. Meanwhile a victim lists and creates tasks, and a prober requests `/readyz` and `/livez`.
//! Prints each figure as a ratio to its limit. Exits with 1 if a figure exceeds its limit. Times include the load of the bench itself.

mod attack;
mod limits;
mod process;
mod run;
mod wire;
mod witness;

#[expect(dead_code, reason = "the benches use different parts")]
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::Duration;

use attack::{ATTACKS, Attack};
use limits::Limits;
use run::{Plan, run};
use support::Database;

const FULL: Plan = Plan {
    attack: Duration::from_secs(6),
    requests: u32::MAX,
    after: Duration::from_secs(2),
    timeout: Duration::from_secs(10),
};
const QUICK: Plan = Plan { attack: Duration::from_secs(2), after: Duration::from_secs(1), ..FULL };

/// A database's name in the table, and its constructor.
type DatabaseFactory = (&'static str, fn() -> Database);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let plan = if has("--quick") { QUICK } else { FULL };
    let names: Vec<&str> = arguments.iter().map(String::as_str).filter(|name| !name.starts_with("--")).collect();
    let chosen = |attack: &&Attack| names.is_empty() || names.contains(&attack.name);
    let attacks: Vec<&Attack> = ATTACKS.iter().filter(chosen).collect();
    if attacks.is_empty() {
        let known: Vec<&str> = ATTACKS.iter().map(|attack| attack.name).collect();
        eprintln!("unknown attack; the attacks are {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    let databases: [DatabaseFactory; 2] = [("SQLite", Database::sqlite), ("PostgreSQL", Database::postgres)];
    println!("{}", limits::HEADING);
    let mut violations = Vec::new();
    for attack in attacks {
        for (name, make) in &databases[..if has("--sqlite-only") { 1 } else { 2 }] {
            let report = run(attack, &make(), plan);
            let limits = Limits::of(attack, *name == "SQLite");
            println!("{}", limits.row(attack.name, name, &report));
            violations.extend(
                limits.violations(&report).into_iter().map(|limit| format!("{}, {name}: {limit}", attack.name)),
            );
        }
    }
    for limit in &violations {
        eprintln!("limit exceeded: {limit}");
    }
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
