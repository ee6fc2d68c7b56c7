//! Tests the secret and the name of the session cookie with Better Auth itself.
//!
//! The probe is a signed cookie of a session that does not exist. `get-session` verifies its signature, finds no session, and deletes the
//! cookie (1.2 to 1.7, `src/api/routes/session.ts`). A cookie of another name or secret is ignored. `sign-out` without a cookie then
//! tells the name: it deletes Better Auth's cookies.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderValue, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use crate::cookie::{CookieName, SessionToken};
use crate::endpoints::{get_session_url, sign_out_url, without_query};
use crate::http_client::{client_for, read_body, root_cause};
use crate::sessions::source::Unavailable;

/// Limits each request.
const TIMEOUT: Duration = Duration::from_millis(2500);

/// `null` is expected. A session or an error page has more.
const MAX_BYTES: usize = 64 * 1024;

/// The suffix of the cookie's name, unless the whole name is configured in Better Auth.
const SUFFIX: &str = "session_token";

/// How Better Auth treated the probe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CookieProbe {
    /// Better Auth verified the signature: name and secret are those of Better Auth.
    Verified,
    /// Better Auth has another secret.
    OtherSecret,
    /// Better Auth's cookie has this name.
    OtherName(String),
    /// Better Auth has another secret or another cookie name.
    Ignored,
    /// The response is not Better Auth's. The text says why.
    NotBetterAuth(String),
}

/// Sends the probe to the Better Auth at this base URL. `token` must be signed with the secret and belong to no session.
///
/// # Errors
/// The server is unreachable, or does not respond within 2.5 s.
pub async fn probe_cookie(
    base_url: &Url,
    cookie: &CookieName,
    token: &SessionToken,
    user_agent: &str,
) -> Result<CookieProbe, Unavailable> {
    // without a query: a proxy or another program must not see a difference to a browser's request
    let mut url = get_session_url(base_url.clone());
    url.set_query(None);
    let unavailable = |cause: String| Unavailable(format!("{}: {cause}", without_query(&url)));
    // follows no redirects: the cookie is for this URL only
    let client = client_for(&url, user_agent).redirect(Policy::none()).timeout(TIMEOUT).build();
    let client = client.map_err(|error| unavailable(root_cause(error)))?;
    let mut value = HeaderValue::from_str(&format!("{}={}", cookie.as_str(), token.cookie_value()))
        .map_err(|_| unavailable("the cookie's name is not valid in a header".to_owned()))?;
    value.set_sensitive(true);
    let request = client.get(url.clone()).header(ACCEPT, "application/json").header(COOKIE, value);
    let response = request.send().await.map_err(|error| unavailable(root_cause(error)))?;
    if response.status() != StatusCode::OK {
        return Ok(CookieProbe::NotBetterAuth(format!("{} responded with {}", without_query(&url), response.status())));
    }
    let deleted = deleted_cookies(&response);
    let body = read_body(response, MAX_BYTES).await.map_err(unavailable)?;
    if body.trim_ascii() != b"null" {
        return Ok(CookieProbe::NotBetterAuth(format!("the response of {} is no session", without_query(&url))));
    }
    if deleted.iter().any(|name| name == cookie.as_str()) {
        return Ok(CookieProbe::Verified);
    }
    Ok(match cookie_name(&client, base_url).await {
        Some(name) if name == cookie.as_str() => CookieProbe::OtherSecret,
        Some(name) => CookieProbe::OtherName(name),
        None => CookieProbe::Ignored,
    })
}

/// Returns the name of Better Auth's session cookie, if `sign-out` tells it.
async fn cookie_name(client: &Client, base_url: &Url) -> Option<String> {
    let request = client
        .post(sign_out_url(base_url.clone()))
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/json")
        .header(ORIGIN, base_url.origin().ascii_serialization())
        .body("{}");
    let deleted = deleted_cookies(&request.send().await.ok()?);
    let session = deleted.iter().find(|name| name.ends_with(SUFFIX));
    // Better Auth deletes the session's cookie first
    session.or(deleted.first()).cloned()
}

/// Returns the names of the cookies that the response deletes.
fn deleted_cookies(response: &Response) -> Vec<String> {
    let fields = response.headers().get_all(SET_COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let deleted = fields
        .filter(|field| field.split(';').skip(1).any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0")));
    deleted.filter_map(|field| Some(field.split_once('=')?.0.trim().to_owned())).collect()
}
