//! Settings of outgoing HTTP requests, and bounded response bodies.

use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::{Client, ClientBuilder, Response};
use url::Url;

use crate::endpoints::is_loopback;

/// The default `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("better-auth-guard/", env!("CARGO_PKG_VERSION"));

/// Builds a client for this URL only. A loopback URL uses no proxy, and no resolver for `localhost`.
pub(crate) fn client_for(url: &Url, user_agent: &str) -> ClientBuilder {
    let client = Client::builder().referer(false).user_agent(user_agent);
    if !is_loopback(url) {
        return client;
    }
    let addresses = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
    let client = client.no_proxy().resolve_to_addrs("localhost", &addresses);
    // plain http must work on systems without root certificates
    if url.scheme() == "http" { client.tls_certs_only([]) } else { client }
}

/// Reads a body of at most `limit` bytes. Counts received bytes: `Content-Length` is untrusted.
///
/// # Errors
/// The connection failed, or the body is larger than `limit`.
pub(crate) async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(root_cause)? {
        if body.len() + chunk.len() > limit {
            return Err(format!("the response is larger than {} KiB", limit / 1024));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Describes the innermost cause of an error, without the URL. It is the most specific one.
pub(crate) fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "the request timed out".to_owned();
    }
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
