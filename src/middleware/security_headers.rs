//! Header fields of every answer.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::limits::RateLimitStatus;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a browser shall not do with an answer (OWASP REST Security Cheat Sheet). An answer that is a page may have its own.
const SECURE: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (RESOURCE_POLICY, HeaderValue::from_static("same-site")),
    // what is not said to be kept is not kept
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// A year. Without `includeSubDomains`: through a front end's rewrite this speaks for the front end's domain.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds what is not there. `strict_transport`: the front end is on https, so that browsers need not come by plain http.
pub(crate) fn secure(headers: &mut HeaderMap, strict_transport: bool) {
    for (name, value) in SECURE {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if strict_transport {
        headers.insert(STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
}

/// Adds how much the caller may ask for still.
pub(crate) fn set_rate_limit_headers(headers: &mut HeaderMap, standing: &RateLimitStatus) {
    for (name, value) in standing.header_fields() {
        insert(headers, HeaderName::from_static(name), &value);
    }
}

/// Sets a field. A value that no field can have is logged and left out.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => drop(headers.insert(name, value)),
        Err(error) => log::error!("the header field {name} cannot have its value: {error}"),
    }
}
