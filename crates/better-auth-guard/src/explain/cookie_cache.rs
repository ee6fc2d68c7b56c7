//! Explains why the cookie cache was rejected.

use crate::cookie_cache::CookieCacheMode;
use crate::explain::context::Context;
use crate::explain::finding::Finding;
use crate::explain::setting::Setting;
use crate::invalid_credential::CredentialErrorReason;

/// Describes the cookie cache and its use. Returns `None` without a cookie cache.
pub(crate) fn describe(context: &Context<'_>) -> Option<String> {
    let cache = &context.policy.cookie_cache;
    let value = cache.cookie.find_joined(&context.headers.cookie)?;
    let strategy = match value.matches('.').count() {
        0 => "compact",
        2 => "jwt",
        4 => "jwe",
        _ => "unknown strategy",
    };
    let role = match cache.mode {
        CookieCacheMode::Off => format!("ignored ({} is off)", context.name(Setting::CookieCache)),
        CookieCacheMode::ReplacesLookup => "replaces the look-up if it is valid".to_owned(),
        CookieCacheMode::Required => format!("is the session ({})", context.name(Setting::CookieCacheRequired)),
    };
    Some(format!("the cookie {} ({strategy}, {} characters): {role}", cache.cookie.as_str(), value.len()))
}

/// Returns the cause and fix of a rejected cookie `session_data`.
pub(crate) fn explain_rejection(context: &Context<'_>, reason: CredentialErrorReason) -> Finding {
    let cache = &context.policy.cookie_cache;
    let name = cache.cookie.as_str();
    let is_only_source = cache.mode == CookieCacheMode::Required;
    match reason {
        CredentialErrorReason::NoSession if !context.presented.is_cookie() => (
            "sessions are in the cookie session_data, but the request has a Bearer token instead of cookies".to_owned(),
            format!("send the cookies or a JWT, or set another {}", context.name(Setting::SessionSource)),
        ),
        CredentialErrorReason::NoSession => (
            format!("the cookie {name}, which contains the session, is missing"),
            format!(
                "enable session.cookieCache in Better Auth, or set another {}",
                context.name(Setting::SessionSource)
            ),
        ),
        CredentialErrorReason::BadSignature => (
            format!("the signature of {name} does not match any configured secret"),
            format!("set {} to Better Auth's secret", context.name(Setting::Secrets)),
        ),
        CredentialErrorReason::Expired => {
            (format!("{name} has expired"), "let the front end call get-session, which renews it".to_owned())
        }
        CredentialErrorReason::OtherSession => (
            format!("{name} belongs to another session than the session token"),
            "sign out and in again; send the cookies of one sign-in together".to_owned(),
        ),
        CredentialErrorReason::OtherVersion => (
            format!("{name} has another version than {}", cache.version),
            format!("set {} to session.cookieCache.version of Better Auth", context.name(Setting::CookieCacheVersion)),
        ),
        CredentialErrorReason::UnknownKey => (
            format!("{name} is signed with a key that is not in the key set {}", context.key_source),
            format!("check {}", context.name(Setting::BaseUrl)),
        ),
        CredentialErrorReason::Banned => (
            format!("the user is banned, according to {name}"),
            "lift the ban with Better Auth's admin plugin".to_owned(),
        ),
        _ => (
            format!("{name} does not have Better Auth's format"),
            if is_only_source {
                "sign in again".to_owned()
            } else {
                format!("sign in again, or set {}", context.name(Setting::CookieCacheOff))
            },
        ),
    }
}
