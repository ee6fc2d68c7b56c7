//! The HTTP client that fetches key sets.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use url::Url;

use crate::key_set::MAX_KEY_SET_BYTES;

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

pub(crate) type Get<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, String>> + Send + 'a>>;

pub(crate) trait ErasedClient: Send + Sync {
    fn get<'a>(&'a self, url: &'a Url) -> Get<'a>;
}

impl<C: HttpClient> ErasedClient for C {
    fn get<'a>(&'a self, url: &'a Url) -> Get<'a> {
        Box::pin(HttpClient::get(self, url, MAX_KEY_SET_BYTES))
    }
}
