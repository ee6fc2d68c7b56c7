//! Checks the settings without any connection.

use better_auth_guard::MIN_SECRET_BYTES;

use crate::cli::doctor::report::{CheckResult, CheckStatus, counted};
use crate::config::Config;

/// Settings that are never replaced by their default: a check of the default would mislead.
const REQUIRED: [&str; 8] = [
    "DATABASE_URL",
    "BETTER_AUTH_URL",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_SECRETS",
    "JWT_SECRET",
    "JWKS_URL",
    "SESSION_SOURCE",
    "REDIS_URL",
];

/// Reads the settings and returns a line for each problem. The other checks use the defaults of invalid settings, where a default is
/// meaningful.
pub(crate) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> (Option<Config>, Vec<CheckResult>) {
    let problems = match Config::from_lookup(lookup) {
        Ok(config) => {
            let warning = |text: &String| CheckResult::warning("settings", text, "see .env.example");
            // the check `secret` reports weak secrets
            let warnings = config.warnings.iter().filter(|text| !text.contains("openssl rand")).map(warning);
            let lines = std::iter::once(CheckResult::passed("settings", "all are valid")).chain(warnings).collect();
            return (Some(config), lines);
        }
        Err(error) => error.0,
    };
    let is_invalid = |name: &str| problems.iter().any(|problem| problem.split(' ').next() == Some(name));
    // HOST is dropped too: a weak secret is invalid only because of HOST
    let remaining = |name: &str| match name == "HOST" || is_invalid(name) && !REQUIRED.contains(&name) {
        true => None,
        false => lookup(name),
    };
    let config = Config::from_lookup(&remaining).ok();
    let failed = |problem: &String| CheckResult::failed("settings", problem, "correct it: the service does not start");
    (config, problems.iter().map(failed).collect())
}

/// Checks the strength of all secrets. `lines` are the results of [`read`].
pub(crate) fn secret(config: &Config, lines: &[CheckResult]) -> CheckResult {
    let auth = &config.auth;
    if config.development {
        return CheckResult::failed(
            "secret",
            "no secret is set: the service would generate one that Better Auth does not have",
            "set BETTER_AUTH_SECRET to Better Auth's secret",
        );
    }
    let all = auth.secrets.iter().chain(&auth.jwt_secret);
    let is_rejected =
        lines.iter().any(|line| line.status == CheckStatus::Failed && line.detail.contains("openssl rand"));
    let weak_reasons: Vec<&str> = all.clone().filter_map(|secret| secret.weak_reason()).collect();
    let fix = "set a secret of at least 32 random bytes (openssl rand -base64 32), here and in Better Auth";
    match weak_reasons.first() {
        Some(weak_reason) if is_rejected => CheckResult::failed("secret", format!("a secret {weak_reason}"), fix),
        Some(weak_reason) => CheckResult::warning("secret", format!("a secret {weak_reason}"), fix),
        None => CheckResult::passed(
            "secret",
            format!("{}, at least {MIN_SECRET_BYTES} bytes, not a known default", counted(all.count(), "secret")),
        ),
    }
}

pub(crate) fn origins(config: &Config) -> CheckResult {
    match config.http.trusted_origins.as_slice() {
        [] => CheckResult::warning(
            "origins",
            "no trusted origin: with a cookie, only pages of the service's own origin may write",
            "set BETTER_AUTH_URL, and TRUSTED_ORIGINS for further front ends",
        ),
        origins => CheckResult::passed("origins", format!("trusted: {}", origins.join(", "))),
    }
}

pub(crate) fn cookie(config: &Config, lookup: &dyn Fn(&str) -> Option<String>) -> CheckResult {
    let name = config.auth.cookie.as_str();
    let is_set = |name| lookup(name).is_some_and(|value: String| !value.trim().is_empty());
    if is_set("BETTER_AUTH_URL") || is_set("COOKIE_SECURE") {
        return CheckResult::passed("cookie", format!("expected name: {name}"));
    }
    CheckResult::warning(
        "cookie",
        format!(
            "expected name: {name}; BETTER_AUTH_URL decides whether the name has the prefix __Secure-, but is not set"
        ),
        "set BETTER_AUTH_URL, or COOKIE_SECURE",
    )
}
