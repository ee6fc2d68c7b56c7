//! Authentication settings.

use std::collections::HashSet;

use better_auth_guard::{
    Algorithm, AuthPolicy, ClaimCheck, CookieCacheMode, CookieCacheSettings, CookieName, JwtRules, Secret, Verifier,
};

use crate::config::key_source::{KeySource, key_source};
use crate::config::session_source::{SessionSource, session_source};
use crate::config::settings_reader::{SettingsReader, is_https};

/// Authentication settings.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// Better Auth's secrets, the current one first. Empty in development until a secret is generated.
    pub secrets: Vec<Secret>,
    /// The secret of HS256 tokens (`JWT_SECRET`). `None`: Better Auth's secrets.
    pub jwt_secret: Option<Secret>,
    /// The accepted JWT algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The path of the claim with the user id. Default: `sub`.
    pub user_claim: Vec<String>,
    /// The check of the audience (`aud`).
    pub audience: ClaimCheck,
    /// The check of the issuer (`iss`).
    pub issuer: ClaimCheck,
    /// The name of the session cookie.
    pub cookie: CookieName,
    /// Whether an unsigned session token is accepted as a Bearer token.
    pub bearer_unsigned: bool,
    /// The settings of Better Auth's cookie cache.
    pub cookie_cache: CookieCacheSettings,
    /// The source of public keys.
    pub keys: KeySource,
    /// The source of sessions.
    pub sessions: SessionSource,
}

impl AuthSettings {
    /// Creates the verifier of credentials.
    pub fn verifier(&self) -> Verifier {
        Verifier::new(self.policy())
    }

    /// Creates a verifier that ignores the cookie cache, for explanations.
    pub fn session_verifier(&self, bearer_unsigned: bool) -> Verifier {
        let mut policy = AuthPolicy { bearer_unsigned, ..self.policy() };
        policy.cookie_cache.mode = CookieCacheMode::Off;
        Verifier::new(policy)
    }

    fn policy(&self) -> AuthPolicy {
        let jwt_secrets = self.jwt_secret.as_ref().map_or(self.secrets.as_slice(), std::slice::from_ref);
        let mut jwt = JwtRules::new(jwt_secrets);
        jwt.algorithms.clone_from(&self.algorithms);
        jwt.user_claim.clone_from(&self.user_claim);
        jwt.audience.clone_from(&self.audience);
        jwt.issuer.clone_from(&self.issuer);
        AuthPolicy {
            secrets: self.secrets.clone(),
            jwt,
            cookie: self.cookie.clone(),
            bearer_unsigned: self.bearer_unsigned,
            cookie_cache: self.cookie_cache.clone(),
        }
    }

    /// Returns the secret that signs HS256 tokens.
    pub fn signing_secret(&self) -> Option<&Secret> {
        self.jwt_secret.as_ref().or(self.secrets.first())
    }
}

pub(crate) fn auth(reader: &mut SettingsReader<'_>, base_url: Option<&str>, base_origin: Option<&str>) -> AuthSettings {
    let https = is_https(base_url);
    let secure = reader.read("COOKIE_SECURE", "auto", |text| match text {
        "auto" => Ok(https),
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be auto, true or false"),
    });
    let prefix = reader.text_or("COOKIE_PREFIX", "better-auth");
    let algorithms = reader.list("JWT_ALGORITHMS", |name| {
        Algorithm::from_name(name).ok_or("must be HS256, EdDSA, ES256, ES512, RS256 or PS256")
    });
    reader.record_default("JWT_ALGORITHMS", Algorithm::ALL.map(Algorithm::name).join(","));
    let sessions = session_source(reader, base_url);
    warn_about_unchecked_claims(reader, base_origin);
    AuthSettings {
        secrets: secrets(reader),
        jwt_secret: reader.secret("JWT_SECRET").map(Secret::new),
        algorithms: if algorithms.is_empty() { Algorithm::ALL.to_vec() } else { algorithms },
        user_claim: reader.text_or("JWT_USER_CLAIM", "sub").split('.').map(str::to_owned).collect(),
        audience: claim_check(reader, "JWT_AUDIENCE", base_origin),
        issuer: claim_check(reader, "JWT_ISSUER", base_origin),
        cookie: CookieName::new(&prefix, reader.text("COOKIE_NAME").as_deref(), secure),
        bearer_unsigned: reader.flag("BEARER_UNSIGNED"),
        cookie_cache: CookieCacheSettings {
            mode: cookie_cache_mode(reader, &sessions),
            cookie: CookieName::session_data(&prefix, secure),
            version: reader.text_or("SESSION_CACHE_VERSION", "1"),
        },
        keys: key_source(reader, base_url),
        sessions,
    }
}

