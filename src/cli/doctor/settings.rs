//! Checks the settings without any connection.

use better_auth_guard::TrustedOrigin;

use crate::cli::doctor::report::CheckResult;
use crate::config::Config;

/// Looks up a setting by its name.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

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
/// meaningful. `file` is the environment file that was read.
pub(crate) fn read(lookup: Lookup<'_>, file: Option<&str>) -> (Option<Config>, Vec<CheckResult>) {
    let problems = match Config::from_lookup(lookup) {
        Ok(config) => {
            let warning = |text: &String| CheckResult::warning("settings", text, "see .env.example");
            // the check `secret` reports weak secrets
            let warnings = config.warnings.iter().filter(|text| !text.contains("openssl rand")).map(warning);
            let source =
                file.map_or_else(|| "the environment alone".to_owned(), |file| format!("the environment and {file}"));
            let valid = CheckResult::passed("settings", format!("all are valid, read from {source}"));
            let lines = std::iter::once(valid).chain(warnings).collect();
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

/// Returns whether a setting has a value.
pub(super) fn is_set(lookup: Lookup<'_>, name: &str) -> bool {
    lookup(name).is_some_and(|value| !value.trim().is_empty())
}

/// Returns whether `BETTER_AUTH_URL` is https.
pub(super) fn has_https(lookup: Lookup<'_>) -> bool {
    lookup("BETTER_AUTH_URL").is_some_and(|url| url.trim().to_ascii_lowercase().starts_with("https:"))
}

pub(crate) fn origins(config: &Config) -> CheckResult {
    match config.http.trusted_origins.as_slice() {
        [] => CheckResult::warning(
            "origins",
            "no trusted origin: with a cookie, only pages of the service's own origin may write",
            "set BETTER_AUTH_URL, and TRUSTED_ORIGINS for further front ends",
        ),
        origins => {
            let texts: Vec<&str> = origins.iter().map(TrustedOrigin::as_str).collect();
            CheckResult::passed("origins", format!("trusted: {}", texts.join(", ")))
        }
    }
}

/// Checks `TRUSTED_PROXIES`. The service has no TLS: with an https front end, or in Kubernetes, a proxy is in front of it.
pub(crate) fn proxies(config: &Config, lookup: Lookup<'_>) -> CheckResult {
    const NAME: &str = "proxies";
    let proxies = &config.requests.trusted_proxies;
    if proxies.trusts_every_address() {
        return CheckResult::warning(
            NAME,
            "TRUSTED_PROXIES contains every address: a client chooses its own address with X-Forwarded-For, and so escapes REFUSAL_LIMIT",
            "set TRUSTED_PROXIES to the addresses or networks of your proxies",
        );
    }
    let reason = match (has_https(lookup), is_set(lookup, "KUBERNETES_SERVICE_HOST")) {
        (true, _) => Some("BETTER_AUTH_URL is https, so a proxy or the front end passes requests on"),
        (false, true) => Some("this is Kubernetes, where an ingress passes requests on"),
        (false, false) => None,
    };
    match reason {
        Some(reason) if proxies.is_empty() && config.requests.failed_auth_limit.is_some() => CheckResult::warning(
            NAME,
            format!("{reason}, but TRUSTED_PROXIES is not set: all clients have its address, and share REFUSAL_LIMIT"),
            "set TRUSTED_PROXIES to the address or network of the proxy",
        ),
        _ if proxies.is_empty() => CheckResult::passed(NAME, "none: the address of a connection is the client's"),
        _ => CheckResult::passed(NAME, format!("trusted: {proxies}")),
    }
}
