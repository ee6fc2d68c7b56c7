//! Explains why a session token, its cookie or the cookie cache was rejected.

use better_auth_guard::{CookieCacheMode, CredentialErrorReason};

use crate::cli::describe_sources;
use crate::cli::verify::finding::{Finding, format_duration};
use crate::cli::verify::header::Header;
use crate::cli::verify::input::{TokenMatch, Verification, VerificationInput};
use crate::config::SessionSource;

/// The end of the default name of the session cookie.
const SESSION_SUFFIX: &str = "session_token";
/// The length of an HMAC-SHA256 in padded base64.
const SIGNATURE_CHARS: usize = 44;

/// Returns the cause and fix of a missing credential.
pub(crate) fn explain_missing(input: &VerificationInput<'_>) -> Finding {
    let expected = input.config.auth.cookie.as_str();
    if let Header::Authorization(_) = input.header {
        let cause = "the header has no Bearer credential: expected is the word Bearer, a space, and the credential";
        return (cause.into(), "send Authorization: Bearer …, or the session cookie".into());
    }
    let cookies = input.header.cookies();
    let has = |name: &str| cookies.iter().any(|(sent, _)| sent == name);
    let unprefixed = expected.strip_prefix("__Secure-");
    let other = cookies.iter().map(|(name, _)| name).find(|name| name.ends_with(SESSION_SUFFIX));
    match (unprefixed, other) {
        _ if has(expected) => (format!("the cookie {expected} is empty, as after a sign-out"), "sign in again".into()),
        (Some(unprefixed), _) if has(unprefixed) => (
            format!(
                "the cookie is named `{unprefixed}`, but BETTER_AUTH_URL is https (or COOKIE_SECURE is true), so the expected name is `{expected}`"
            ),
            "set BETTER_AUTH_URL to Better Auth's base URL, or COOKIE_SECURE=false".into(),
        ),
        (None, _) if has(&format!("__Secure-{expected}")) => (
            format!(
                "the cookie is named `__Secure-{expected}`, but BETTER_AUTH_URL is not https (and COOKIE_SECURE is not true), so the expected name is `{expected}`"
            ),
            "set BETTER_AUTH_URL to Better Auth's base URL, or COOKIE_SECURE=true".into(),
        ),
        (_, Some(name)) => (
            format!("the cookie is named `{name}`, but the expected name is `{expected}`"),
            "set COOKIE_PREFIX or COOKIE_NAME as in Better Auth (advanced.cookiePrefix, advanced.cookies)".into(),
        ),
        _ => {
            let suffixes = ["session_data", "dont_remember", "two_factor"];
            let others: Vec<&str> =
                suffixes.into_iter().filter(|suffix| cookies.iter().any(|(name, _)| name.ends_with(suffix))).collect();
            let others = match others.as_slice() {
                [] => String::new(),
                others => format!("; Better Auth's {} is present, but not sufficient", others.join(" and ")),
            };
            (
                format!("the cookie `{expected}` is missing{others}"),
                "sign in; if you are signed in, check that the browser sends the cookie to this host (same host or crossSubDomainCookies, \
                 and credentials: \"include\")"
                    .into(),
            )
        }
    }
}

/// Describes the cookie cache and its use. Returns `None` without a cookie cache.
pub(crate) fn describe_cookie_cache(input: &VerificationInput<'_>) -> Option<String> {
    let cache = &input.config.auth.cookie_cache;
    let value = cache.cookie.find_joined(&input.header.cookie_values())?;
    let strategy = match value.matches('.').count() {
        0 => "compact",
        2 => "jwt",
        4 => "jwe",
        _ => "unknown strategy",
    };
    let role = match cache.mode {
        CookieCacheMode::Off => "ignored (SESSION_CACHE is off)",
        CookieCacheMode::ReplacesLookup => "replaces the look-up if it is valid",
        CookieCacheMode::Required => "is the session (SESSION_SOURCE=cookie)",
    };
    Some(format!("the cookie {} ({strategy}, {} characters): {role}", cache.cookie.as_str(), value.len()))
}