/// Reads `JWT_AUDIENCE` or `JWT_ISSUER`: values separated by commas, or `any`.
///
/// The default is the origin of `BETTER_AUTH_URL`, without path and slash. Better Auth 1.2 to 1.7 reduces its base URL to the origin
/// (`new URL(baseURL).origin`, `src/context/create-context.ts` in 1.7). The jwt plugin signs the origin as `aud` and `iss`. The base URL
/// with its path is rejected: the OAuth provider signs it, as issuer and as the audience of third parties' access tokens.
fn claim_check(reader: &mut SettingsReader<'_>, name: &str, base_origin: Option<&str>) -> ClaimCheck {
    let values = reader.list(name, |value| Ok::<_, String>(value.to_owned()));
    reader.record_default(name, base_origin.unwrap_or("any"));
    match (values.as_slice(), base_origin) {
        ([value], _) if value == "any" => ClaimCheck::Off,
        ([], Some(origin)) => ClaimCheck::BaseUrl(origin.to_owned()),
        ([], None) => ClaimCheck::Off,
        _ if values.iter().any(|value| value == "any") => {
            reader.problem(name, "must be only any, or accepted values separated by commas");
            ClaimCheck::Off
        }
        _ => ClaimCheck::Configured(values),
    }
}

/// Warns if `aud` or `iss` is unchecked with a configured key set.
///
/// Such a key set may also sign tokens for other services. Without a base URL, the service has no default for the accepted values.
fn warn_about_unchecked_claims(reader: &mut SettingsReader<'_>, base_origin: Option<&str>) {
    let is_set = |name: &str| reader.text(name).is_some();
    if base_origin.is_some() || !["JWKS_URL", "JWKS_FILE"].into_iter().any(is_set) {
        return;
    }
    let unset: Vec<&str> = ["JWT_AUDIENCE", "JWT_ISSUER"].into_iter().filter(|name| !is_set(name)).collect();
    if !unset.is_empty() {
        let names = unset.join(" and ");
        reader.warnings.push(format!(
            "{names}: not checked, because BETTER_AUTH_URL is not set; set one of them, or set any to accept all values"
        ));
    }
}

/// Reads the mode of the cookie cache: `SESSION_SOURCE=cookie`, else `SESSION_CACHE`.
fn cookie_cache_mode(reader: &mut SettingsReader<'_>, sessions: &SessionSource) -> CookieCacheMode {
    let cache = reader.read("SESSION_CACHE", "off", |text| match text {
        "off" => Ok(CookieCacheMode::Off),
        "on" => Ok(CookieCacheMode::ReplacesLookup),
        _ => Err("must be on or off"),
    });
    if *sessions == SessionSource::Cookie { CookieCacheMode::Required } else { cache }
}

/// Reads `BETTER_AUTH_SECRETS` (`2:new,1:old`), else `BETTER_AUTH_SECRET`.
///
/// The first secret is the current one, regardless of the version numbers. This is as in Better Auth (from 1.5,
/// `src/context/secret-utils.ts`), which rejects duplicate versions.
fn secrets(reader: &mut SettingsReader<'_>) -> Vec<Secret> {
    reader.secret("BETTER_AUTH_SECRETS");
    let versioned = reader.list("BETTER_AUTH_SECRETS", |part| {
        let (version, secret) = part.split_once(':').unwrap_or_default();
        match version.trim().parse::<u32>() {
            Ok(version) if !secret.trim().is_empty() => Ok((version, Secret::new(secret.trim()))),
            _ => Err("must be a version number and a secret, such as 2:…"),
        }
    });
    if versioned.is_empty() {
        return reader.secret("BETTER_AUTH_SECRET").map(Secret::new).into_iter().collect();
    }
    let versions: HashSet<u32> = versioned.iter().map(|(version, _)| *version).collect();
    if versions.len() < versioned.len() {
        reader.problem("BETTER_AUTH_SECRETS", "has a duplicate version; each version must occur once");
    }
    versioned.into_iter().map(|(_, secret)| secret).collect()
}
