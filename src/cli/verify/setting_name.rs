//! Names the environment variables of settings.

use better_auth_guard::explain::Setting;

/// Returns the names of the settings. `has_jwt_secret`: whether `JWT_SECRET` is set.
pub(crate) fn names(has_jwt_secret: bool) -> impl Fn(Setting) -> &'static str {
    move |setting| match setting {
        Setting::JwtSecret if has_jwt_secret => "JWT_SECRET",
        Setting::Secrets | Setting::JwtSecret => "BETTER_AUTH_SECRET",
        Setting::BaseUrl => "BETTER_AUTH_URL",
        Setting::Audience => "JWT_AUDIENCE",
        Setting::Issuer => "JWT_ISSUER",
        Setting::Algorithms => "JWT_ALGORITHMS",
        Setting::UserClaim => "JWT_USER_CLAIM",
        Setting::CookiePrefix => "COOKIE_PREFIX",
        Setting::CookieName => "COOKIE_NAME",
        Setting::SecureCookies => "COOKIE_SECURE",
        Setting::SecureCookiesOn => "COOKIE_SECURE=true",
        Setting::SecureCookiesOff => "COOKIE_SECURE=false",
        Setting::CookieCache => "SESSION_CACHE",
        Setting::CookieCacheOff => "SESSION_CACHE=off",
        Setting::CookieCacheRequired => "SESSION_SOURCE=cookie",
        Setting::CookieCacheVersion => "SESSION_CACHE_VERSION",
        Setting::SessionSource => "SESSION_SOURCE",
        Setting::Sessions => "DATABASE_URL (or SESSION_SOURCE)",
        Setting::SessionTable => "SESSION_TABLE",
        Setting::UserTable => "USER_TABLE",
        Setting::SessionTimezone => "SESSION_TIMEZONE",
        Setting::UnsignedTokensOn => "BEARER_UNSIGNED=true",
        Setting::Jwks => "JWKS_URL, JWKS_FILE",
        Setting::JwksOrTable => "JWKS_URL, JWKS_FILE, DATABASE_URL",
    }
}
