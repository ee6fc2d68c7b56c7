//! `task-api doctor`: a deployment, checked from where the service will run.
//!
//! Each line is found out by itself and in bounded time, so that the table is whole where something is away. It makes and
//! changes nothing, but that SQLite's file keeps a write-ahead log from then on, as by every connection of the service.

mod claims;
mod clock;
mod database;
mod dependencies;
mod report;
mod settings;

use std::process::ExitCode;

use crate::cli::doctor::clock::clock;
use crate::cli::doctor::report::{CheckResult, CheckStatus, Table};

pub(crate) fn run(lookup: &dyn Fn(&str) -> Option<String>) -> Result<ExitCode, String> {
    // the pool's own words would stand between the lines, which say the same
    log::set_max_level(log::LevelFilter::Off);
    let lines = check(lookup)?;
    print!("{}", Table(&lines));
    let count = |state| lines.iter().filter(|line| line.state == state).count();
    let (bad, warnings) = (count(CheckStatus::Bad), count(CheckStatus::Warning));
    println!();
    if bad > 0 {
        println!("{bad} failed, {warnings} to look at: users would be refused.");
        return Ok(ExitCode::FAILURE);
    }
    println!("Nothing would refuse users; {warnings} to look at.");
    Ok(ExitCode::SUCCESS)
}

fn check(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Vec<CheckResult>, String> {
    let (config, mut lines) = settings::read(lookup);
    let Some(config) = config else {
        let others = [
            "secret",
            "database",
            "migrations",
            "isolation",
            "sessions",
            "key set",
            "JWT claims",
            "clock",
            "origins",
            "cookie",
        ];
        lines.extend(others.map(|name| CheckResult::skipped(name, "the settings are wrong")));
        return Ok(lines);
    };
    lines.push(settings::secret(&config, &lines));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut clocks = Vec::new();
    let is_there = database::check(&config, &mut lines, &mut clocks);
    runtime.block_on(dependencies::check(&config, is_there, &mut lines, &mut clocks));
    lines.push(clock(&clocks));
    lines.push(settings::origins(&config));
    lines.push(settings::cookie(&config, lookup));
    Ok(lines)
}
