//! Parses the command line and runs the commands.

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
Settings come from the environment and from the file .env in the working folder. ENV_FILE names another file. .env.example lists all settings.

Without settings, `task-api` serves on http://127.0.0.1:8000, stores tasks in a SQLite file in ./data, and prints example requests.

With a front end, set Better Auth's secret and base URL:
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
    /// Apply, revert or list the service's migrations
    #[command(subcommand)]
    Migrate(Migrate),
    /// Create a credential for test requests
    #[command(subcommand)]
    Mint(Mint),
    /// Print the OpenAPI document for the current settings
    Openapi,
    /// Copy the SQLite database to a new file while the service runs. The copy is consistent and synced to disk; an existing file is
    /// never overwritten. On PostgreSQL, print the pg_dump command to run instead
    Backup {
        /// The file to create; must not exist
        file: PathBuf,
    },
    /// Check the settings and dependencies of this deployment. Prints a table with a fix for each problem; exit code 1 if the service
    /// would reject users, 0 with warnings only
    Doctor(doctor::Arguments),
    /// Verify a credential as the service does and explain the result. Reads one header line from standard input
    #[command(after_help = "\
Example:
  echo 'Cookie: better-auth.session_token=…' | task-api verify

Exit code: 0 accepted, 1 rejected, 2 unknown. The last line is JSON. Secrets are never printed; tokens are printed truncated.")]
    Verify(verify::Arguments),
    /// Check the readiness of the service at HOST and PORT. Exit code: 0 ready, 1 not ready. For containers
    Healthcheck,
}

#[derive(Subcommand)]
enum Migrate {
    /// Apply all pending migrations. `serve` does the same at start. Several processes may run it at once
    Run,
    /// Revert the newest migration and delete the data in its tables and columns
    Revert,
    /// List applied and pending migrations, and which versions can serve together
    Status,
    /// Distribute the tables over the nodes of Citus, by user, in one transaction. Stop all instances first. An administrator has created
    /// the extension and added the nodes before
    Distribute {
        /// Change nothing: print the state of each table and node. Exit code 1 if a table is not distributed or a node does not respond
        #[arg(long)]
        check: bool,
    },
}

#[derive(Subcommand)]
enum Mint {
    /// Print a JWT for `Authorization: Bearer`, signed with JWT_SECRET or BETTER_AUTH_SECRET (HS256)
    #[command(
        after_help = "Example:\n  curl -H \"Authorization: Bearer $(task-api mint jwt --user alice)\" http://127.0.0.1:8000/api/alice/tasks"
    )]
    Jwt {
        /// The user's id
        #[arg(long)]
        user: String,
        /// The lifetime, such as 30s, 15m, 1h or 7d
        #[arg(long, default_value = "1h", value_parser = config::duration)]
        ttl: Duration,
        /// Further claims, as a JSON object. They override the default claims
        #[arg(long, value_parser = parse_claims)]
        claims: Option<Map<String, Value>>,
    },
    /// Print a session cookie. Inserts the session into Better Auth's tables, and the user if the id is new. In development mode
    /// (without BETTER_AUTH_SECRET) it also creates the tables
    #[command(
        after_help = "Example:\n  curl -H \"Cookie: $(task-api mint cookie --user alice)\" http://127.0.0.1:8000/api/alice/tasks"
    )]
    Cookie {
        /// The user's id
        #[arg(long)]
        user: String,
    },
}

fn parse_claims(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| "must be a JSON object, such as {\"role\":\"admin\"}".into())
}

/// Runs the command given on the command line.
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
    if let Command::Doctor(arguments) = &command {
        return doctor::run(arguments, &environment);
    }
    let mut config = Config::from_lookup(&|name| environment.get(name)).map_err(|error| error.to_string())?;
    if !matches!(command, Command::Healthcheck | Command::Openapi) {
        if let Some(file) = environment.file() {
            log::info!("settings read from the environment file: file={file}");
        }
        config.warnings.iter().for_each(|warning| log::warn!("{warning}"));
        // `verify` creates no files, except the secret of development mode
        if config.development || !matches!(command, Command::Verify(_)) {
            development_secret::prepare(&mut config)?;
        }
    }
    match command {
        Command::Verify(arguments) => return verify::run(config, &arguments),
        // handled above: `doctor` reads the settings itself, because they may be invalid
        Command::Doctor(_) => {}
        Command::Serve => serve::run(&config)?,
        Command::Migrate(Migrate::Run) => migrate::run(&config)?,
        Command::Migrate(Migrate::Revert) => migrate::revert(&config)?,
        Command::Migrate(Migrate::Status) => migrate::status(&config)?,
        Command::Migrate(Migrate::Distribute { check: true }) => migrate::check_distribution(&config)?,
        Command::Migrate(Migrate::Distribute { check: false }) => migrate::distribute(&config)?,
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
