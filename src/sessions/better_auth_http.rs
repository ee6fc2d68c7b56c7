//! Better Auth itself, asked who is signed in: `GET /api/auth/get-session` (1.2 to 1.7, `src/api/routes/session.ts`).
//!
//! It answers 200 with `null` where nobody is, so that every other status means that it cannot say. Of the request that came here it
//! gets the session cookie and nothing else.

use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, COOKIE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Url;

use crate::auth::{CookieName, SessionRecord, SessionToken};
use crate::http_client::{client_for, read, root_cause, without_query};
use crate::sessions::secondary_storage::SessionLookup;

/// From waiting for one's turn to the last byte read.
const TIMEOUT: Duration = Duration::from_millis(2500);

/// How many questions are under way at once: a front end that is slow is not to be given more and more of them.
const MAX_CONCURRENT: usize = 64;

/// The largest answer. Avatars may stand in it as data URLs.
const MAX_BYTES: usize = 256 * 1024;

/// Better Auth, and the connections to it.
pub struct BetterAuthHttp {
    url: Url,
    cookie: CookieName,
    /// Where it cannot be made, for want of root certificates, this says so.
    client: Result<Client, String>,
    turns: Semaphore,
}

impl BetterAuthHttp {
    pub(crate) fn new(url: &Url, cookie: &CookieName) -> Self {
        // the cookie is for this URL: where a redirect leads it is none of ours
        let client = client_for(url).redirect(Policy::none()).timeout(TIMEOUT).build().map_err(root_cause);
        Self { url: url.clone(), cookie: cookie.clone(), client, turns: Semaphore::new(MAX_CONCURRENT) }
    }

    pub(crate) async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, String> {
        let answer = timeout(TIMEOUT, self.ask(token)).await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        answer.map_err(|why| format!("{self}: {why}"))
    }

    async fn ask(&self, token: &SessionToken) -> Result<Option<SessionRecord>, String> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let cookie = format!("{}={}", self.cookie.as_str(), token.cookie_value());
        let mut cookie = HeaderValue::from_str(&cookie).map_err(|_| "the cookie cannot be sent")?;
        cookie.set_sensitive(true);
        let _turn = self.turns.acquire().await.map_err(|error| error.to_string())?;
        let request = client.get(self.url.clone()).header(ACCEPT, "application/json").header(COOKIE, cookie);
        let response = request.send().await.map_err(root_cause)?;
        if response.status() != StatusCode::OK {
            return Err(format!("answered {}", response.status()));
        }
        let json = read(response, MAX_BYTES).await?;
        if json.trim_ascii() == b"null" {
            return Ok(None);
        }
        Ok(Some(SessionLookup::read(&json, token)?.record))
    }
}

impl fmt::Display for BetterAuthHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(&self.url))
    }
}
