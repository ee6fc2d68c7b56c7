//! Explains why a request has no credential.

use crate::authorization_mistake::AuthorizationMistake;
use crate::explain::context::Context;
use crate::explain::finding::Finding;
use crate::explain::setting::Setting;

/// The end of the default name of the session cookie.
const SESSION_SUFFIX: &str = "session_token";

/// Returns the cause and fix of a missing credential.
pub(crate) fn explain(context: &Context<'_>) -> Finding {
    let expected = context.policy.cookie.as_str();
    let (base_url, secure) = (context.name(Setting::BaseUrl), context.name(Setting::SecureCookies));
    if context.headers.authorization.is_empty() && context.headers.cookie.is_empty() {
        let cause = "the request has neither an Authorization header nor a cookie";
        return (cause.into(), "send Authorization: Bearer …, or the session cookie".into());
    }
    if !context.presented.is_cookie() {
        if let Some(mistake) = context.headers.unread_authorization() {
            let change = match mistake {
                AuthorizationMistake::Basic | AuthorizationMistake::OtherScheme => {
                    "send Authorization: Bearer …, or the session cookie"
                }
                mistake => mistake.change(),
            };
            return (format!("the header has no Bearer credential: {}", mistake.cause()), change.into());
        }
        let cause = "the header has no Bearer credential: expected is the word Bearer, a space, and the credential";
        return (cause.into(), "send Authorization: Bearer …, or the session cookie".into());
    }
    let cookies = cookies(&context.headers.cookie);
    let has = |name: &str| cookies.iter().any(|(sent, _)| sent == name);
    let unprefixed = expected.strip_prefix("__Secure-");
    let other = cookies.iter().map(|(name, _)| name).find(|name| name.ends_with(SESSION_SUFFIX));
    match (unprefixed, other) {
        _ if has(expected) => (format!("the cookie {expected} is empty, as after a sign-out"), "sign in again".into()),
        (Some(unprefixed), _) if has(unprefixed) => (
            format!(
                "the cookie is named `{unprefixed}`, but {base_url} is https (or {secure} is true), so the expected name is `{expected}`"
            ),
            format!("set {base_url} to Better Auth's base URL, or {}", context.name(Setting::SecureCookiesOff)),
        ),
        (None, _) if has(&format!("__Secure-{expected}")) => (
            format!(
                "the cookie is named `__Secure-{expected}`, but {base_url} is not https (and {secure} is not true), so the expected name is `{expected}`"
            ),
            format!("set {base_url} to Better Auth's base URL, or {}", context.name(Setting::SecureCookiesOn)),
        ),
        (_, Some(name)) => (
            format!("the cookie is named `{name}`, but the expected name is `{expected}`"),
            format!(
                "set {} or {} as in Better Auth (advanced.cookiePrefix, advanced.cookies)",
                context.name(Setting::CookiePrefix),
                context.name(Setting::CookieName)
            ),
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

/// Returns the names of the cookies, and whether each has a value.
fn cookies(headers: &[&[u8]]) -> Vec<(String, bool)> {
    let mut cookies = Vec::new();
    for header in headers {
        // names are printed; control characters are not allowed in them (RFC 6265 section 4.1.1)
        let text: String =
            String::from_utf8_lossy(header).chars().filter(|character| !character.is_control()).collect();
        let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
        cookies.extend(pairs.map(|(name, value)| (name.trim().to_owned(), !value.trim().is_empty())));
    }
    cookies
}
