//! Runs `task-api migrate`.

use std::io::{IsTerminal, stderr, stdin};

use crate::config::Config;
use crate::db::{MigrationState, Migrator};

pub(crate) fn run(config: &Config) -> Result<(), String> {
    let applied =
        connect(config)?.run().map_err(|error| format!("the migration of {} failed: {error}", config.database.url))?;
    match applied.as_slice() {
        [] => println!("Nothing to apply: {} is up to date.", config.database.url),
        applied => applied.iter().for_each(|name| println!("Applied {name}.")),
    }
    Ok(())
}

/// Reverts the newest migration, after a confirmation.
///
/// # Errors
/// The confirmation is missing, or the database's own error text.
pub(crate) fn revert(config: &Config, is_confirmed: bool) -> Result<(), String> {
    let mut migrator = connect(config)?;
    let newest = migrator.state().map_err(|error| error.to_string())?.applied.pop();
    if let Some(name) = newest.filter(|_| !is_confirmed) {
        confirm_revert(config, &name)?;
    }
    let reverted = migrator
        .revert()
        .map_err(|error| format!("reverting the newest migration of {} failed: {error}", config.database.url))?;
    match reverted {
        Some(name) => println!("Reverted {name}."),
        None => println!("Nothing to revert: {} has no applied migrations.", config.database.url),
    }
    Ok(())
}

/// Asks on the terminal whether to revert.
fn confirm_revert(config: &Config, migration: &str) -> Result<(), String> {
    let url = &config.database.url;
    if !(stdin().is_terminal() && stderr().is_terminal()) {
        return Err(format!(
            "migrate revert would revert {migration} on {url}, and delete the data in the tables and columns of it; \
             nothing was changed: confirm it with --yes"
        ));
    }
    eprint!(
        "Reverting {migration} on {url} deletes the data in the tables and columns of this migration.\n\
         Type yes to revert it: "
    );
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|error| format!("cannot read the confirmation: {error}"))?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err("nothing was changed: only yes confirms it".into()),
    }
}

/// Prints the migrations, and which versions can serve together on this database.
pub(crate) fn status(config: &Config) -> Result<(), String> {
    let state = connect(config)?.state().map_err(|error| error.to_string())?;
    state.applied.iter().for_each(|name| println!("applied  {name}"));
    state.unknown.iter().for_each(|version| println!("newer    {version}: unknown to this version"));
    state.pending.iter().for_each(|name| println!("pending  {name}"));
    println!("\n{}", compatibility(&state));
    Ok(())
}

/// Distributes the tables over the nodes of Citus.
pub(crate) fn distribute(config: &Config) -> Result<(), String> {
    let distributed = connect(config)?
        .distribute()
        .map_err(|error| format!("distributing the tables of {} failed: {error}", config.database.url))?;
    match distributed.as_slice() {
        [] => println!("Nothing to distribute: all tables of {} are distributed.", config.database.url),
        tables => tables.iter().for_each(|table| println!("Distributed {table}.")),
    }
    Ok(())
}

/// Prints the state of Citus.
pub(crate) fn check_distribution(config: &Config) -> Result<(), String> {
    let state = connect(config)?.citus().map_err(|error| error.to_string())?;
    let state = state.ok_or_else(|| format!("{} does not have the extension Citus", config.database.url))?;
    println!("Citus {}. Nodes with rows: {}.", state.version, state.nodes);
    state.not_distributed.iter().for_each(|table| println!("not distributed  {table}"));
    state.unreachable.iter().for_each(|node| println!("unreachable      {node}"));
    match (state.not_distributed.is_empty(), state.unreachable.is_empty()) {
        (true, true) => {
            println!("All tables are distributed.");
            Ok(())
        }
        (false, _) => Err("run `task-api migrate distribute` to distribute the tables".into()),
        (true, false) => Err("a node does not respond: its users get 503".into()),
    }
}

/// Describes which versions can serve together. A version is named by the newest migration that it has.
fn compatibility(state: &MigrationState) -> String {
    let MigrationState { applied, pending, unknown, breaking } = state;
    let newest = pending.last().or(applied.last()).map_or("none", String::as_str);
    let is_breaking = |name: &&String| breaking.contains(&name.as_str());
    // the oldest migration that an instance must have to serve on the database as it is, and after the pending migrations
    let floor = |names: &[String]| names.iter().rev().find(is_breaking).cloned();
    let all: Vec<String> = applied.iter().chain(pending).cloned().collect();
    let versions = |floor: Option<String>| match floor {
        Some(name) => format!("versions that have the migration {name}"),
        None => "all versions".to_owned(),
    };
    let mut lines = vec![format!("This is task-api {}. Its newest migration is {newest}.", env!("CARGO_PKG_VERSION"))];
    if !unknown.is_empty() {
        lines.push("A newer version has migrated this database. This version can serve beside it: each version serves on the schema of the next one.".into());
    }
    lines.push(format!("Can serve together now: {}.", versions(floor(applied))));
    if pending.is_empty() {
        return lines.join("\n");
    }
    lines.push(format!("Can serve together after `task-api migrate run`: {}.", versions(floor(&all))));
    lines.push(match pending.iter().find(is_breaking) {
        Some(name) => format!("Stop all instances first: those without {name} cannot serve after it."),
        None => "Migrate while instances of the previous version serve, then replace them one after the other.".into(),
    });
    lines.join("\n")
}

/// Opens one connection for migrations. Reports the database's own error text.
pub(crate) fn connect(config: &Config) -> Result<Migrator, String> {
    Migrator::connect(&config.database)
        .map_err(|error| format!("DATABASE_URL: {} cannot be opened: {error}", config.database.url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(applied: &[&str], pending: &[&str], unknown: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let (applied, pending, unknown) = (owned(applied), owned(pending), owned(unknown));
        compatibility(&MigrationState { applied, pending, unknown, breaking: &["2", "4"] })
    }

    #[test]
    fn the_newest_breaking_migration_is_the_floor() {
        let up_to_date = state(&["1", "2", "3"], &[], &[]);
        assert!(
            up_to_date.contains("newest migration is 3.")
                && up_to_date.contains("now: versions that have the migration 2.")
        );
        assert!(!up_to_date.contains("after") && !up_to_date.contains("newer version"), "{up_to_date}");
        let additive = state(&["1", "2"], &["3"], &[]);
        assert!(additive.contains("after `task-api migrate run`: versions that have the migration 2."), "{additive}");
        assert!(additive.contains("Migrate while instances of the previous version serve"), "{additive}");
        let breaking = state(&["1", "2", "3"], &["4"], &[]);
        assert!(breaking.contains("now: versions that have the migration 2."), "{breaking}");
        assert!(breaking.contains("Stop all instances first: those without 4"), "{breaking}");
        assert!(state(&["1"], &[], &[]).contains("now: all versions."));
        assert!(state(&["1", "2", "3"], &[], &["5"]).contains("A newer version has migrated this database."));
    }
}
