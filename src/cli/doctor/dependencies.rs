//! Checks the dependencies other than the database's own state: sessions, public keys, and Better Auth itself.

use std::time::Duration;

use better_auth_guard::sessions::CookieProbe;
use tokio::time::timeout;

use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::key_set::{self, KeyFacts};
use crate::cli::doctor::report::CheckResult;
use crate::cli::doctor::secret::{self, SecretFacts};
use crate::cli::doctor::sessions::{self, SessionFacts};
use crate::cli::doctor::settings::Lookup;
use crate::cli::doctor::{claims, front_end};
use crate::config::{Config, SessionSource};
use crate::db::Db;

/// The timeout of each check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The results of the dependencies.
pub(super) struct Dependencies {
    pub secret_facts: SecretFacts,
    pub probe: Option<CookieProbe>,
    pub sessions: CheckResult,
    pub key_set: CheckResult,
    pub claims: CheckResult,
    pub front_end: CheckResult,
    pub key_set_clock: Option<Clock>,
}

/// Checks the dependencies. `role` is the role of the database, if it is reachable.
pub(super) async fn check(config: &Config, lookup: Lookup<'_>, role: &Result<Option<String>, ()>) -> Dependencies {
    let db = match Db::open(&config.database) {
        Ok(db) => db,
        Err(error) => return skipped(&error.to_string()),
    };
    let has_database = role.is_ok();
    let timed_out = |name| CheckResult::failed(name, "timeout", "check that it is reachable from here");
    let session_facts = timeout(TIMEOUT, sessions::find(config, &db, has_database)).await;
    let key_facts = timeout(TIMEOUT, key_set::load(config, &db, has_database)).await;
    let claims = timeout(TIMEOUT, claims::check(config, &db, has_database)).await;
    let (probe, front_end) = front_end::check(config, lookup).await;
    let private_keys = match has_database {
        true => timeout(TIMEOUT, db.private_keys()).await.ok().and_then(Result::ok).flatten().unwrap_or_default(),
        false => Vec::new(),
    };
    let table = secret::test_keys(config, lookup, &private_keys);
    let has_sessions = session_facts.as_ref().is_ok_and(SessionFacts::are_found);
    let has_keys = key_facts.as_ref().is_ok_and(|facts| facts.are_usable(config));
    let uses_table = has_sessions && matches!(config.auth.sessions, SessionSource::Database { .. });
    let role = role.clone().ok().flatten();
    Dependencies {
        secret_facts: SecretFacts { table, probe: probe.clone() },
        probe,
        sessions: session_facts
            .map_or_else(|_| timed_out("sessions"), |facts| sessions::check(config, lookup, &facts, has_keys, role)),
        key_set_clock: key_facts.as_ref().ok().and_then(KeyFacts::clock),
        key_set: key_facts
            .map_or_else(|_| timed_out("key set"), |facts| key_set::check(config, &facts, has_sessions, uses_table)),
        claims: claims.unwrap_or_else(|_| timed_out("JWT claims")),
        front_end,
    }
}

fn skipped(error: &str) -> Dependencies {
    let line = |name| CheckResult::skipped(name, error);
    Dependencies {
        secret_facts: SecretFacts::default(),
        probe: None,
        sessions: line("sessions"),
        key_set: line("key set"),
        claims: line("JWT claims"),
        front_end: line("front end"),
        key_set_clock: None,
    }
}
