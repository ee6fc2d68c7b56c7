//! Fetches with reqwest.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{ACCEPT, DATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use crate::http_client::{USER_AGENT, client_for, read_body, root_cause};
use crate::jwks::http_client::{HttpClient, HttpResponse};

/// The timeout from the DNS look-up to the last byte, including redirects.
const TIMEOUT: Duration = Duration::from_millis(2500);
const MAX_REDIRECTS: usize = 3;

/// Uses a new connection for each fetch.
pub(crate) struct ReqwestClient {
    pub user_agent: &'static str,
}

impl Default for ReqwestClient {
    fn default() -> Self {
        Self { user_agent: USER_AGENT }
    }
}

impl HttpClient for ReqwestClient {
    async fn get(&self, url: &Url, limit: usize) -> Result<HttpResponse, String> {
        let response = self.send(url).await.map_err(root_cause)?;
        let (status, date) = (response.status().as_u16(), date(&response));
        // the body of an error is not read
        let body = if status == 200 { read_body(response, limit).await? } else { Vec::new() };
        Ok(HttpResponse { status, date, body })
    }
}

impl ReqwestClient {
    async fn send(&self, url: &Url) -> reqwest::Result<Response> {
        self.client(url)?.get(url.clone()).header(ACCEPT, "application/json").send().await
    }

    /// Creates a client for one request, with the system's current root certificates.
    ///
    /// Fetches are too rare for keep-alive, and an idle connection would belong to the thread that opened it.
    fn client(&self, url: &Url) -> reqwest::Result<Client> {
        let client = client_for(url, self.user_agent).timeout(TIMEOUT);
        client.redirect(same_origin()).pool_max_idle_per_host(0).build()
    }
}

fn date(response: &Response) -> Option<DateTime<chrono::Utc>> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

/// Follows redirects with the same scheme, host and port. Another redirect ends the fetch, which then fails.
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let is_same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
        if is_same && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}
