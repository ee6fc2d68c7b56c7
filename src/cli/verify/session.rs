//! Why a session's token, its cookie, or the copy of the session beside it was refused.

use crate::auth::{CookieCacheMode, CredentialErrorReason};
use crate::cli::describe_sources;
use crate::cli::verify::finding::{Finding, span};
use crate::cli::verify::header::Header;
use crate::cli::verify::input::{TokenTrace, Verification, VerificationInput};
use crate::config::SessionSource;

/// The session cookie's name ends so unless it was given another.
const SESSION: &str = "session_token";
/// A HMAC-SHA256 in padded base64.
const SIGNATURE_CHARS: usize = 44;

/// No credential at all, as far as the guard looks.
pub(crate) fn absent(case: &VerificationInput<'_>) -> Finding {
    let wanted = case.config.auth.cookie.as_str();
    if let Header::Authorization(_) = case.header {
        let cause =
            "the header is no Bearer credential: what is looked for is the word Bearer, a blank, and the credential";
        return (cause.into(), "send Authorization: Bearer …, or the session cookie".into());
    }
    let cookies = case.header.cookies();
    let has = |name: &str| cookies.iter().any(|(known, _)| known == name);
    let plain = wanted.strip_prefix("__Secure-");
    let other = cookies.iter().map(|(name, _)| name).find(|name| name.ends_with(SESSION));
    match (plain, other) {
        _ if has(wanted) => {
            (format!("the cookie {wanted} is empty, as a sign-out leaves it behind"), "sign in again".into())
        }
        (Some(plain), _) if has(plain) => (
            format!(
                "the cookie is named `{plain}`, but BETTER_AUTH_URL is https (or COOKIE_SECURE is true), so `{wanted}` is looked for"
            ),
            "set BETTER_AUTH_URL to Better Auth's own base URL, or COOKIE_SECURE=false".into(),
        ),
        (None, _) if has(&format!("__Secure-{wanted}")) => (
            format!(
                "the cookie is named `__Secure-{wanted}`, but BETTER_AUTH_URL is not https (and COOKIE_SECURE is not true), so `{wanted}` is looked for"
            ),
            "set BETTER_AUTH_URL to Better Auth's own base URL, or COOKIE_SECURE=true".into(),
        ),
        (_, Some(name)) => (
            format!("the cookie is named `{name}`, and `{wanted}` is looked for"),
            "set COOKIE_PREFIX or COOKIE_NAME as in Better Auth (advanced.cookiePrefix, advanced.cookies)".into(),
        ),
        _ => {
            let ends = ["session_data", "dont_remember", "two_factor"];
            let others: Vec<&str> =
                ends.into_iter().filter(|end| cookies.iter().any(|(name, _)| name.ends_with(end))).collect();
            let others = match others.as_slice() {
                [] => String::new(),
                others => format!("; {} of Better Auth's is there, which alone opens nothing", others.join(" and ")),
            };
            (
                format!("there is no cookie named `{wanted}`{others}"),
                "sign in; if you are, does the browser send the cookie here (one host, or crossSubDomainCookies, and credentials: \"include\")?".into(),
            )
        }
    }
}

/// The cookie cache beside the session's cookie, if it is there, and what is made of it.
pub(crate) fn copy(case: &VerificationInput<'_>) -> Option<String> {
    let rules = &case.config.auth.session_data;
    let value = rules.cookie.find_joined(&case.header.cookie_values())?;
    let strategy = match value.matches('.').count() {
        0 => "compact",
        2 => "jwt",
        4 => "jwe",
        _ => "of no known strategy",
    };
    let mode = match rules.mode {
        CookieCacheMode::Off => "not looked at (SESSION_CACHE is off)",
        CookieCacheMode::ReplacesLookup => "believed instead of a look-up, if it is good",
        CookieCacheMode::Required => "the session itself (SESSION_SOURCE=cookie)",
    };
    Some(format!("the cookie {} ({strategy}, {} characters): {mode}", rules.cookie.as_str(), value.len()))
}

/// What a token with a good signature tells of itself.
pub(crate) fn hint(case: &VerificationInput<'_>) -> String {
    match kind_of_value(case) {
        Some(kind) => format!("; {kind}"),
        None => String::new(),
    }
}

