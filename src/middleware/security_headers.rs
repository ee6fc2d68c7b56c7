//! Headers of every response.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::limits::RateLimitStatus;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Default security headers (OWASP REST Security Cheat Sheet). A response can override them.
const DEFAULTS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (RESOURCE_POLICY, HeaderValue::from_static("same-site")),
    // caching must be allowed explicitly
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// One year. Omits `includeSubDomains`: behind a front end's rewrite, the header applies to the front end's domain.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the missing security headers. `strict_transport` adds `Strict-Transport-Security`, for a front end on https.
pub(crate) fn add_security_headers(headers: &mut HeaderMap, strict_transport: bool) {
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if strict_transport {
        headers.insert(STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
}

/// Sets the `RateLimit` headers of the caller.
pub(crate) fn set_rate_limit_headers(headers: &mut HeaderMap, status: &RateLimitStatus) {
    for (name, value) in status.header_fields() {
        insert(headers, HeaderName::from_static(name), &value);
    }
}

/// Sets a header. Logs and skips an invalid value.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => drop(headers.insert(name, value)),
        Err(error) => log::error!("invalid value of the header {name}: {error}"),
    }
}
