//! One request for a key set, bounded in every direction: it goes to one host, ends within 3 s, and reads 256 KiB at most.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use crate::auth::{KeySet, MAX_KEY_SET_BYTES, RejectedJwk};
use crate::http_client::{client_for, read, root_cause, without_query};

/// From looking the name up to the last byte read, redirects included.
const TIMEOUT: Duration = Duration::from_millis(2500);
const MAX_REDIRECTS: usize = 3;

/// Why there is no key set.
pub(crate) struct Failure {
    /// 404: somebody is there, and says that there is none.
    pub is_absence: bool,
    /// What happened, for the log.
    pub why: String,
}

/// A key set, the keys of it that are refused, and what the server's clock said (`Date`, RFC 9110 section 6.6.1).
pub(crate) struct Answer {
    pub set: (KeySet, Vec<RejectedJwk>),
    pub date: Option<DateTime<Utc>>,
}

/// The key set at this URL.
pub(crate) async fn fetch(url: &Url) -> Result<Answer, Failure> {
    let failure = |is_absence, why: String| Failure { is_absence, why: format!("{}: {why}", without_query(url)) };
    let response = send(url).await.map_err(|error| failure(false, root_cause(error)))?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(failure(status == StatusCode::NOT_FOUND, format!("answered {status}")));
    }
    let date = date(&response);
    let text = read(response, MAX_KEY_SET_BYTES).await.map_err(|why| failure(false, why))?;
    let set = KeySet::from_json(&text).map_err(|problem| failure(false, problem.to_owned()))?;
    Ok(Answer { set, date })
}

fn date(response: &Response) -> Option<DateTime<Utc>> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

async fn send(url: &Url) -> reqwest::Result<Response> {
    client(url)?.get(url.clone()).header(ACCEPT, "application/json").send().await
}

/// A client for one request: sets are fetched too seldom for a kept connection to be still open, and a kept one would belong to
/// the thread that opened it. So the system's root certificates, too, are those of today.
fn client(url: &Url) -> reqwest::Result<Client> {
    client_for(url).timeout(TIMEOUT).redirect(same_origin()).pool_max_idle_per_host(0).build()
}

/// Follows a redirect on the same scheme, host and port. Any other is taken as the answer, which then is no key set.
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let is_same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
        if is_same && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}