/// Other values that Better Auth signs with the same key and in the same shape.
fn kind_of_value(case: &VerificationInput<'_>) -> Option<&'static str> {
    let value = case.header.credential(&case.config.auth.cookie)?;
    let token = value.split('.').next()?;
    match token {
        "true" => Some("this is the value of the cookie dont_remember, in place of the session's"),
        _ if token.starts_with("2fa-") => {
            Some("this is the value of the cookie two_factor: the second factor is still to come")
        }
        _ if token.contains(':') || token.contains("%3A") => {
            Some("this is the value of the cookie admin_session, in place of the session's")
        }
        _ => None,
    }
}

pub(crate) fn refused(case: &VerificationInput<'_>, verdict: &Verification, reason: CredentialErrorReason) -> Finding {
    let place = describe_sources::of_sessions(case.config);
    let record = verdict.record.as_ref();
    match reason {
        CredentialErrorReason::BadSignature => (
            format!(
                "the signature does not fit any configured secret{}",
                if verdict.trace == TokenTrace::Token { format!("; the session itself is {place}, so it is the secret that differs") } else { String::new() }
            ),
            "is BETTER_AUTH_SECRET the same as Better Auth's, byte for byte, without quotes?".into(),
        ),
        CredentialErrorReason::NoSession => no_session(case, verdict, &place),
        CredentialErrorReason::Expired => (
            match record {
                Some(record) => format!("the session expired {} ago", span(case.now - record.expires_at)),
                None => "the session expired".into(),
            },
            "sign in again; if you just did, compare the clocks, and where Better Auth stores times without a zone, set SESSION_TIMEZONE".into(),
        ),
        CredentialErrorReason::NoSuchUser => (
            "the session is there, and its user is not".into(),
            "was the user deleted, or is USER_TABLE another table?".into(),
        ),
        CredentialErrorReason::Banned => {
            let end = record.and_then(|record| record.ban_expires);
            let end = end.map_or("without end".to_owned(), |end| format!("until {}", end.format("%Y-%m-%dT%H:%M:%SZ")));
            (format!("the user is banned {end}"), "lift the ban with Better Auth's admin plugin".into())
        }
        CredentialErrorReason::NoUser => ("the session names no user".into(), "is SESSION_TABLE Better Auth's table?".into()),
        _ => malformed(case, verdict),
    }
}

fn no_session(case: &VerificationInput<'_>, verdict: &Verification, place: &str) -> Finding {
    if let Some(kind) = kind_of_value(case) {
        return (
            format!("the signature fits the secret, but {kind}"),
            "send the session's own cookie, after the sign-in is complete".into(),
        );
    }
    if verdict.trace == TokenTrace::SessionId {
        return session_id();
    }
    (
        format!("the signature fits the secret, but no session {place} has this token: signed out, or another database?"),
        "sign in again; if that does not help, give this service the DATABASE_URL (or SESSION_SOURCE) of that Better Auth".into(),
    )
}

fn session_id() -> Finding {
    (
        "this is session.id instead of session.token".into(),
        "send session.token as Better Auth signed it: the cookie's value, or the header set-auth-token of the bearer plugin".into(),
    )
}

fn malformed(case: &VerificationInput<'_>, verdict: &Verification) -> Finding {
    if verdict.trace == TokenTrace::SessionId {
        return session_id();
    }
    let credential = case.header.credential(&case.config.auth.cookie).unwrap_or_default();
    let is_cookie = matches!(case.header, Header::Cookie(_));
    let signed = "send the cookie's value, or the header set-auth-token of the bearer plugin";
    let (token, signature) = credential.rsplit_once('.').unwrap_or((&credential, ""));
    let parts = credential.split('.').count();
    if parts == 1 && !credential.is_empty() && credential.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let cause = match (is_cookie, verdict.trace) {
            (true, _) => "this is the bare session token: Better Auth signs it in the cookie",
            (false, TokenTrace::Token) => {
                "this is the session token, not a JWT, and it is bare: Better Auth signs it in the cookie"
            }
            (false, _) => {
                "this looks like a bare session token (or session.id), not a JWT: a JWT has three parts with dots between them"
            }
        };
        let change = match is_cookie {
            true => "send the cookie as Better Auth set it".to_owned(),
            false => format!(
                "send the JWT of /api/auth/token; or {signed}; or set BEARER_UNSIGNED=true, if page scripts may hold the token"
            ),
        };
        return (cause.into(), change);
    }
    let cause = if parts == 3 && token.starts_with("eyJ") {
        "this is a JWT in the place of a session's token"
    } else if credential.contains("%25") {
        "the value was percent-encoded twice"
    } else if parts == 2 && signature.contains(['-', '_']) {
        "the signature is in the url-safe alphabet, and Better Auth's is in the usual one of base64"
    } else if parts == 2
        && signature.trim_end_matches("%3D").len() < SIGNATURE_CHARS
        && !credential.ends_with(['=', 'D', 'd'])
    {
        "the signature is cut, or its padding (=) is lost"
    } else {
        "this is neither a JWT nor token.signature, as Better Auth makes them"
    };
    let change = if parts == 3 { "send a JWT as Authorization: Bearer" } else { signed };
    (cause.into(), change.into())
}

/// The cookie `session_data`, where it is what counts.
pub(crate) fn copy_refused(case: &VerificationInput<'_>, reason: CredentialErrorReason) -> Finding {
    let rules = &case.config.auth.session_data;
    let name = rules.cookie.as_str();
    let alone = case.config.auth.sessions == SessionSource::Cookie;
    let (cause, change) = match reason {
        CredentialErrorReason::NoSession if matches!(case.header, Header::Authorization(_)) => (
            "sessions are in the cookie session_data, which does not come with a Bearer token".to_owned(),
            "send the cookies, or a JWT; or set another SESSION_SOURCE",
        ),
        CredentialErrorReason::NoSession => (
            format!("there is no cookie {name}, which is where sessions are"),
            "enable session.cookieCache in Better Auth, or set another SESSION_SOURCE",
        ),
        CredentialErrorReason::BadSignature => (
            format!("the signature of {name} does not fit any configured secret"),
            "is BETTER_AUTH_SECRET the same as Better Auth's?",
        ),
        CredentialErrorReason::Expired => {
            (format!("{name} has expired"), "have the front end call get-session, which renews it")
        }
        CredentialErrorReason::OtherSession => (
            format!("{name} is the copy of another session than that of the token beside it"),
            "sign out and in again; send all cookies of one sign-in together",
        ),
        CredentialErrorReason::OtherVersion => (
            format!("{name} is of another version than {}", rules.version),
            "set SESSION_CACHE_VERSION to session.cookieCache.version of Better Auth",
        ),
        CredentialErrorReason::UnknownKey => (
            format!(
                "{name} is signed with a key that is not in the set {}",
                describe_sources::of_keys(&case.config.auth.keys)
            ),
            "is BETTER_AUTH_URL right?",
        ),
        CredentialErrorReason::Banned => {
            (format!("the user is banned, says {name}"), "lift the ban with Better Auth's admin plugin")
        }
        _ => (
            format!("{name} is not as Better Auth makes it"),
            if alone { "sign in again" } else { "sign in again, or set SESSION_CACHE=off" },
        ),
    };
    (cause, change.to_owned())
}
