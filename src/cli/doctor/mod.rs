//! Runs `task-api doctor`: checks the settings and dependencies of a deployment.
//!
//! Each check is independent and has a timeout. The table is complete even if a dependency is unreachable. The command creates and
//! changes nothing, with one exception: a SQLite file is switched to write-ahead logging, as by every connection of the service.

mod claims;
mod clock;
mod cookie;
mod database;
mod dependencies;
mod front_end;
mod key_set;
mod report;
mod secret;
mod sessions;
mod settings;

use std::process::ExitCode;

use clap::Args;

use crate::cli::doctor::clock::clock;
use crate::cli::doctor::dependencies::Dependencies;
use crate::cli::doctor::report::{CheckResult, Report};
use crate::cli::doctor::settings::Lookup;
use crate::cli::environment::Environment;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<ExitCode, String> {
    // the pool would log the errors that the table reports
    log::set_max_level(log::LevelFilter::Off);
    let report = Report(check(&|name| environment.get(name), environment.file())?);
    if arguments.json {
        println!("{:#}", report.to_json());
    } else {
        print!("{report}");
    }
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn check(lookup: Lookup<'_>, file: Option<&str>) -> Result<Vec<CheckResult>, String> {
    const NAMES: [&str; 14] = [
        "secret",
        "database",
        "migrations",
        "isolation",
        "timeouts",
        "events",
        "sessions",
        "key set",
        "JWT claims",
        "front end",
        "clock",
        "origins",
        "cookie",
        "proxies",
    ];
    let (config, mut lines) = settings::read(lookup, file);
    let Some(config) = config else {
        lines.extend(NAMES.map(|name| CheckResult::skipped(name, "the settings are invalid")));
        return Ok(lines);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let database = database::check(&config);
    let mut clocks: Vec<_> = database.clock.into_iter().collect();
    let dependencies = runtime.block_on(dependencies::check(&config, lookup, &database.role));
    let Dependencies { secret_facts, probe, sessions, key_set, claims, front_end, key_set_clock } = dependencies;
    clocks.extend(key_set_clock);
    let secret = secret::check(&config, lookup, &lines, &secret_facts);
    lines.push(secret);
    lines.extend(database.lines);
    lines.extend([sessions, key_set, claims, front_end, clock(&clocks)]);
    lines.extend([
        settings::origins(&config),
        cookie::check(&config, lookup, &probe),
        settings::proxies(&config, lookup),
    ]);
    Ok(lines)
}
