//! What the settings alone say.

use super::table::{Line, State};
use super::{Lookup, counted};
use crate::auth::MIN_SECRET_BYTES;
use crate::config::Config;

/// Settings in whose place no default must be checked.
const ESSENTIAL: [&str; 8] = [
    "DATABASE_URL",
    "BETTER_AUTH_URL",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_SECRETS",
    "JWT_SECRET",
    "JWKS_URL",
    "SESSION_SOURCE",
    "REDIS_URL",
];

/// The settings, and a line for each that is wrong. All else is checked as if it were not set, if that can be.
pub(super) fn read(lookup: Lookup<'_>) -> (Option<Config>, Vec<Line>) {
    let problems = match Config::from_lookup(lookup) {
        Ok(config) => {
            let warning = |what: &String| Line::warning("settings", what, "see .env.example");
            // those of secrets have a line of their own
            let told = config.warnings.iter().filter(|what| !what.contains("openssl rand")).map(warning);
            let lines = std::iter::once(Line::good("settings", "all can be read")).chain(told).collect();
            return (Some(config), lines);
        }
        Err(error) => error.0,
    };
    let is_wrong = |name: &str| problems.iter().any(|problem| problem.split(' ').next() == Some(name));
    // a secret may be too weak for HOST alone
    let rest = |name: &str| match name == "HOST" || is_wrong(name) && !ESSENTIAL.contains(&name) {
        true => None,
        false => lookup(name),
    };
    let config = Config::from_lookup(&rest).ok();
    let bad = |problem: &String| Line::bad("settings", problem, "correct it: the service does not start so");
    (config, problems.iter().map(bad).collect())
}

pub(super) fn secret(config: &Config, said: &[Line]) -> Line {
    let auth = &config.auth;
    if config.development {
        return Line::bad(
            "secret",
            "none is set: the service would make its own, which Better Auth does not have",
            "set BETTER_AUTH_SECRET to that of Better Auth",
        );
    }
    let all = auth.secrets.iter().chain(&auth.jwt_secret);
    let is_refused = said.iter().any(|line| line.state == State::Bad && line.found.contains("openssl rand"));
    let weaknesses: Vec<&str> = all.clone().filter_map(|secret| secret.weakness()).collect();
    let change = "set one of 32 random bytes or more (openssl rand -base64 32), here and in Better Auth";
    match weaknesses.first() {
        Some(weakness) if is_refused => Line::bad("secret", format!("it {weakness}"), change),
        Some(weakness) => Line::warning("secret", format!("it {weakness}"), change),
        None => Line::good(
            "secret",
            format!("{}, of {MIN_SECRET_BYTES} bytes or more, no known default", counted(all.count(), "secret")),
        ),
    }
}

pub(super) fn origins(config: &Config) -> Line {
    match config.http.trusted_origins.as_slice() {
        [] => Line::warning(
            "origins",
            "none is trusted: a browser's writes with a cookie are refused, but from the service's own origin",
            "set BETTER_AUTH_URL, and TRUSTED_ORIGINS for further front ends",
        ),
        origins => Line::good("origins", format!("trusted: {}", origins.join(", "))),
    }
}

pub(super) fn cookie(config: &Config, lookup: Lookup<'_>) -> Line {
    let name = config.auth.cookie.as_str();
    let is_set = |name| lookup(name).is_some_and(|value: String| !value.trim().is_empty());
    if is_set("BETTER_AUTH_URL") || is_set("COOKIE_SECURE") {
        return Line::good("cookie", format!("looked for: {name}"));
    }
    Line::warning(
        "cookie",
        format!(
            "looked for: {name}; without BETTER_AUTH_URL nobody knows whether Better Auth puts __Secure- before it"
        ),
        "set BETTER_AUTH_URL, or COOKIE_SECURE",
    )
}
