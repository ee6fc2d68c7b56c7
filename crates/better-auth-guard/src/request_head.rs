//! The parts of a request that the guard reads.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, ORIGIN};
use http::{Method, request::Parts};

use crate::origin::OriginHeaders;
use crate::verifier::CredentialHeaders;

/// The parts of a request that the guard reads. It does not depend on a web framework.
pub struct RequestHead<'a> {
    /// The headers that can contain a credential.
    pub credentials: CredentialHeaders<'a>,
    /// The headers that state the origin.
    pub origin: OriginHeaders<'a>,
    /// Whether the method is GET, HEAD, OPTIONS or TRACE (RFC 9110 section 9.2.1).
    pub is_safe: bool,
    /// The client's address, for the limit of invalid credentials. Without an address there is no limit.
    pub client: Option<IpAddr>,
}

impl<'a> RequestHead<'a> {
    /// Reads a method and headers.
    pub fn new(method: &Method, headers: &'a HeaderMap) -> Self {
        let values = |name: HeaderName| headers.get_all(name).iter().map(|value| value.as_bytes()).collect();
        Self {
            credentials: CredentialHeaders { authorization: values(AUTHORIZATION), cookie: values(COOKIE) },
            origin: OriginHeaders {
                origin: values(ORIGIN),
                sec_fetch_site: values(HeaderName::from_static("sec-fetch-site")),
            },
            is_safe: method.is_safe(),
            client: None,
        }
    }

    /// Sets the client's address.
    #[must_use]
    pub fn client(mut self, address: Option<IpAddr>) -> Self {
        self.client = address;
        self
    }
}

impl<'a> From<&'a Parts> for RequestHead<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self::new(&parts.method, &parts.headers)
    }
}
