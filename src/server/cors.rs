//! Builds the CORS middleware.

use actix_cors::Cors;
use actix_web::http::Method;
use better_auth_guard::TrustedOrigin;

/// Allows these origins, with credentials and with all headers that they request. Preflight responses are cached for 1 hour.
///
/// A trusted page may send any request, therefore a list of headers would protect nothing.
pub(super) fn cors(origins: &[TrustedOrigin]) -> Cors {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let exposed_headers = [
        "link",
        "etag",
        "location",
        "x-total-count",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "x-request-id",
        "idempotent-replayed",
        "www-authenticate",
    ];
    let origins = origins.to_vec();
    Cors::default()
        .allowed_methods(methods)
        .allow_any_header()
        .expose_headers(exposed_headers)
        .supports_credentials()
        .max_age(3600)
        .allowed_origin_fn(move |origin, _| origins.iter().any(|trusted| trusted.matches(origin.as_bytes())))
}
