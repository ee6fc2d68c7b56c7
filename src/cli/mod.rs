//! Parses the command line and runs the commands.

mod address;
mod arguments;
mod backup;
mod config;
mod describe_sources;
mod development_secret;
mod doctor;
mod environment;
mod healthcheck;
mod logging;
mod manual;
mod migrate;
mod mint;
mod output;
mod reload;
mod samples;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::arguments::{Cli, Command, Migrate, Mint};
use crate::cli::environment::Environment;
use crate::config::Config;
use crate::routes;

/// Runs the command given on the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve(Default::default()));
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
    match &command {
        // these need no settings, which may be invalid
        Command::Completions { shell } => manual::completions(*shell).map(|()| ExitCode::SUCCESS),
        Command::Man { folder } => manual::man(folder.as_deref()).map(|()| ExitCode::SUCCESS),
        Command::Config { example: true } => config::print_example().map(|()| ExitCode::SUCCESS),
        _ => run_with_settings(command),
    }
}

fn run_with_settings(command: Command) -> Result<ExitCode, String> {
    let address = match &command {
        Command::Serve(address) | Command::Healthcheck(address) => address.clone(),
        _ => Default::default(),
    };
    let environment = Environment::read(address)?;
    logging::start(&|name| environment.get(name));
    if let Command::Doctor(arguments) = &command {
        return doctor::run(arguments, &environment);
    }
    let mut config = Config::from_lookup(&|name| environment.get(name)).map_err(|error| error.to_string())?;
    if !matches!(command, Command::Healthcheck(_) | Command::Openapi | Command::Config { .. }) {
        prepare(&mut config, &environment, &command)?;
    }
    match command {
        Command::Verify(arguments) => return verify::run(config, &arguments),
        // handled above: `doctor` reads the settings itself, because they may be invalid
        Command::Doctor(_) | Command::Completions { .. } | Command::Man { .. } => {}
        Command::Config { .. } => config::print_effective(&config, &environment)?,
        Command::Serve(_) => serve::run(&config, environment)?,
        Command::Migrate(Migrate::Run) => migrate::run(&config)?,
        Command::Migrate(Migrate::Revert { yes }) => migrate::revert(&config, yes)?,
        Command::Migrate(Migrate::Status) => migrate::status(&config)?,
        Command::Migrate(Migrate::Distribute { check: true }) => migrate::check_distribution(&config)?,
        Command::Migrate(Migrate::Distribute { check: false }) => migrate::distribute(&config)?,
        Command::Mint(Mint::Jwt { user, ttl, claims }) => {
            println!("{}", mint::jwt(&config, &user, ttl, claims.unwrap_or_default())?);
        }
        Command::Mint(Mint::Cookie { user }) => mint::cookie(&config, &user)?,
        Command::Openapi => output::print(format!("{:#}\n", routes::openapi(&config)).as_bytes())?,
        Command::Backup { file } => backup::run(&config, &file)?,
        Command::Healthcheck(_) => healthcheck::run(&config.http)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Logs the origin of the settings and their warnings, and creates the data folder and the secret of development mode.
fn prepare(config: &mut Config, environment: &Environment, command: &Command) -> Result<(), String> {
    if let Some(file) = environment.file() {
        log::info!("settings read from the environment file: file={file}");
    }
    config.warnings.iter().for_each(|warning| log::warn!("{warning}"));
    // `verify` creates no files, except the secret of development mode
    if config.development || !matches!(command, Command::Verify(_)) {
        development_secret::prepare(config)?;
    }
    Ok(())
}
