//! Fetches a key set from a URL.

use std::fmt;

use url::Url;

use crate::endpoints::without_query;
use crate::jwks::http_client::{ErasedClient, HttpClient};
#[cfg(feature = "reqwest")]
use crate::jwks::reqwest_client::ReqwestClient;
use crate::jwks::source::{JwksSource, KeyOrigin, LoadedKeys};
use crate::key_set::KeySet;

/// A key set at a URL.
pub struct JwksUrl {
    url: Url,
    client: Box<dyn ErasedClient>,
}

/// A failed fetch.
pub(crate) struct FetchError {
    /// Whether the server responded with 404: it has no key set.
    pub is_not_found: bool,
    /// The cause, for the log.
    pub cause: String,
}

impl JwksUrl {
    /// Fetches with reqwest. A fetch times out after 2.5 s, and follows redirects of the same origin only.
    #[cfg(feature = "reqwest")]
    pub fn new(url: Url) -> Self {
        Self::with_client(url, ReqwestClient::default())
    }

    /// Fetches with reqwest, with this `User-Agent`.
    #[cfg(feature = "reqwest")]
    pub fn with_user_agent(url: Url, user_agent: &'static str) -> Self {
        Self::with_client(url, ReqwestClient { user_agent })
    }

    /// Fetches with another client.
    pub fn with_client(url: Url, client: impl HttpClient) -> Self {
        Self { url, client: Box::new(client) }
    }

    pub(crate) async fn fetch(&self) -> Result<LoadedKeys, FetchError> {
        let failure = |is_not_found, cause: String| FetchError {
            is_not_found,
            cause: format!("{}: {cause}", without_query(&self.url)),
        };
        let response = self.client.get(&self.url).await.map_err(|cause| failure(false, cause))?;
        match http::StatusCode::from_u16(response.status) {
            Ok(http::StatusCode::OK) => {}
            Ok(status) => {
                return Err(failure(status == http::StatusCode::NOT_FOUND, format!("responded with {status}")));
            }
            Err(_) => return Err(failure(false, format!("responded with {}", response.status))),
        }
        let set = KeySet::from_json(&response.body).map_err(|problem| failure(false, problem.to_owned()))?;
        Ok(LoadedKeys { date: response.date, ..LoadedKeys::new(KeyOrigin::Url, set) })
    }
}

impl JwksSource for JwksUrl {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        self.fetch().await.map_err(|failure| failure.cause)
    }
}

impl fmt::Debug for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JwksUrl({})", without_query(&self.url))
    }
}
