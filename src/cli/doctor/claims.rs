//! Which `aud` and `iss` the JWTs of the key set must have, and the OAuth clients for which the same keys sign other tokens.

use crate::auth::ClaimCheck;
use crate::cli::doctor::report::CheckResult;
use crate::config::Config;
use crate::db::Db;

const NAME: &str = "JWT claims";
const CHANGE: &str = "set BETTER_AUTH_URL, or JWT_AUDIENCE and JWT_ISSUER to what the jwt plugin signs";

/// Returns the line. Tokens of an OAuth provider's clients are a risk where `aud` or `iss` is not checked.
pub(crate) async fn check(config: &Config, db: &Db, is_there: bool) -> CheckResult {
    let auth = &config.auth;
    let rules = format!("{}; {}", rule("aud", &auth.audience), rule("iss", &auth.issuer));
    let is_checked = auth.audience != ClaimCheck::Off && auth.issuer != ClaimCheck::Off;
    let tables = if is_there { db.oauth_client_tables().await } else { Ok(Vec::new()) };
    match tables {
        Err(error) => CheckResult::warning(
            NAME,
            format!("{rules}; tables of OAuth clients cannot be looked for: {error}"),
            "may this role read the database's catalogue?",
        ),
        Ok(tables) if tables.is_empty() && is_checked => CheckResult::good(NAME, rules),
        Ok(tables) if tables.is_empty() => CheckResult::warning(NAME, rules, CHANGE),
        Ok(tables) => {
            let clients = format!("OAuth clients in {} get tokens signed with the same keys", tables.join(", "));
            if is_checked {
                return CheckResult::good(NAME, format!("{rules}; {clients}, which these rules refuse"));
            }
            CheckResult::warning(
                NAME,
                format!("{rules}; {clients}: only their claims acr, at_hash, auth_time, nonce and azp are refused"),
                CHANGE,
            )
        }
    }
}

fn rule(claim: &str, check: &ClaimCheck) -> String {
    match check {
        ClaimCheck::Off => format!("{claim} is not checked"),
        ClaimCheck::BaseUrl(value) => format!("{claim} must be {value} (BETTER_AUTH_URL)"),
        ClaimCheck::Configured(values) => format!("{claim} must be {}", values.join(" or ")),
    }
}
