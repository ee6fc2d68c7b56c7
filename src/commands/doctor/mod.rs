//! `task-api doctor`: a deployment, checked from where the service will run.
//!
//! Each line is found out by itself and in bounded time, so that the table is whole where something is away. It makes and
//! changes nothing, but that SQLite's file keeps a write-ahead log from then on, as by every connection of the service.

mod claims;
mod database;
mod peers;
mod settings;
mod table;

use std::process::ExitCode;

use chrono::Utc;

use crate::config::Config;
use table::{Line, State, Table};

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Clocks that differ by more than this many seconds make good tokens bad ones.
const LEEWAY: i64 = 60;

pub(super) fn run(lookup: Lookup<'_>) -> Result<ExitCode, String> {
    // the pool's own words would stand between the lines, which say the same
    log::set_max_level(log::LevelFilter::Off);
    let lines = check(lookup)?;
    print!("{}", Table(&lines));
    let count = |state| lines.iter().filter(|line| line.state == state).count();
    let (bad, warnings) = (count(State::Bad), count(State::Warning));
    println!();
    if bad > 0 {
        println!("{bad} failed, {warnings} to look at: users would be refused.");
        return Ok(ExitCode::FAILURE);
    }
    println!("Nothing would refuse users; {warnings} to look at.");
    Ok(ExitCode::SUCCESS)
}

fn check(lookup: Lookup<'_>) -> Result<Vec<Line>, String> {
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
        lines.extend(others.map(|name| Line::skipped(name, "the settings are wrong")));
        return Ok(lines);
    };
    lines.push(settings::secret(&config, &lines));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut clocks = Vec::new();
    let is_there = database::check(&config, &mut lines, &mut clocks);
    runtime.block_on(peers::check(&config, is_there, &mut lines, &mut clocks));
    lines.push(clock(&clocks));
    lines.push(settings::origins(&config));
    lines.push(settings::cookie(&config, lookup));
    Ok(lines)
}

/// How far a clock elsewhere is ahead of ours, in seconds.
struct Clock {
    whose: &'static str,
    ahead: i64,
}

impl Clock {
    fn new(whose: &'static str, says: chrono::DateTime<Utc>) -> Self {
        Self { whose, ahead: (says - Utc::now()).num_seconds() }
    }
}

fn clock(clocks: &[Clock]) -> Line {
    let said: Vec<String> = clocks.iter().map(|clock| format!("{} {:+} s", clock.whose, clock.ahead)).collect();
    let worst = clocks.iter().map(|clock| clock.ahead.abs()).max();
    let found = format!("{} against this machine", said.join(", "));
    const CHANGE: &str = "run NTP on all machines: when tokens and sessions end is judged by this machine's clock";
    match worst {
        None => Line::good("clock", "there is no other to compare it with"),
        Some(worst) if worst > LEEWAY => Line::bad("clock", found, CHANGE),
        Some(worst) if worst > LEEWAY / 6 => Line::warning("clock", found, CHANGE),
        Some(_) => Line::good("clock", found),
    }
}

/// `1 key`, `2 keys`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn named(config: &Config) -> String {
    config.database.url.to_string()
}
