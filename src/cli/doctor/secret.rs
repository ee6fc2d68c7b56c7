//! Checks the secrets: their strength, their text, and whether Better Auth has the same one.

use better_auth_guard::diesel::{SecretMatch, StoredPrivateKey};
use better_auth_guard::sessions::CookieProbe;
use better_auth_guard::{MIN_SECRET_BYTES, Secret};

use crate::cli::doctor::report::{CheckResult, CheckStatus, counted};
use crate::cli::doctor::settings::Lookup;
use crate::config::Config;

const NAME: &str = "secret";
const SETTINGS: [&str; 3] = ["BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "JWT_SECRET"];
const SAME_SECRET: &str = "set BETTER_AUTH_SECRET to Better Auth's secret, byte for byte";

/// What is known of Better Auth's secret.
#[derive(Default)]
pub(super) struct SecretFacts {
    /// The newest encrypted private key in the table `jwks`.
    pub table: Option<TableProof>,
    /// Better Auth's response to a signed cookie.
    pub probe: Option<CookieProbe>,
}

/// The test of the newest private key.
pub(super) enum TableProof {
    /// This secret encrypted the key: its position, counted from 1.
    Matches { kid: String, number: usize },
    /// None of the secrets encrypted the key. `variant` says which change of a secret's text did.
    Differs { kid: String, variant: Option<&'static str> },
}

/// Tests the newest encrypted key. Better Auth signs with the newest key, so its secret decrypts it.
pub(super) fn test_keys(config: &Config, lookup: Lookup<'_>, keys: &[StoredPrivateKey]) -> Option<TableProof> {
    let secrets = &config.auth.secrets;
    let first = secrets.first()?;
    let key = keys.iter().find(|key| key.test(first) != SecretMatch::NotEncrypted)?;
    let matches = |secret: &Secret| key.test(secret) == SecretMatch::Matches;
    let kid = key.kid.clone();
    if let Some(position) = secrets.iter().position(matches) {
        return Some(TableProof::Matches { kid, number: position.saturating_add(1) });
    }
    let raw = lookup("BETTER_AUTH_SECRET").unwrap_or_default();
    let variant = if raw.trim() != raw && matches(&Secret::new(&*raw)) {
        Some("Better Auth's secret has the white space around it, which this service removes: remove it in both")
    } else if unquoted(raw.trim()).is_some_and(|text| matches(&Secret::new(text))) {
        Some("the quotes around it are part of it here, but not in Better Auth: remove them")
    } else if [format!("\"{}\"", raw.trim()), format!("'{}'", raw.trim())]
        .into_iter()
        .any(|text| matches(&Secret::new(text)))
    {
        Some("in Better Auth, the quotes around it are part of it: remove them there")
    } else {
        None
    };
    Some(TableProof::Differs { kid, variant })
}

/// Checks all secrets. `lines` are the results of the settings.
pub(super) fn check(config: &Config, lookup: Lookup<'_>, lines: &[CheckResult], facts: &SecretFacts) -> CheckResult {
    if config.development {
        return CheckResult::failed(
            NAME,
            "no secret is set: the service would generate one that Better Auth does not have",
            "set BETTER_AUTH_SECRET to Better Auth's secret",
        );
    }
    let auth = &config.auth;
    let all = auth.secrets.iter().chain(&auth.jwt_secret);
    let weak_reason = all.clone().find_map(|secret| secret.weak_reason());
    let is_rejected =
        lines.iter().any(|line| line.status == CheckStatus::Failed && line.detail.contains("openssl rand"));
    let strong = "set a secret of at least 32 random bytes (openssl rand -base64 32), here and in Better Auth";
    if let Some(reason) = weak_reason.filter(|_| is_rejected) {
        return CheckResult::failed(NAME, format!("a secret {reason}"), strong);
    }
    let proof = match prove(facts) {
        Proof::Refuted(line) => return line,
        Proof::Proven(text) => Some(text),
        Proof::Unknown => None,
    };
    let quality = match weak_reason {
        Some(reason) => format!("a secret {reason}"),
        None => format!("{}, at least {MIN_SECRET_BYTES} bytes, not a known default", counted(all.count(), "secret")),
    };
    let detail = match &proof {
        Some(proof) => format!("{quality}; {proof}"),
        None => format!("{quality}; not verified: pipe a cookie to `task-api verify`"),
    };
    match (weak_reason, odd_text(lookup), proof) {
        (Some(_), _, _) => CheckResult::warning(NAME, detail, strong),
        (None, Some(odd), None) => CheckResult::warning(NAME, format!("{odd}; {detail}"), SAME_SECRET),
        (None, _, Some(_)) => CheckResult::passed(NAME, detail),
        (None, None, None) => CheckResult::unverified(NAME, detail),
    }
}

enum Proof {
    Proven(String),
    Refuted(CheckResult),
    Unknown,
}

fn prove(facts: &SecretFacts) -> Proof {
    let refuted = |detail: String, fix: &str| Proof::Refuted(CheckResult::failed(NAME, detail, fix));
    match (&facts.table, &facts.probe) {
        (Some(TableProof::Differs { kid, .. }), Some(CookieProbe::Verified)) => refuted(
            format!(
                "Better Auth at BETTER_AUTH_URL has this secret, but another secret encrypted key {kid} of the jwks table: \
                     DATABASE_URL is the database of another Better Auth"
            ),
            "set DATABASE_URL to the database of the Better Auth at BETTER_AUTH_URL",
        ),
        (Some(TableProof::Differs { kid, variant: Some(variant) }), _) => refuted(
            format!("it does not decrypt key {kid} of Better Auth's jwks table: {variant}; every cookie gets 401"),
            SAME_SECRET,
        ),
        (Some(TableProof::Differs { kid, variant: None }), _) => refuted(
            format!("another secret encrypted key {kid} of Better Auth's jwks table: every cookie gets 401"),
            "set BETTER_AUTH_SECRET to Better Auth's secret, and DATABASE_URL to its database",
        ),
        (_, Some(CookieProbe::OtherSecret)) => {
            refuted("Better Auth at BETTER_AUTH_URL has another secret: every cookie gets 401".into(), SAME_SECRET)
        }
        (_, Some(CookieProbe::Ignored)) => refuted(
            "Better Auth at BETTER_AUTH_URL ignored a cookie with this secret and name: every cookie gets 401".into(),
            "set BETTER_AUTH_SECRET to Better Auth's secret; check COOKIE_PREFIX, COOKIE_NAME and COOKIE_SECURE",
        ),
        (Some(TableProof::Matches { kid, number: 1 }), _) => {
            Proof::Proven(format!("it decrypts key {kid} of Better Auth's jwks table"))
        }
        (Some(TableProof::Matches { kid, number }), _) => {
            Proof::Proven(format!("secret {number} decrypts key {kid} of Better Auth's jwks table"))
        }
        (None, Some(CookieProbe::Verified)) => {
            Proof::Proven("Better Auth at BETTER_AUTH_URL verifies its signature".into())
        }
        (None, Some(CookieProbe::OtherName(_) | CookieProbe::NotBetterAuth(_)) | None) => Proof::Unknown,
    }
}

/// Returns what is unusual about the text of a secret: quotes or white space around it.
fn odd_text(lookup: Lookup<'_>) -> Option<String> {
    SETTINGS.into_iter().find_map(|name| {
        let value = lookup(name).filter(|value| !value.trim().is_empty())?;
        if value.trim() != value {
            return Some(format!("white space around {name} is removed here, but not in Better Auth"));
        }
        let parts = value.split(',').map(|part| part.split_once(':').map_or(part, |(_, secret)| secret).trim());
        let is_quoted = unquoted(&value).is_some()
            || name == "BETTER_AUTH_SECRETS" && parts.clone().any(|part| unquoted(part).is_some());
        is_quoted.then(|| format!("{name} is in quotes, which are part of the secret here"))
    })
}

/// Returns the text without the quotes around it, if it has some.
fn unquoted(text: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}
