//! Names of settings in explanations.

/// A setting that an explanation names. Some are a setting with a value.
///
/// The default names are those of [`GuardBuilder`](crate::GuardBuilder)'s methods. [`Explainer::names`](crate::explain::Explainer::names)
/// replaces them, such as with the names of environment variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Better Auth's secrets.
    Secrets,
    /// The secret of HS256 JWTs.
    JwtSecret,
    /// Better Auth's base URL.
    BaseUrl,
    /// The accepted values of `aud`.
    Audience,
    /// The accepted values of `iss`.
    Issuer,
    /// The accepted algorithms of JWTs.
    Algorithms,
    /// The claim of the user's id.
    UserClaim,
    /// The prefix of cookie names.
    CookiePrefix,
    /// The session cookie's name.
    CookieName,
    /// Whether cookie names start with `__Secure-`.
    SecureCookies,
    /// [`Self::SecureCookies`] with the value true.
    SecureCookiesOn,
    /// [`Self::SecureCookies`] with the value false.
    SecureCookiesOff,
    /// The use of the cookie cache.
    CookieCache,
    /// [`Self::CookieCache`] with the value off.
    CookieCacheOff,
    /// The setting that makes the cookie cache the session.
    CookieCacheRequired,
    /// The version of the cookie cache.
    CookieCacheVersion,
    /// The setting that selects the source of sessions.
    SessionSource,
    /// The settings of the source of sessions.
    Sessions,
    /// The name of Better Auth's session table.
    SessionTable,
    /// The name of Better Auth's user table.
    UserTable,
    /// The time zone of times without a zone.
    SessionTimezone,
    /// The setting that accepts unsigned session tokens, with the value true.
    UnsignedTokensOn,
    /// The source of public keys.
    Jwks,
    /// The source of public keys, and the database with Better Auth's `jwks` table.
    JwksOrTable,
}

impl Setting {
    /// All settings.
    pub const ALL: [Self; 24] = [
        Self::Secrets,
        Self::JwtSecret,
        Self::BaseUrl,
        Self::Audience,
        Self::Issuer,
        Self::Algorithms,
        Self::UserClaim,
        Self::CookiePrefix,
        Self::CookieName,
        Self::SecureCookies,
        Self::SecureCookiesOn,
        Self::SecureCookiesOff,
        Self::CookieCache,
        Self::CookieCacheOff,
        Self::CookieCacheRequired,
        Self::CookieCacheVersion,
        Self::SessionSource,
        Self::Sessions,
        Self::SessionTable,
        Self::UserTable,
        Self::SessionTimezone,
        Self::UnsignedTokensOn,
        Self::Jwks,
        Self::JwksOrTable,
    ];

    /// Returns the method of [`GuardBuilder`](crate::GuardBuilder) that sets it: the default name.
    pub fn builder_method(self) -> &'static str {
        match self {
            Self::Secrets => "secrets(…)",
            Self::JwtSecret => "secrets(…) or jwt_secret(…)",
            Self::BaseUrl => "base_url(…)",
            Self::Audience => "audience(…)",
            Self::Issuer => "issuer(…)",
            Self::Algorithms => "algorithms(…)",
            Self::UserClaim => "user_claim(…)",
            Self::CookiePrefix => "cookie_prefix(…)",
            Self::CookieName => "cookie_name(…)",
            Self::SecureCookies => "secure_cookies(…)",
            Self::SecureCookiesOn => "secure_cookies(true)",
            Self::SecureCookiesOff => "secure_cookies(false)",
            Self::CookieCache => "cookie_cache(…)",
            Self::CookieCacheOff => "cookie_cache(CookieCacheMode::Off, …)",
            Self::CookieCacheRequired => "cookie_cache(CookieCacheMode::Required, …)",
            Self::CookieCacheVersion => "the version of cookie_cache(…)",
            Self::SessionSource => "mode of cookie_cache(…)",
            Self::Sessions => "sessions(…)",
            Self::SessionTable => "the session table of sessions(…)",
            Self::UserTable => "the user table of sessions(…)",
            Self::SessionTimezone => "the time zone of sessions(…)",
            Self::UnsignedTokensOn => "accept_unsigned_tokens(true)",
            Self::Jwks | Self::JwksOrTable => "jwks(…)",
        }
    }
}
