//! Runs `task-api migrate`.

use crate::config::Config;
use crate::db::Migrator;

pub(crate) fn run(config: &Config) -> Result<(), String> {
    let applied =
        connect(config)?.run().map_err(|error| format!("the migration of {} failed: {error}", config.database.url))?;
    match applied.as_slice() {
        [] => println!("Nothing to apply: {} is up to date.", config.database.url),
        applied => applied.iter().for_each(|name| println!("Applied {name}.")),
    }
    Ok(())
}

pub(crate) fn revert(config: &Config) -> Result<(), String> {
    let reverted = connect(config)?
        .revert()
        .map_err(|error| format!("reverting the newest migration of {} failed: {error}", config.database.url))?;
    match reverted {
        Some(name) => println!("Reverted {name}."),
        None => println!("Nothing to revert: {} has no applied migrations.", config.database.url),
    }
    Ok(())
}

pub(crate) fn status(config: &Config) -> Result<(), String> {
    let state = connect(config)?.state().map_err(|error| error.to_string())?;
    state.applied.iter().for_each(|name| println!("applied  {name}"));
    state.pending.iter().for_each(|name| println!("pending  {name}"));
    Ok(())
}

/// Opens one connection for migrations. Reports the database's own error text.
pub(crate) fn connect(config: &Config) -> Result<Migrator, String> {
    Migrator::connect(&config.database)
        .map_err(|error| format!("DATABASE_URL: {} cannot be opened: {error}", config.database.url))
}
