//! Checks the database: connection, migrations and row-level security.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cli::describe_sources;
use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::report::CheckResult;
use crate::config::Config;
use crate::db::{DatabaseChecks, DbError, LiveEvents, MigrationState, RowSecurity, check_database};

/// Limits all database checks together. Longer than the connect timeout of libpq.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Adds the lines of the database. Returns whether the database is reachable.
pub(crate) fn check(config: &Config, lines: &mut Vec<CheckResult>, clocks: &mut Vec<Clock>) -> bool {
    match query(config) {
        Err(error) => {
            lines.push(CheckResult::failed(
                "database",
                format!("{} cannot be opened: {error}", config.database.url),
                "check DATABASE_URL, and that this machine and role may connect (`task-api migrate run` creates a SQLite file)",
            ));
            lines.extend(["migrations", "isolation", "events"].map(|name| CheckResult::skipped(name, "no database")));
            false
        }
        Ok(DatabaseChecks { migrations, row_security, server, live_events }) => {
            let role = server.as_ref().ok().and_then(Option::as_ref).map(|(role, clock)| {
                clocks.push(Clock::new("the database", *clock));
                format!(", role {role}")
            });
            lines.push(CheckResult::passed(
                "database",
                format!("{} responds{}", config.database.url, role.unwrap_or_default()),
            ));
            lines.push(check_migrations(migrations));
            lines.push(check_row_security(row_security, config.database.require_row_security));
            lines.push(check_live_events(live_events));
            true
        }
    }
}

/// Queries the database on a separate thread, to enforce the timeout.
fn query(config: &Config) -> Result<DatabaseChecks, String> {
    if let Some(missing) = describe_sources::missing_file(config) {
        return Err(missing);
    }
    let (sender, receiver) = channel();
    let settings = config.database.clone();
    std::thread::spawn(move || {
        let _ = sender.send(check_database(&settings)); // fails after the timeout
    });
    receiver.recv_timeout(TIMEOUT).unwrap_or_else(|_| Err("timeout".into()))
}

fn check_migrations(state: Result<MigrationState, DbError>) -> CheckResult {
    const FIX: &str = "run `task-api migrate run`, or start the service, which applies migrations at start";
    match state {
        Ok(MigrationState { applied, pending }) if pending.is_empty() => {
            CheckResult::passed("migrations", format!("all {} are applied", applied.len()))
        }
        Ok(MigrationState { pending, .. }) => {
            CheckResult::failed("migrations", format!("pending: {}", pending.join(", ")), FIX)
        }
        Err(error) => {
            CheckResult::failed("migrations", error.to_string(), "let this role read __diesel_schema_migrations")
        }
    }
}

fn check_row_security(row_security: Result<RowSecurity, DbError>, is_required: bool) -> CheckResult {
    const FIX: &str =
        "connect as a role without SUPERUSER and BYPASSRLS, with all migrations applied; see docs/reliability.md";
    match row_security {
        Ok(RowSecurity::On) => CheckResult::passed("isolation", "row-level security is on, besides the owner filters"),
        Ok(RowSecurity::NotSupported) => {
            CheckResult::passed("isolation", "owner filters in each statement (SQLite has no row-level security)")
        }
        Ok(off @ RowSecurity::Off(_)) if is_required => {
            CheckResult::failed("isolation", format!("REQUIRE_ROW_SECURITY is set, but {off}"), FIX)
        }
        Ok(off @ RowSecurity::Off(_)) => CheckResult::warning("isolation", off.to_string(), FIX),
        Err(error) => CheckResult::failed("isolation", error.to_string(), FIX),
    }
}

fn check_live_events(live_events: Result<LiveEvents, DbError>) -> CheckResult {
    const NAME: &str = "events";
    match live_events {
        Ok(way @ (LiveEvents::Notifications | LiveEvents::InProcess)) => CheckResult::passed(NAME, way.to_string()),
        Ok(way @ (LiveEvents::PollsBehindPooler | LiveEvents::PollsOnCitus)) => CheckResult::warning(
            NAME,
            way.to_string(),
            "connect to PostgreSQL without a pooler in transaction mode if events of other instances must arrive sooner",
        ),
        Err(error) => CheckResult::failed(NAME, error.to_string(), "let this role read pg_extension"),
    }
}
