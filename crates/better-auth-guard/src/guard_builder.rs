//! Configures a guard.

use std::sync::{Arc, OnceLock};

use url::Url;

use crate::algorithm::Algorithm;
use crate::build_error::BuildError;
use crate::cookie::CookieName;
use crate::cookie_cache::{CookieCacheMode, CookieCacheSettings};
use crate::endpoints;
use crate::failed_attempts::{FailedAttemptLimit, FailedAttempts};
use crate::guard::{Guard, Parts};
use crate::jwks::{Jwks, JwksCache};
use crate::jwt::{ClaimCheck, JwtRules};
use crate::secret::Secret;
use crate::sessions::{SessionSource, Sessions};
use crate::trusted_origin::TrustedOrigin;
use crate::verifier::{AuthPolicy, Verifier};

/// Configures a [`Guard`].
///
/// The guard needs a base URL, a key set or a secret. Each setting has Better Auth's default.
pub struct GuardBuilder {
    secrets: Vec<Secret>,
    jwt_secret: Option<Secret>,
    base_url: Option<String>,
    allow_http: bool,
    audience: Option<ClaimCheck>,
    issuer: Option<ClaimCheck>,
    algorithms: Vec<Algorithm>,
    user_claim: Vec<String>,
    cookie_prefix: String,
    cookie_name: Option<String>,
    secure_cookies: Option<bool>,
    cookie_cache: CookieCacheMode,
    cookie_cache_version: String,
    accept_unsigned_tokens: bool,
    jwks: Option<Jwks>,
    sessions: Option<Sessions>,
    trusted_origins: Vec<String>,
    check_origin: bool,
    failed_attempt_limit: Option<FailedAttemptLimit>,
}

impl Default for GuardBuilder {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            jwt_secret: None,
            base_url: None,
            allow_http: false,
            audience: None,
            issuer: None,
            algorithms: Algorithm::ALL.to_vec(),
            user_claim: vec!["sub".to_owned()],
            cookie_prefix: "better-auth".to_owned(),
            cookie_name: None,
            secure_cookies: None,
            cookie_cache: CookieCacheMode::Off,
            cookie_cache_version: "1".to_owned(),
            accept_unsigned_tokens: false,
            jwks: None,
            sessions: None,
            trusted_origins: Vec::new(),
            check_origin: true,
            failed_attempt_limit: Some(FailedAttemptLimit::default()),
        }
    }
}

impl Guard {
    /// Starts to configure a guard.
    pub fn builder() -> GuardBuilder {
        GuardBuilder::default()
    }
}

impl GuardBuilder {
    /// Sets Better Auth's secrets (`BETTER_AUTH_SECRET`). The first is current; all of them verify.
    pub fn secrets(mut self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        self.secrets = secrets.into_iter().collect();
        self
    }

    /// Sets the secret of HS256 JWTs. Default: the secrets.
    pub fn jwt_secret(mut self, secret: Secret) -> Self {
        self.jwt_secret = Some(secret);
        self
    }

