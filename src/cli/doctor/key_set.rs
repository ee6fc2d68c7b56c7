//! Checks the public keys, and compares those of the front end with those in the database.

use better_auth_guard::{KeyOrigin, KeySet, LoadedKeys};
use chrono::Utc;

use crate::cli::describe_sources;
use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::report::{CheckResult, counted};
use crate::config::{Config, KeySource};
use crate::db::Db;
use crate::jwks;

const NAME: &str = "key set";

/// What is known of the public keys.
pub(super) enum KeyFacts {
    Loaded {
        keys: LoadedKeys,
        /// The keys in the table `jwks`. `None` without the table.
        table: Option<KeySet>,
        /// Why the front end's keys are unavailable, if those of the table replace them.
        failure: Option<String>,
    },
    Unavailable(String),
    NoDatabase,
}

impl KeyFacts {
    /// Returns whether the service accepts JWTs of these keys.
    pub(super) fn are_usable(&self, config: &Config) -> bool {
        let Self::Loaded { keys, .. } = self else { return false };
        keys.keys.algorithms().iter().any(|algorithm| config.auth.algorithms.contains(algorithm))
    }

    /// Returns the clock of the key set's server.
    pub(super) fn clock(&self) -> Option<Clock> {
        let Self::Loaded { keys, .. } = self else { return None };
        keys.date.map(|date| Clock::new("the key set's server", date))
    }
}

/// Loads the keys as the service does.
pub(super) async fn load(config: &Config, db: &Db, has_database: bool) -> KeyFacts {
    let source = config.auth.keys.clone();
    let source = if has_database { Some(source) } else { describe_sources::without_table(source) };
    let Some(source) = source else { return KeyFacts::NoDatabase };
    // the fallback of the front end hides the cause
    let failure = match &source {
        KeySource::BetterAuth(url) => jwks::source(&KeySource::Url(url.clone()), db.clone()).load(None).await.err(),
        _ => None,
    };
    let keys = match jwks::source(&source, db.clone()).load(None).await {
        Ok(keys) => keys,
        Err(error) => return KeyFacts::Unavailable(error),
    };
    let table = match has_database {
        true => db.public_keys(Utc::now()).await.ok().flatten().map(|jwks| KeySet::from_jwks(&jwks).0),
        false => None,
    };
    let failure = failure.filter(|_| keys.origin == KeyOrigin::Table);
    KeyFacts::Loaded { keys, table, failure }
}

/// Judges the facts. `has_sessions`: whether cookies are accepted. `uses_table`: whether sessions come from the same database.
pub(super) fn check(config: &Config, facts: &KeyFacts, has_sessions: bool, uses_table: bool) -> CheckResult {
    match facts {
        KeyFacts::NoDatabase => CheckResult::skipped(NAME, "no database"),
        KeyFacts::Unavailable(error) => unavailable(config, error, has_sessions),
        KeyFacts::Loaded { keys, table, failure } => {
            let summary = summary(config, keys);
            if let Some(line) = unusable(config, keys, &summary) {
                return line;
            }
            match (failure, table) {
                (Some(failure), _) => not_compared(&summary, failure),
                (None, Some(table)) if keys.origin != KeyOrigin::Table => {
                    compare(config, keys, table, &summary, uses_table)
                }
                (None, _) => CheckResult::passed(NAME, summary),
            }
        }
    }
}

/// Without keys, JWTs of the jwt plugin get 503. Where cookies work and no setting names the keys, that is a warning.
fn unavailable(config: &Config, error: &str, has_sessions: bool) -> CheckResult {
    const FIX: &str = "check BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE), and that the front end is reachable from here";
    match config.auth.keys {
        KeySource::BetterAuth(_) if has_sessions => CheckResult::warning(
            NAME,
            format!("unavailable: {error}; cookies work, JWTs of the jwt plugin get 503"),
            FIX,
        ),
        _ => CheckResult::failed(NAME, format!("unavailable: {error}; JWTs of the jwt plugin get 503"), FIX),
    }
}

