//! The database: reached, migrated, and whether it keeps users apart by itself.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cli::describe_sources;
use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::report::CheckResult;
use crate::config::Config;
use crate::db::{DatabaseChecks, DbError, MigrationState, RowSecurity, check_database};

/// How long is waited for the database: as long as libpq takes to give up, and some statements.
const PATIENCE: Duration = Duration::from_secs(10);

/// Adds the database's lines. Gives whether it is there.
pub(crate) fn check(config: &Config, lines: &mut Vec<CheckResult>, clocks: &mut Vec<Clock>) -> bool {
    match look(config) {
        Err(why) => {
            lines.push(CheckResult::bad(
                "database",
                format!("{} cannot be opened: {why}", config.database.url),
                "is DATABASE_URL right, and may this machine and role connect? (A new SQLite file is made by `task-api migrate run`.)",
            ));
            lines.extend(["migrations", "isolation"].map(|name| CheckResult::skipped(name, "there is no database")));
            false
        }
        Ok(DatabaseChecks { migrations, isolation, server }) => {
            let role = server.as_ref().ok().and_then(Option::as_ref).map(|(role, clock)| {
                clocks.push(Clock::new("the database", *clock));
                format!(", as the role {role}")
            });
            lines.push(CheckResult::good(
                "database",
                format!("{} answers{}", config.database.url, role.unwrap_or_default()),
            ));
            lines.push(migrated(migrations));
            lines.push(isolated(isolation, config.database.require_row_security));
            true
        }
    }
}

/// On a thread of its own: a server that has fallen silent is not waited for.
fn look(config: &Config) -> Result<DatabaseChecks, String> {
    if let Some(missing) = describe_sources::missing_file(config) {
        return Err(missing);
    }
    let (say, heard) = channel();
    let settings = config.database.clone();
    std::thread::spawn(move || say.send(check_database(&settings)));
    heard.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("no answer in time".into()))
}

fn migrated(state: Result<MigrationState, DbError>) -> CheckResult {
    const CHANGE: &str = "run `task-api migrate run`, or start the service, which does so first";
    match state {
        Ok(MigrationState { applied, pending }) if pending.is_empty() => {
            CheckResult::good("migrations", format!("all {} are applied", applied.len()))
        }
        Ok(MigrationState { pending, .. }) => {
            CheckResult::bad("migrations", format!("pending: {}", pending.join(", ")), CHANGE)
        }
        Err(error) => {
            CheckResult::bad("migrations", error.to_string(), "may this role read __diesel_schema_migrations?")
        }
    }
}

fn isolated(isolation: Result<RowSecurity, DbError>, is_required: bool) -> CheckResult {
    const CHANGE: &str =
        "connect as a role without SUPERUSER and BYPASSRLS, with all migrations applied; see docs/reliability.md";
    match isolation {
        Ok(RowSecurity::On) => CheckResult::good("isolation", "row-level security keeps users apart a second time"),
        Ok(RowSecurity::NotOffered) => {
            CheckResult::good("isolation", "by the conditions of each statement (SQLite has no row-level security)")
        }
        Ok(off @ RowSecurity::Off(_)) if is_required => {
            CheckResult::bad("isolation", format!("REQUIRE_ROW_SECURITY is set, and {off}"), CHANGE)
        }
        Ok(off @ RowSecurity::Off(_)) => CheckResult::warning("isolation", off.to_string(), CHANGE),
        Err(error) => CheckResult::bad("isolation", error.to_string(), CHANGE),
    }
}