    /// Sets the front end's URL (`BETTER_AUTH_URL`), with or without the path of Better Auth's routes.
    ///
    /// It is the default of the key set's URL, the audience, the issuer, secure cookies and the trusted origin.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows to fetch the key set by plain http from another machine. Default: no. Use it in a private network only.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sets the accepted values of `aud`. Default: the origin of the base URL, which the jwt plugin signs.
    pub fn audience<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.audience = Some(ClaimCheck::Configured(values.into_iter().map(Into::into).collect()));
        self
    }

    /// Accepts any `aud`. Tokens that Better Auth's OAuth provider issues to third parties have the same signature.
    pub fn any_audience(mut self) -> Self {
        self.audience = Some(ClaimCheck::Off);
        self
    }

    /// Sets the accepted values of `iss`. Default: the origin of the base URL.
    pub fn issuer<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.issuer = Some(ClaimCheck::Configured(values.into_iter().map(Into::into).collect()));
        self
    }

    /// Accepts any `iss`.
    pub fn any_issuer(mut self) -> Self {
        self.issuer = Some(ClaimCheck::Off);
        self
    }

    /// Sets the accepted algorithms. Default: all of [`Algorithm::ALL`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets the claim of the user's id, with dots for nested claims (`user.id`). Default: `sub`.
    pub fn user_claim(mut self, path: &str) -> Self {
        self.user_claim = path.split('.').map(str::to_owned).collect();
        self
    }

    /// Sets `advanced.cookiePrefix` of Better Auth. Default: `better-auth`.
    pub fn cookie_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.cookie_prefix = prefix.into();
        self
    }

    /// Sets the session cookie's full name, without `__Secure-`. Default: the prefix + `.session_token`.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sets whether cookie names start with `__Secure-`. Default: if the base URL is https.
    pub fn secure_cookies(mut self, secure: bool) -> Self {
        self.secure_cookies = Some(secure);
        self
    }

    /// Accepts Better Auth's cookie cache, with `cookieCache.version` (Better Auth's default: `1`). Default: off.
    ///
    /// A revoked session stays valid until its copy expires (Better Auth's default: 5 minutes).
    #[cfg(feature = "cookie-cache")]
    pub fn cookie_cache(mut self, mode: CookieCacheMode, version: impl Into<String>) -> Self {
        self.cookie_cache = mode;
        self.cookie_cache_version = version.into();
        self
    }

    /// Accepts session tokens without a signature as Bearer credentials. Default: no.
    pub fn accept_unsigned_tokens(mut self, accept: bool) -> Self {
        self.accept_unsigned_tokens = accept;
        self
    }

    /// Sets the source of public keys. Default: the key set at the base URL (feature `reqwest`).
    pub fn jwks(mut self, jwks: Jwks) -> Self {
        self.jwks = Some(jwks);
        self
    }

    /// Sets the source of sessions. Without one, session tokens are 503, unless the cookie cache has the session.
    pub fn sessions(mut self, source: impl SessionSource) -> Self {
        self.sessions = Some(Sessions::new(source));
        self
    }

    /// Adds trusted origins, such as `https://app.example.com`, besides the origin of the base URL.
    ///
    /// [`TrustedOrigin`] has the accepted forms, also patterns and origins of apps.
    pub fn trusted_origins<T: Into<String>>(mut self, origins: impl IntoIterator<Item = T>) -> Self {
        self.trusted_origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// Sets whether writes with a session cookie need a trusted origin (CSRF). Default: yes.
    pub fn check_origin(mut self, check: bool) -> Self {
        self.check_origin = check;
        self
    }

    /// Sets the limit of invalid credentials of an address, or `None` for no limit. Default: 10 per second, burst 100.
    pub fn failed_attempt_limit(mut self, limit: Option<FailedAttemptLimit>) -> Self {
        self.failed_attempt_limit = limit;
        self
    }

    /// Builds the guard.
    ///
    /// # Errors
    /// A setting is missing or invalid. See [`BuildError`].
    pub fn build(mut self) -> Result<Guard, BuildError> {
        let base_url = self.base_url.as_deref().map(Url::parse).transpose().map_err(|_| BuildError::InvalidBaseUrl)?;
        self.check(base_url.as_ref())?;
        let origin = base_url.as_ref().map(|url| url.origin().ascii_serialization());
        let keys = match (self.jwks.take(), base_url.clone()) {
            (Some(jwks), _) => jwks,
            (None, Some(url)) => key_set_at(url, self.allow_http)?,
            (None, None) => Jwks::none(),
        };
        let secure = self.secure_cookies.unwrap_or(base_url.is_some_and(|url| url.scheme() == "https"));
        self.trusted_origins.extend(origin.clone());
        let trusted_origins = TrustedOrigin::parse_all(&self.trusted_origins)?;
        let parts = Parts {
            verifier: Verifier::new(self.policy(origin.as_deref(), secure)),
            keys: Arc::new(JwksCache::new(keys)),
            sessions: self.sessions,
            trusted_origins: self.check_origin.then_some(trusted_origins),
            failed_attempts: self.failed_attempt_limit.map(FailedAttempts::new),
            #[cfg(any(feature = "actix", feature = "tower"))]
            unavailable_log: Default::default(),
            refresh: OnceLock::new(),
        };
        Ok(Guard::new(parts))
    }

    /// Checks that the settings are complete and secure.
    fn check(&self, base_url: Option<&Url>) -> Result<(), BuildError> {
        let mut secrets = self.secrets.iter().chain(&self.jwt_secret);
        if let Some(reason) = secrets.find_map(Secret::weak_reason) {
            return Err(BuildError::WeakSecret(reason));
        }
        let has_secret = !self.secrets.is_empty() || self.jwt_secret.is_some();
        if !has_secret && base_url.is_none() && self.jwks.is_none() {
            return Err(BuildError::NothingToVerifyWith);
        }
        if self.secrets.is_empty() && (self.sessions.is_some() || self.cookie_cache != CookieCacheMode::Off) {
            return Err(BuildError::MissingSecrets);
        }
        if base_url.is_none() && self.jwks.is_some() && self.audience.is_none() {
            return Err(BuildError::MissingAudience);
        }
        Ok(())
    }

    fn policy(&self, origin: Option<&str>, secure: bool) -> AuthPolicy {
        let claim_check = |configured: &Option<ClaimCheck>| match (configured, origin) {
            (Some(check), _) => check.clone(),
            (None, Some(origin)) => ClaimCheck::BaseUrl(origin.to_owned()),
            (None, None) => ClaimCheck::Off,
        };
        let jwt_secrets = self.jwt_secret.as_ref().map_or(self.secrets.as_slice(), std::slice::from_ref);
        let mut jwt = JwtRules::new(jwt_secrets);
        jwt.algorithms.clone_from(&self.algorithms);
        jwt.user_claim.clone_from(&self.user_claim);
        jwt.audience = claim_check(&self.audience);
        jwt.issuer = claim_check(&self.issuer);
        AuthPolicy {
            secrets: self.secrets.clone(),
            jwt,
            cookie: CookieName::new(&self.cookie_prefix, self.cookie_name.as_deref(), secure),
            bearer_unsigned: self.accept_unsigned_tokens,
            cookie_cache: CookieCacheSettings {
                mode: self.cookie_cache,
                cookie: CookieName::session_data(&self.cookie_prefix, secure),
                version: self.cookie_cache_version.clone(),
            },
        }
    }
}

/// Returns the key set at the base URL.
#[cfg(feature = "reqwest")]
fn key_set_at(base_url: Url, allow_http: bool) -> Result<Jwks, BuildError> {
    let url = endpoints::key_set_url(base_url);
    endpoints::check(&url, allow_http).map_err(BuildError::InsecureBaseUrl)?;
    Ok(Jwks::url(url))
}

/// Without an HTTP client, only HS256 JWTs are accepted.
#[cfg(not(feature = "reqwest"))]
fn key_set_at(base_url: Url, _: bool) -> Result<Jwks, BuildError> {
    endpoints::check(&base_url, true).map_err(BuildError::InsecureBaseUrl)?;
    Ok(Jwks::none())
}
