//! What can be said on the command line.

mod backup;
mod describe_sources;
mod development_secret;
mod doctor;
mod environment;
mod healthcheck;
mod logging;
mod migrate;
mod mint;
mod reload;
mod serve;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use serde_json::{Map, Value};

use crate::cli::environment::Environment;
use crate::config::{self, Config};
use crate::routes;

/// A task API for front ends that sign their users in with Better Auth.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "\
Settings come from the environment and from the file .env (ENV_FILE names another); .env.example lists them all.

With nothing set, `task-api` serves on http://127.0.0.1:8000 with a SQLite file below ./data, and prints calls to try.

Beside a front end, give it what Better Auth has:
  BETTER_AUTH_SECRET=…  BETTER_AUTH_URL=https://app.example.com  DATABASE_URL=postgres://…  task-api serve"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Migrate the database and serve (the default)
    Serve,
    /// Apply, take back or list the service's own migrations
    #[command(subcommand)]
    Migrate(Migrate),
    /// Make a credential to try calls with
    #[command(subcommand)]
    Mint(Mint),
    /// Print the OpenAPI document of the service with these settings
    Openapi,
    /// Copy SQLite's database into a new file, while the service runs: consistent, on the disk, and never over another file
    Backup {
        /// Where to; must not exist
        file: PathBuf,
    },
    /// Check this deployment from where the service will run, and say what is wrong with it and what to set: a table, and exit code 1 if
    /// users would be refused
    Doctor,
    /// Say what the service would make of a credential, and why: one header line on standard input
    #[command(after_help = "\
Example:
  echo 'Cookie: better-auth.session_token=…' | task-api verify

Exit code: 0 accepted, 1 refused, 2 it cannot be told. The last line is JSON. No secret is printed, and of a token only its beginning.")]
    Verify(verify::Arguments),
    /// Ask the service at HOST and PORT whether it is ready: exit code 0 if it is, 1 if not. For containers
    Healthcheck,
}

#[derive(Subcommand)]
enum Migrate {
    /// Apply all that are pending (`serve` does so too; several starters at once are safe)
    Run,
    /// Take back the newest one, and with it the data that it made room for
    Revert,
    /// List them, applied and pending
    Status,
}

#[derive(Subcommand)]
enum Mint {
    /// A Bearer token: a JWT signed with JWT_SECRET or BETTER_AUTH_SECRET (HS256)
    #[command(
        after_help = "Example:\n  curl -H \"Authorization: Bearer $(task-api mint jwt --user alice)\" http://127.0.0.1:8000/api/alice/tasks"
    )]
    Jwt {
        /// The user's id
        #[arg(long)]
        user: String,
        /// How long it is valid: 30s, 15m, 1h, 7d
        #[arg(long, default_value = "1h", value_parser = config::duration)]
        ttl: Duration,
        /// More claims, as a JSON object; they win over those made here
        #[arg(long, value_parser = claims)]
        claims: Option<Map<String, Value>>,
    },
    /// A session cookie. Writes the session, and the user if there is none of this id, into Better Auth's tables; in development
    /// (without BETTER_AUTH_SECRET) it makes those too
    #[command(
        after_help = "Example:\n  curl -H \"Cookie: $(task-api mint cookie --user alice)\" http://127.0.0.1:8000/api/alice/tasks"
    )]
    Cookie {
        /// The user's id
        #[arg(long)]
        user: String,
    },
}

fn claims(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| "must be a JSON object, such as {\"role\":\"admin\"}".into())
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve);
    let failure = if matches!(command, Command::Verify(_)) { verify::UNKNOWN.into() } else { ExitCode::FAILURE };
    match run(command) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("{}", problem.lines().map(|line| format!("task-api: {line}")).collect::<Vec<_>>().join("\n"));
            failure
        }
    }
}

fn run(command: Command) -> Result<ExitCode, String> {
    let environment = Environment::read()?;
    logging::start(&|name| environment.get(name));
    if matches!(command, Command::Doctor) {
        return doctor::run(&|name| environment.get(name));
    }
    let mut config = Config::from_lookup(&|name| environment.get(name)).map_err(|error| error.to_string())?;
    if !matches!(command, Command::Healthcheck | Command::Openapi) {
        config.warnings.iter().for_each(|warning| log::warn!("{warning}"));
        // to look is not to make, but where there is no other secret
        if config.development || !matches!(command, Command::Verify(_)) {
            development_secret::prepare(&mut config)?;
        }
    }
    match command {
        Command::Verify(arguments) => return verify::run(config, &arguments),
        // which looked at the settings by itself, since they may be what is wrong
        Command::Doctor => {}
        Command::Serve => serve::run(&config)?,
        Command::Migrate(Migrate::Run) => migrate::run(&config)?,
        Command::Migrate(Migrate::Revert) => migrate::revert(&config)?,
        Command::Migrate(Migrate::Status) => migrate::status(&config)?,
        Command::Mint(Mint::Jwt { user, ttl, claims }) => {
            println!("{}", mint::jwt(&config, &user, ttl, claims.unwrap_or_default())?);
        }
        Command::Mint(Mint::Cookie { user }) => mint::cookie(&config, &user)?,
        Command::Openapi => {
            println!("{:#}", routes::openapi(&config));
        }
        Command::Backup { file } => backup::run(&config, &file)?,
        Command::Healthcheck => healthcheck::run(&config.http)?,
    }
    Ok(ExitCode::SUCCESS)
}