fn not_compared(summary: &str, failure: &str) -> CheckResult {
    CheckResult::warning(
        NAME,
        format!(
            "{summary}, because the front end's are unavailable: {failure}; they cannot be compared: if this is the database of \
             another Better Auth, its users are accepted and yours are not"
        ),
        "make BETTER_AUTH_URL reachable from here, and run doctor again",
    )
}

/// Compares published keys with those in the table. Without a common key they belong to two Better Auths.
fn compare(config: &Config, loaded: &LoadedKeys, table: &KeySet, summary: &str, uses_table: bool) -> CheckResult {
    // a front end that signs no JWT has an empty table
    let is_comparable = !loaded.keys.is_empty() && (uses_table || !table.is_empty());
    if !is_comparable || loaded.keys.shares_key_with(table) {
        let same = if is_comparable { "; the jwks table has the same" } else { "" };
        return CheckResult::passed(NAME, format!("{summary}{same}"));
    }
    let is_own = matches!(config.auth.keys, KeySource::BetterAuth(_));
    let stored = if table.is_empty() { "the jwks table has no key" } else { "the jwks table has other keys" };
    let detail = format!("{summary}; {stored}: the database is that of another Better Auth");
    match (is_own, uses_table) {
        (true, true) => CheckResult::failed(
            NAME,
            format!("{detail}, in which no session of this front end is found: cookies get 401"),
            "set DATABASE_URL to the database of the Better Auth at BETTER_AUTH_URL, or correct BETTER_AUTH_URL",
        ),
        (false, _) if !table.is_empty() => CheckResult::failed(
            NAME,
            format!("{detail}, or the key set is that of another project: JWTs of the table's Better Auth get 401"),
            "set JWKS_URL or JWKS_FILE to the key set of the Better Auth in DATABASE_URL, or unset them",
        ),
        _ => {
            CheckResult::warning(NAME, detail, "set DATABASE_URL to the database of the Better Auth at BETTER_AUTH_URL")
        }
    }
}

fn summary(config: &Config, loaded: &LoadedKeys) -> String {
    let algorithms = loaded.keys.algorithms();
    let names: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    format!("{} ({}), {}", counted(loaded.keys.len(), "key"), names.join(", "), origin(config, loaded))
}

fn origin(config: &Config, loaded: &LoadedKeys) -> String {
    match loaded.origin {
        KeyOrigin::Table => "in Better Auth's jwks table".to_owned(),
        _ => describe_sources::keys(&config.auth.keys).to_string(),
    }
}

/// Returns a line if keys were rejected, or if none verifies a JWT.
fn unusable(config: &Config, loaded: &LoadedKeys, summary: &str) -> Option<CheckResult> {
    let rejected = loaded.rejected.first();
    let rejected =
        rejected.map(|key| format!("{summary}; {} rejected: {}", counted(loaded.rejected.len(), "key"), key.reason));
    match rejected {
        Some(rejected) if loaded.keys.is_empty() => Some(CheckResult::failed(
            NAME,
            rejected,
            "configure the jwt plugin to use EdDSA, ES256, ES512, RS256 or PS256",
        )),
        Some(rejected) => {
            Some(CheckResult::warning(NAME, rejected, "the service rejects tokens signed with these keys"))
        }
        None if loaded.keys.is_empty() => Some(CheckResult::warning(
            NAME,
            format!("no keys, {}: the service rejects JWTs of the jwt plugin", origin(config, loaded)),
            "enable the jwt plugin and check BETTER_AUTH_URL; ignore this if clients use cookies only",
        )),
        None => {
            let is_allowed = |algorithm| config.auth.algorithms.contains(algorithm);
            let has_allowed = loaded.keys.algorithms().iter().any(is_allowed);
            (!has_allowed).then(|| {
                CheckResult::failed(
                    NAME,
                    format!("{summary}; JWT_ALGORITHMS contains none of them"),
                    "add the algorithm of the keys to JWT_ALGORITHMS",
                )
            })
        }
    }
}
