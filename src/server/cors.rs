//! Builds the CORS middleware.

use actix_cors::Cors;
use better_auth_guard::TrustedOrigin;

use crate::middleware::origin_check::METHODS;

/// Allows these origins, with credentials and with all headers that they request. Preflight responses are cached for 1 hour.
///
/// A trusted page may send any request, therefore a list of headers would protect nothing.
pub(super) fn cors(origins: &[TrustedOrigin]) -> Cors {
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
        "preference-applied",
    ];
    let origins = origins.to_vec();
    Cors::default()
        .allowed_methods(METHODS)
        .allow_any_header()
        .expose_headers(exposed_headers)
        .supports_credentials()
        .max_age(3600)
        .allowed_origin_fn(move |origin, _| origins.iter().any(|trusted| trusted.matches(origin.as_bytes())))
}
