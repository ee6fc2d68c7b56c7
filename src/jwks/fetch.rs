//! Fetches a key set from a URL.
//!
//! A fetch uses one host, times out after 2.5 s, and reads at most 256 KiB.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use crate::auth::{KeySet, MAX_KEY_SET_BYTES, RejectedJwk};
use crate::http_client::{client_for, read_body, root_cause, without_query};

/// The timeout from the DNS look-up to the last byte, including redirects.
const TIMEOUT: Duration = Duration::from_millis(2500);
const MAX_REDIRECTS: usize = 3;

/// A failed fetch.
pub(crate) struct FetchError {
    /// Whether the server responded with 404: it has no key set.
    pub is_not_found: bool,
    /// The cause, for the log.
    pub cause: String,
}

/// A fetched key set with its rejected keys.
///
/// `date` is the server's `Date` (RFC 9110 section 6.6.1).
pub(crate) struct FetchedKeySet {
    pub set: (KeySet, Vec<RejectedJwk>),
    pub date: Option<DateTime<Utc>>,
}

/// Fetches the key set at this URL.
pub(crate) async fn fetch(url: &Url) -> Result<FetchedKeySet, FetchError> {
    let failure =
        |is_not_found, cause: String| FetchError { is_not_found, cause: format!("{}: {cause}", without_query(url)) };
    let response = send(url).await.map_err(|error| failure(false, root_cause(error)))?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(failure(status == StatusCode::NOT_FOUND, format!("responded with {status}")));
    }
    let date = date(&response);
    let text = read_body(response, MAX_KEY_SET_BYTES).await.map_err(|cause| failure(false, cause))?;
    let set = KeySet::from_json(&text).map_err(|problem| failure(false, problem.to_owned()))?;
    Ok(FetchedKeySet { set, date })
}

fn date(response: &Response) -> Option<DateTime<Utc>> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

async fn send(url: &Url) -> reqwest::Result<Response> {
    client(url)?.get(url.clone()).header(ACCEPT, "application/json").send().await
}

/// Creates a client for one request, with the system's current root certificates.
///
/// Fetches are too rare for keep-alive, and an idle connection would belong to the thread that opened it.
fn client(url: &Url) -> reqwest::Result<Client> {
    client_for(url).timeout(TIMEOUT).redirect(same_origin()).pool_max_idle_per_host(0).build()
}

/// Follows redirects with the same scheme, host and port. Another redirect ends the fetch, which then fails.
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let is_same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
        if is_same && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}
