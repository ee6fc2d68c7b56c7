//! Fetches a key set from a URL.

use std::fmt;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use url::Url;

use crate::endpoints::without_query;
use crate::jwks::source::{JwksSource, KeyOrigin, LoadedKeys};
use crate::key_set::{KeySet, MAX_KEY_SET_BYTES};

/// An HTTP client that fetches key sets. The default is reqwest.
///
/// A client that follows redirects must stay on the URL's origin: another origin could replace the keys.
pub trait HttpClient: Send + Sync + 'static {
    /// Sends a GET request with `Accept: application/json`, and reads at most `limit` bytes of the response's body.
    ///
    /// # Errors
    /// The server is unreachable, the request timed out, or the body is larger than `limit`.
    fn get(&self, url: &Url, limit: usize) -> impl Future<Output = Result<HttpResponse, String>> + Send;
}

/// The response to a GET request.
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The header `Date` (RFC 9110 section 6.6.1), if it is valid.
    pub date: Option<DateTime<Utc>>,
    /// The body.
    pub body: Vec<u8>,
}

type Get<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, String>> + Send + 'a>>;

trait ErasedClient: Send + Sync {
    fn get<'a>(&'a self, url: &'a Url) -> Get<'a>;
}

impl<C: HttpClient> ErasedClient for C {
    fn get<'a>(&'a self, url: &'a Url) -> Get<'a> {
        Box::pin(HttpClient::get(self, url, MAX_KEY_SET_BYTES))
    }
}

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
        Self::with_client(url, crate::jwks::reqwest_client::ReqwestClient::default())
    }

    /// Fetches with reqwest, with this `User-Agent`.
    #[cfg(feature = "reqwest")]
    pub fn with_user_agent(url: Url, user_agent: &'static str) -> Self {
        Self::with_client(url, crate::jwks::reqwest_client::ReqwestClient { user_agent })
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
