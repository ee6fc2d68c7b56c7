//! Checks the name of the session cookie.

use better_auth_guard::sessions::CookieProbe;

use crate::cli::doctor::report::CheckResult;
use crate::cli::doctor::settings::{Lookup, has_https, is_set};
use crate::config::Config;

const NAME: &str = "cookie";

/// Checks the name. `probe` is Better Auth's response to a cookie with it.
pub(crate) fn check(config: &Config, lookup: Lookup<'_>, probe: &Option<CookieProbe>) -> CheckResult {
    let name = config.auth.cookie.as_str();
    match probe {
        Some(CookieProbe::Verified | CookieProbe::OtherSecret) => {
            return CheckResult::passed(NAME, format!("expected name: {name}, as Better Auth sets it"));
        }
        Some(CookieProbe::OtherName(actual)) => {
            return CheckResult::failed(
                NAME,
                format!("the service expects {name}, but Better Auth sets {actual}: every cookie is ignored (401)"),
                "set COOKIE_PREFIX, COOKIE_NAME or COOKIE_SECURE, or BETTER_AUTH_URL to the same URL as Better Auth's baseURL",
            );
        }
        Some(CookieProbe::Ignored | CookieProbe::NotBetterAuth(_)) | None => {}
    }
    let is_secure = name.starts_with("__Secure-") || name.starts_with("__Host-");
    if has_https(lookup) && !is_secure {
        return CheckResult::failed(
            NAME,
            format!(
                "expected name: {name}; with an https BETTER_AUTH_URL, Better Auth sets __Secure-{name}, which is ignored (401)"
            ),
            "unset COOKIE_SECURE, or set it to true (with Better Auth's useSecureCookies: false, run doctor where the front end is reachable)",
        );
    }
    if is_set(lookup, "BETTER_AUTH_URL") || is_set(lookup, "COOKIE_SECURE") {
        return CheckResult::passed(NAME, format!("expected name: {name}"));
    }
    CheckResult::warning(
        NAME,
        format!(
            "expected name: {name}; BETTER_AUTH_URL decides whether the name has the prefix __Secure-, but is not set"
        ),
        "set BETTER_AUTH_URL, or COOKIE_SECURE",
    )
}