/// Returns a note on the kind of the signed value, or an empty text.
pub(crate) fn hint(input: &VerificationInput<'_>) -> String {
    match kind_of_signed_value(input) {
        Some(kind) => format!("; {kind}"),
        None => String::new(),
    }
}

/// Recognizes other values that Better Auth signs with the same key and in the same format.
fn kind_of_signed_value(input: &VerificationInput<'_>) -> Option<&'static str> {
    let value = input.header.credential(&input.config.auth.cookie)?;
    let token = value.split('.').next()?;
    match token {
        "true" => Some("this is the value of the cookie dont_remember, not of the session cookie"),
        _ if token.starts_with("2fa-") => {
            Some("this is the value of the cookie two_factor: the second factor is pending")
        }
        _ if token.contains(':') || token.contains("%3A") => {
            Some("this is the value of the cookie admin_session, not of the session cookie")
        }
        _ => None,
    }
}

/// Returns the cause and fix of a rejected session token.
pub(crate) fn explain_rejection(
    input: &VerificationInput<'_>,
    verification: &Verification,
    reason: CredentialErrorReason,
) -> Finding {
    let source = describe_sources::sessions(input.config);
    let record = verification.record.as_ref();
    match reason {
        CredentialErrorReason::BadSignature => {
            let note = match verification.token_match {
                TokenMatch::Token => format!("; the session exists {source}, so the secrets differ"),
                _ => String::new(),
            };
            (
                format!("the signature does not match any configured secret{note}"),
                "set BETTER_AUTH_SECRET to Better Auth's secret, byte for byte, without quotes".into(),
            )
        }
        CredentialErrorReason::NoSession => no_session(input, verification, &source),
        CredentialErrorReason::Expired => (
            match record {
                Some(record) => format!("the session expired {} ago", format_duration(input.now - record.expires_at)),
                None => "the session expired".into(),
            },
            "sign in again; if the session is new, compare the clocks, and set SESSION_TIMEZONE if Better Auth stores times without a zone".into(),
        ),
        CredentialErrorReason::NoSuchUser => (
            "the session exists, but its user does not".into(),
            "check whether the user was deleted, and check USER_TABLE".into(),
        ),
        CredentialErrorReason::Banned => {
            let expiry = record.and_then(|record| record.ban_expires);
            let expiry =
                expiry.map_or("permanently".to_owned(), |expiry| format!("until {}", expiry.format("%Y-%m-%dT%H:%M:%SZ")));
            (format!("the user is banned {expiry}"), "lift the ban with Better Auth's admin plugin".into())
        }
        CredentialErrorReason::NoUser => ("the session has no user id".into(), "set SESSION_TABLE to Better Auth's session table".into()),
        _ => malformed(input, verification),
    }
}

fn no_session(input: &VerificationInput<'_>, verification: &Verification, source: &str) -> Finding {
    if let Some(kind) = kind_of_signed_value(input) {
        return (
            format!("the signature matches a secret, but {kind}"),
            "send the session cookie, after the sign-in is complete".into(),
        );
    }
    if verification.token_match == TokenMatch::SessionId {
        return session_id();
    }
    (
        format!(
            "the signature matches a secret, but no session {source} has this token: the user signed out, or the database differs"
        ),
        "sign in again; if that does not help, set DATABASE_URL (or SESSION_SOURCE) to that of your Better Auth".into(),
    )
}

fn session_id() -> Finding {
    (
        "this is session.id instead of session.token".into(),
        "send the signed session.token: the cookie's value, or the header set-auth-token of the bearer plugin".into(),
    )
}

fn malformed(input: &VerificationInput<'_>, verification: &Verification) -> Finding {
    if verification.token_match == TokenMatch::SessionId {
        return session_id();
    }
    let credential = input.header.credential(&input.config.auth.cookie).unwrap_or_default();
    let is_cookie = matches!(input.header, Header::Cookie(_));
    let send_signed = "send the cookie's value, or the header set-auth-token of the bearer plugin";
    let (token, signature) = credential.rsplit_once('.').unwrap_or((&credential, ""));
    let parts = credential.split('.').count();
    if parts == 1 && !credential.is_empty() && credential.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let cause = match (is_cookie, verification.token_match) {
            (true, _) => "this is the unsigned session token: the cookie must contain the signed token",
            (false, TokenMatch::Token) => {
                "this is the unsigned session token, not a JWT: the cookie contains the signed token"
            }
            (false, _) => {
                "this looks like an unsigned session token (or session.id), not a JWT: a JWT has three parts separated by dots"
            }
        };
        let fix = match is_cookie {
            true => "send the cookie unchanged, as Better Auth set it".to_owned(),
            false => format!(
                "send the JWT of /api/auth/token; or {send_signed}; or set BEARER_UNSIGNED=true, if page scripts may hold the token"
            ),
        };
        return (cause.into(), fix);
    }
    let cause = if parts == 3 && token.starts_with("eyJ") {
        "this is a JWT, but a session token is expected"
    } else if credential.contains("%25") {
        "the value was percent-encoded twice"
    } else if parts == 2 && signature.contains(['-', '_']) {
        "the signature uses URL-safe base64, but Better Auth uses standard base64"
    } else if parts == 2
        && signature.trim_end_matches("%3D").len() < SIGNATURE_CHARS
        && !credential.ends_with(['=', 'D', 'd'])
    {
        "the signature is truncated, or its padding (=) is missing"
    } else {
        "this is neither a JWT nor a signed session token (token.signature)"
    };
    let fix = if parts == 3 { "send a JWT as Authorization: Bearer" } else { send_signed };
    (cause.into(), fix.into())
}

