//! Asks Better Auth itself whether it has the same secret and cookie name.

use better_auth_guard::endpoints;
use better_auth_guard::sessions::{CookieProbe, probe_cookie};
use url::Url;

use crate::cli::doctor::report::CheckResult;
use crate::cli::doctor::sessions::unused_token;
use crate::cli::doctor::settings::Lookup;
use crate::config::Config;
use crate::jwks::USER_AGENT;

const NAME: &str = "front end";

/// Sends a signed cookie of no session to `BETTER_AUTH_URL`. Returns Better Auth's response with the line.
pub(super) async fn check(config: &Config, lookup: Lookup<'_>) -> (Option<CookieProbe>, CheckResult) {
    let skipped = |reason: String| (None, CheckResult::skipped(NAME, reason));
    let Some(url) = lookup("BETTER_AUTH_URL").and_then(|text| Url::parse(text.trim()).ok()) else {
        return skipped("BETTER_AUTH_URL is not set".into());
    };
    let allows_http = ["SESSION_ALLOW_HTTP", "JWKS_ALLOW_HTTP"]
        .into_iter()
        .any(|name| lookup(name).is_some_and(|value| value.trim() == "true"));
    if let Err(error) = endpoints::check(&url, allows_http) {
        return skipped(format!("BETTER_AUTH_URL {error}"));
    }
    let Some(token) = unused_token(config) else { return skipped("no secret".into()) };
    let base = endpoints::without_query(&url);
    let base = base.trim_end_matches('/');
    match probe_cookie(&url, &config.auth.cookie, &token, USER_AGENT).await {
        Err(unavailable) => skipped(format!("it cannot be reached: {}", unavailable.0)),
        Ok(CookieProbe::NotBetterAuth(reason)) => {
            let line =
                CheckResult::skipped(NAME, format!("{reason}; a Better Auth without this route, or another server"));
            (Some(CookieProbe::NotBetterAuth(reason)), line)
        }
        Ok(probe) => {
            let agrees = match &probe {
                CookieProbe::Verified => "it has the same secret and cookie name",
                CookieProbe::OtherName(_) => "it has another cookie name",
                CookieProbe::OtherSecret => "it has another secret",
                CookieProbe::Ignored | CookieProbe::NotBetterAuth(_) => "it has another secret or cookie name",
            };
            // the lines `secret` and `cookie` report the disagreement
            (Some(probe), CheckResult::passed(NAME, format!("Better Auth responds at {base}: {agrees}")))
        }
    }
}
