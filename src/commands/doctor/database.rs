//! The database: reached, migrated, and whether it keeps users apart by itself.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::super::places;
use super::table::Line;
use super::{Clock, named};
use crate::config::Config;
use crate::store::{Checkup, Isolation, MigrationState, StoreError, check_up};

/// How long is waited for the database: as long as libpq takes to give up, and some statements.
const PATIENCE: Duration = Duration::from_secs(10);

/// Adds the database's lines. Gives whether it is there.
pub(super) fn check(config: &Config, lines: &mut Vec<Line>, clocks: &mut Vec<Clock>) -> bool {
    match look(config) {
        Err(why) => {
            lines.push(Line::bad(
                "database",
                format!("{} cannot be opened: {why}", named(config)),
                "is DATABASE_URL right, and may this machine and role connect? (A new SQLite file is made by `task-api migrate run`.)",
            ));
            lines.extend(["migrations", "isolation"].map(|name| Line::skipped(name, "there is no database")));
            false
        }
        Ok(Checkup { migrations, isolation, server }) => {
            let role = server.as_ref().ok().and_then(Option::as_ref).map(|(role, clock)| {
                clocks.push(Clock::new("the database", *clock));
                format!(", as the role {role}")
            });
            lines.push(Line::good("database", format!("{} answers{}", named(config), role.unwrap_or_default())));
            lines.push(migrated(migrations));
            lines.push(isolated(isolation, config.database.require_row_security));
            true
        }
    }
}

/// On a thread of its own: a server that has fallen silent is not waited for.
fn look(config: &Config) -> Result<Checkup, String> {
    if let Some(missing) = places::missing_file(config) {
        return Err(missing);
    }
    let (say, heard) = channel();
    let settings = config.database.clone();
    std::thread::spawn(move || say.send(check_up(&settings)));
    heard.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("no answer in time".into()))
}

fn migrated(state: Result<MigrationState, StoreError>) -> Line {
    const CHANGE: &str = "run `task-api migrate run`, or start the service, which does so first";
    match state {
        Ok(MigrationState { applied, pending }) if pending.is_empty() => {
            Line::good("migrations", format!("all {} are applied", applied.len()))
        }
        Ok(MigrationState { pending, .. }) => {
            Line::bad("migrations", format!("pending: {}", pending.join(", ")), CHANGE)
        }
        Err(error) => Line::bad("migrations", error.to_string(), "may this role read __diesel_schema_migrations?"),
    }
}

fn isolated(isolation: Result<Isolation, StoreError>, is_required: bool) -> Line {
    const CHANGE: &str =
        "connect as a role without SUPERUSER and BYPASSRLS, with all migrations applied; see docs/reliability.md";
    match isolation {
        Ok(Isolation::On) => Line::good("isolation", "row-level security keeps users apart a second time"),
        Ok(Isolation::NotOffered) => {
            Line::good("isolation", "by the conditions of each statement (SQLite has no row-level security)")
        }
        Ok(off @ Isolation::Off(_)) if is_required => {
            Line::bad("isolation", format!("REQUIRE_ROW_SECURITY is set, and {off}"), CHANGE)
        }
        Ok(off @ Isolation::Off(_)) => Line::warning("isolation", off.to_string(), CHANGE),
        Err(error) => Line::bad("isolation", error.to_string(), CHANGE),
    }
}