/// Returns the cause and fix of a rejected cookie `session_data`.
pub(crate) fn explain_cookie_cache_rejection(input: &VerificationInput<'_>, reason: CredentialErrorReason) -> Finding {
    let cache = &input.config.auth.cookie_cache;
    let name = cache.cookie.as_str();
    let is_only_source = input.config.auth.sessions == SessionSource::Cookie;
    let (cause, fix) = match reason {
        CredentialErrorReason::NoSession if matches!(input.header, Header::Authorization(_)) => (
            "sessions are in the cookie session_data, but the request has a Bearer token instead of cookies".to_owned(),
            "send the cookies or a JWT, or set another SESSION_SOURCE",
        ),
        CredentialErrorReason::NoSession => (
            format!("the cookie {name}, which contains the session, is missing"),
            "enable session.cookieCache in Better Auth, or set another SESSION_SOURCE",
        ),
        CredentialErrorReason::BadSignature => (
            format!("the signature of {name} does not match any configured secret"),
            "set BETTER_AUTH_SECRET to Better Auth's secret",
        ),
        CredentialErrorReason::Expired => {
            (format!("{name} has expired"), "let the front end call get-session, which renews it")
        }
        CredentialErrorReason::OtherSession => (
            format!("{name} belongs to another session than the session token"),
            "sign out and in again; send the cookies of one sign-in together",
        ),
        CredentialErrorReason::OtherVersion => (
            format!("{name} has another version than {}", cache.version),
            "set SESSION_CACHE_VERSION to session.cookieCache.version of Better Auth",
        ),
        CredentialErrorReason::UnknownKey => (
            format!(
                "{name} is signed with a key that is not in the key set {}",
                describe_sources::keys(&input.config.auth.keys)
            ),
            "check BETTER_AUTH_URL",
        ),
        CredentialErrorReason::Banned => {
            (format!("the user is banned, according to {name}"), "lift the ban with Better Auth's admin plugin")
        }
        _ => (
            format!("{name} does not have Better Auth's format"),
            if is_only_source { "sign in again" } else { "sign in again, or set SESSION_CACHE=off" },
        ),
    };
    (cause, fix.to_owned())
}
