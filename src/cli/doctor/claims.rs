//! Checks the rules for `aud` and `iss`. Looks for OAuth clients, whose tokens are signed with the same keys.

use better_auth_guard::ClaimCheck;

use crate::cli::doctor::report::CheckResult;
use crate::config::Config;
use crate::db::Db;

const NAME: &str = "JWT claims";
const FIX: &str = "set BETTER_AUTH_URL, or JWT_AUDIENCE and JWT_ISSUER to the values that the jwt plugin signs";

/// Checks the claim rules. If `aud` or `iss` is not checked, the service may accept tokens of an OAuth provider's clients.
pub(crate) async fn check(config: &Config, db: &Db, has_database: bool) -> CheckResult {
    let auth = &config.auth;
    let rules = format!("{}; {}", rule("aud", &auth.audience), rule("iss", &auth.issuer));
    let is_checked = auth.audience != ClaimCheck::Off && auth.issuer != ClaimCheck::Off;
    let tables = if has_database { db.oauth_client_tables().await } else { Ok(Vec::new()) };
    match tables {
        Err(error) => CheckResult::warning(
            NAME,
            format!("{rules}; cannot look for tables of OAuth clients: {error}"),
            "let this role read the database catalog",
        ),
        Ok(tables) if tables.is_empty() && is_checked => CheckResult::passed(NAME, rules),
        Ok(tables) if tables.is_empty() => CheckResult::warning(NAME, rules, FIX),
        Ok(tables) => {
            let clients = format!("OAuth clients in {} receive tokens signed with the same keys", tables.join(", "));
            if is_checked {
                return CheckResult::passed(NAME, format!("{rules}; {clients}; these rules reject them"));
            }
            CheckResult::warning(
                NAME,
                format!("{rules}; {clients}; only tokens with acr, at_hash, auth_time, nonce or azp are rejected"),
                FIX,
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
