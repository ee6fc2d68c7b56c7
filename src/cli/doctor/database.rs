//! Checks the database: connection, migrations, row-level security and timeouts.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cli::describe_sources;
use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::report::CheckResult;
use crate::config::Config;
use crate::db::{CitusState, DatabaseChecks, DbError, LiveEvents, MigrationState, RowSecurity, Server, check_database};

/// Limits all database checks together. Longer than the connect timeout of libpq.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest statement timeout that does not fail the check: a statement waits for the disk, or for another writer.
const MIN_STATEMENT_TIMEOUT: Duration = Duration::from_millis(100);

/// The results of the database.
pub(super) struct DatabaseReport {
    pub lines: Vec<CheckResult>,
    pub clock: Option<Clock>,
    /// The role on PostgreSQL. `Err`: the database is unreachable.
    pub role: Result<Option<String>, ()>,
}

pub(super) fn check(config: &Config) -> DatabaseReport {
    let url = &config.database.url;
    let DatabaseChecks { migrations, row_security, server, citus, live_events } = match query(config) {
        Ok(checks) => checks,
        Err(error) => {
            let mut lines = vec![CheckResult::failed(
                "database",
                format!("{url} cannot be opened: {error}"),
                "check DATABASE_URL, and that this machine and role may connect (`task-api migrate run` creates a SQLite file)",
            )];
            let names = ["migrations", "isolation", "timeouts", "events"];
            lines.extend(names.map(|name| CheckResult::skipped(name, "no database")));
            return DatabaseReport { lines, clock: None, role: Err(()) };
        }
    };
    let timeouts = check_timeouts(config, &server);
    let server = server.ok().flatten();
    let role = server.as_ref().map(|server| format!(", role {}", server.role)).unwrap_or_default();
    let mut lines = vec![
        CheckResult::passed("database", format!("{url} responds{role}")),
        check_migrations(migrations),
        check_row_security(row_security, config.database.require_row_security),
        timeouts,
        check_live_events(live_events),
    ];
    lines.extend(check_citus(citus));
    let clock = server.as_ref().map(|server| Clock::new("the database", server.clock));
    DatabaseReport { lines, clock, role: Ok(server.map(|server| server.role)) }
}

/// Queries the database on a separate thread, to enforce the timeout.
fn query(config: &Config) -> Result<DatabaseChecks, String> {
    if let Some(missing) = describe_sources::missing_file(config) {
        return Err(missing);
    }
    let (sender, receiver) = channel();
    let settings = config.database.clone();
    // after the timeout nothing receives the result
    std::thread::spawn(move || drop(sender.send(check_database(&settings))));
    receiver.recv_timeout(TIMEOUT).unwrap_or_else(|_| Err("timeout".into()))
}

fn check_migrations(state: Result<MigrationState, DbError>) -> CheckResult {
    const FIX: &str = "run `task-api migrate run`, or start the service, which applies migrations at start";
    match state {
        Ok(MigrationState { applied, pending, .. }) if pending.is_empty() => {
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
        "connect as a role without SUPERUSER and BYPASSRLS, with all migrations applied; see docs/security-model.md";
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

/// Checks the nodes and the distribution of Citus. `None`: the database does not have it.
fn check_citus(citus: Result<Option<CitusState>, DbError>) -> Option<CheckResult> {
    const NAME: &str = "citus";
    let citus = match citus {
        Ok(citus) => citus?,
        Err(error) => return Some(CheckResult::failed(NAME, error.to_string(), "let this role read pg_dist_node")),
    };
    let found = format!("Citus {}, nodes with rows: {}", citus.version, citus.nodes);
    Some(if !citus.not_distributed.is_empty() {
        let tables = citus.not_distributed.join(", ");
        let fix = "run `task-api migrate distribute`; see docs/scaling.md";
        CheckResult::warning(NAME, format!("{found}, but these tables are not distributed: {tables}"), fix)
    } else if !citus.unreachable.is_empty() {
        let fix = "start these nodes, or let the coordinator connect to them: requests of their users get 503";
        CheckResult::warning(NAME, format!("{found}; {}", citus.reachability()), fix)
    } else {
        CheckResult::passed(NAME, format!("{found}; all respond, and all tables are distributed"))
    })
}

fn check_live_events(live_events: Result<LiveEvents, DbError>) -> CheckResult {
    const NAME: &str = "events";
    match live_events {
        Ok(way @ (LiveEvents::Notifications | LiveEvents::PollsOnCitus | LiveEvents::InProcess)) => {
            CheckResult::passed(NAME, way.to_string())
        }
        Ok(way @ LiveEvents::PollsBehindPooler) => CheckResult::warning(
            NAME,
            way.to_string(),
            "connect to PostgreSQL without a pooler in transaction mode if events of other instances must arrive sooner",
        ),
        Err(error) => CheckResult::failed(NAME, error.to_string(), "let this role read pg_extension"),
    }
}

/// Checks the statement timeout: the service's own, or behind a pooler that of the role.
fn check_timeouts(config: &Config, server: &Result<Option<Server>, DbError>) -> CheckResult {
    const NAME: &str = "timeouts";
    let database = &config.database;
    let (timeout, setting) = match server {
        Ok(Some(server)) if !database.prepared_statements => {
            (server.statement_timeout, format!("statement_timeout of the role {}", server.role))
        }
        Err(error) if !database.prepared_statements => {
            return CheckResult::failed(NAME, error.to_string(), "check statement_timeout of the role");
        }
        _ => (database.statement_timeout, "STATEMENT_TIMEOUT".to_owned()),
    };
    if timeout.is_zero() {
        return CheckResult::warning(
            NAME,
            format!(
                "{setting} is 0, and the service sets none with PREPARED_STATEMENTS=off: a slow statement holds its connection without limit"
            ),
            "ALTER ROLE … SET statement_timeout = '5s'",
        );
    }
    if timeout < MIN_STATEMENT_TIMEOUT {
        return CheckResult::failed(
            NAME,
            format!("{setting} is {timeout:?}: longer statements are stopped, and users get 503"),
            "set it to some seconds (the default of STATEMENT_TIMEOUT is 5s)",
        );
    }
    CheckResult::passed(NAME, format!("{setting} is {timeout:?}, POOL_WAIT is {:?}", database.pool_wait))
}
