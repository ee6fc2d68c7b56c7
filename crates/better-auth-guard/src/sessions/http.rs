//! Looks up sessions with Better Auth's `GET /api/auth/get-session` (1.2 to 1.7, `src/api/routes/session.ts`).
//!
//! Without a session, Better Auth responds with 200 and `null`. Every other status means that the look-up failed. The request to
//! Better Auth contains the session cookie, and nothing else of the client's request.

use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, COOKIE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Url;

use crate::cookie::{CookieName, SessionToken};
use crate::endpoints::without_query;
use crate::http_client::{USER_AGENT, client_for, read_body, root_cause};
use crate::session::SessionRecord;
use crate::sessions::secondary_storage::SessionLookup;
use crate::sessions::source::{SessionSource, Unavailable};

/// Limits a look-up from waiting for a permit to the last byte.
const TIMEOUT: Duration = Duration::from_millis(2500);

/// How long a connection is kept without a request: less than the 5 s after which Node.js closes it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The maximum number of look-ups in flight. It limits the load on a slow front end.
const MAX_CONCURRENT: usize = 64;

/// The maximum size of a response. It may contain avatars as data URLs.
const MAX_BYTES: usize = 256 * 1024;

/// Better Auth's HTTP API.
pub struct HttpSessions {
    url: Url,
    cookie: CookieName,
    /// The client, or the error if the system has no root certificates.
    client: Result<Client, String>,
    permits: Semaphore,
}

impl HttpSessions {
    /// Looks up sessions at this URL of `get-session` ([`get_session_url`](crate::endpoints::get_session_url)), with this cookie.
    ///
    /// A look-up times out after 2.5 s. At most 64 look-ups are in flight.
    pub fn new(url: &Url, cookie: &CookieName) -> Self {
        Self::with_user_agent(url, cookie, USER_AGENT)
    }

    /// Looks up sessions as [`Self::new`] does, with this `User-Agent`.
    pub fn with_user_agent(url: &Url, cookie: &CookieName, user_agent: &str) -> Self {
        // follows no redirects: the cookie is for this URL only
        let client = client_for(url, user_agent)
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build()
            .map_err(root_cause);
        Self { url: url.clone(), cookie: cookie.clone(), client, permits: Semaphore::new(MAX_CONCURRENT) }
    }

    async fn look_up(&self, token: &SessionToken) -> Result<Option<SessionRecord>, String> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let cookie = format!("{}={}", self.cookie.as_str(), token.request_cookie_value());
        let mut cookie =
            HeaderValue::from_str(&cookie).map_err(|_| "the cookie's value is not a valid header value")?;
        cookie.set_sensitive(true);
        let _permit = self.permits.acquire().await.map_err(|error| error.to_string())?;
        let request =
            || client.get(self.url.clone()).header(ACCEPT, "application/json").header(COOKIE, cookie.clone()).send();
        let response = match request().await {
            // the server closed the kept connection while the request was sent; a GET may be sent again (RFC 9110 section 9.2.2)
            Err(error) if error.is_request() && !error.is_timeout() && !error.is_connect() => request().await,
            response => response,
        };
        let response = response.map_err(root_cause)?;
        if response.status() != StatusCode::OK {
            return Err(format!("responded with {}", response.status()));
        }
        let json = read_body(response, MAX_BYTES).await?;
        if json.trim_ascii() == b"null" {
            return Ok(None);
        }
        Ok(Some(SessionLookup::parse(&json, token)?.record))
    }
}

impl SessionSource for HttpSessions {
    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        let outcome = timeout(TIMEOUT, self.look_up(token)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("the request timed out".to_owned()));
        outcome.map_err(|cause| Unavailable(format!("{self}: {cause}")))
    }
}

impl fmt::Display for HttpSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(&self.url))
    }
}
