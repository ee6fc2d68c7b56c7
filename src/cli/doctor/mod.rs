//! Runs `task-api doctor`: checks the settings and dependencies of a deployment.
//!
//! Each check is independent and has a timeout. The table is complete even if a dependency is unreachable. The command creates and
//! changes nothing, with one exception: a SQLite file is switched to write-ahead logging, as by every connection of the service.

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
    // the pool would log the errors that the table reports
    log::set_max_level(log::LevelFilter::Off);
    let lines = check(lookup)?;
    print!("{}", Table(&lines));
    let count = |status| lines.iter().filter(|line| line.status == status).count();
    let (failed, warnings) = (count(CheckStatus::Failed), count(CheckStatus::Warning));
    println!();
    if failed > 0 {
        println!("Failed checks: {failed}. Warnings: {warnings}. The service would reject users.");
        return Ok(ExitCode::FAILURE);
    }
    println!("No check failed. Warnings: {warnings}.");
    Ok(ExitCode::SUCCESS)
}

fn check(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Vec<CheckResult>, String> {
    let (config, mut lines) = settings::read(lookup);
    let Some(config) = config else {
        let names = [
            "secret",
            "database",
            "migrations",
            "isolation",
            "events",
            "sessions",
            "key set",
            "JWT claims",
            "clock",
            "origins",
            "cookie",
        ];
        lines.extend(names.map(|name| CheckResult::skipped(name, "the settings are invalid")));
        return Ok(lines);
    };
    lines.push(settings::secret(&config, &lines));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut clocks = Vec::new();
    let has_database = database::check(&config, &mut lines, &mut clocks);
    runtime.block_on(dependencies::check(&config, has_database, &mut lines, &mut clocks));
    lines.push(clock(&clocks));
    lines.push(settings::origins(&config));
    lines.push(settings::cookie(&config, lookup));
    Ok(lines)
}
