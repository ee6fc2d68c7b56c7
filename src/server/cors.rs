//! Builds the CORS middleware.

use actix_cors::Cors;
use actix_web::http::{Method, header};

/// Allows exactly these origins, with credentials. Preflight responses are cached for 1 hour.
pub(super) fn cors(origins: &[String]) -> Cors {
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
    let cors = Cors::default()
        .allowed_methods(methods)
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
        ])
        .allowed_headers(["x-request-id", "idempotency-key", "last-event-id", "traceparent"])
        .expose_headers(exposed_headers)
        .supports_credentials()
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
