//! What the settings alone say.

use crate::auth::MIN_SECRET_BYTES;
use crate::cli::doctor::report::{CheckResult, CheckStatus, counted};
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
pub(crate) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> (Option<Config>, Vec<CheckResult>) {
    let problems = match Config::from_lookup(lookup) {
        Ok(config) => {
            let warning = |what: &String| CheckResult::warning("settings", what, "see .env.example");
            // those of secrets have a line of their own
            let told = config.warnings.iter().filter(|what| !what.contains("openssl rand")).map(warning);
            let lines = std::iter::once(CheckResult::good("settings", "all can be read")).chain(told).collect();
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
    let bad = |problem: &String| CheckResult::bad("settings", problem, "correct it: the service does not start so");
    (config, problems.iter().map(bad).collect())
}

pub(crate) fn secret(config: &Config, said: &[CheckResult]) -> CheckResult {
    let auth = &config.auth;
    if config.development {
        return CheckResult::bad(
            "secret",
            "none is set: the service would make its own, which Better Auth does not have",
            "set BETTER_AUTH_SECRET to that of Better Auth",
        );
    }
    let all = auth.secrets.iter().chain(&auth.jwt_secret);
    let is_refused = said.iter().any(|line| line.state == CheckStatus::Bad && line.found.contains("openssl rand"));
    let weaknesses: Vec<&str> = all.clone().filter_map(|secret| secret.weak_reason()).collect();
    let change = "set one of 32 random bytes or more (openssl rand -base64 32), here and in Better Auth";
    match weaknesses.first() {
        Some(weak_reason) if is_refused => CheckResult::bad("secret", format!("it {weak_reason}"), change),
        Some(weak_reason) => CheckResult::warning("secret", format!("it {weak_reason}"), change),
        None => CheckResult::good(
            "secret",
            format!("{}, of {MIN_SECRET_BYTES} bytes or more, no known default", counted(all.count(), "secret")),
        ),
    }
}

pub(crate) fn origins(config: &Config) -> CheckResult {
    match config.http.trusted_origins.as_slice() {
        [] => CheckResult::warning(
            "origins",
            "none is trusted: a browser's writes with a cookie are refused, but from the service's own origin",
            "set BETTER_AUTH_URL, and TRUSTED_ORIGINS for further front ends",
        ),
        origins => CheckResult::good("origins", format!("trusted: {}", origins.join(", "))),
    }
}

pub(crate) fn cookie(config: &Config, lookup: &dyn Fn(&str) -> Option<String>) -> CheckResult {
    let name = config.auth.cookie.as_str();
    let is_set = |name| lookup(name).is_some_and(|value: String| !value.trim().is_empty());
    if is_set("BETTER_AUTH_URL") || is_set("COOKIE_SECURE") {
        return CheckResult::good("cookie", format!("looked for: {name}"));
    }
    CheckResult::warning(
        "cookie",
        format!(
            "looked for: {name}; without BETTER_AUTH_URL nobody knows whether Better Auth puts __Secure- before it"
        ),
        "set BETTER_AUTH_URL, or COOKIE_SECURE",
    )
}
