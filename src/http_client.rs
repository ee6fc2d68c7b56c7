//! Requests to the front end: what holds for all of them.

use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::{Client, ClientBuilder, Response};
use url::{Host, Url};

/// A client for this URL alone. One on this machine is reached by no proxy, and by no resolver that may lead elsewhere.
pub(crate) fn client_for(url: &Url) -> ClientBuilder {
    let client = Client::builder().referer(false).user_agent(concat!("task-api/", env!("CARGO_PKG_VERSION")));
    if !is_this_machine(url) {
        return client;
    }
    let addresses = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
    let client = client.no_proxy().resolve_to_addrs("localhost", &addresses);
    // without TLS it works where there are no root certificates
    if url.scheme() == "http" { client.tls_certs_only([]) } else { client }
}

/// Reads a body of up to `limit` bytes. Counts while it reads: what a sender says of the length, if anything, binds nobody.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(root_cause)? {
        if text.len() + chunk.len() > limit {
            return Err(format!("answered more than {} KiB", limit / 1024));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

/// Where a URL leads, for the log: its query may hold a secret.
pub(crate) fn without_query(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// The cause that all others came from says most.
pub(crate) fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "no whole answer in time".to_owned();
    }
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Whether the host is this machine by its very name: what a resolver says today, another may not say tomorrow.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
