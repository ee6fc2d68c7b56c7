//! The `Server-Timing` header (W3C Server Timing).

use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName};

use crate::middleware::request_context::RequestContext;
use crate::middleware::security_headers;
use crate::state::AppState;

/// Adds the durations of authentication, database and the whole request, in milliseconds.
///
/// `Timing-Allow-Origin` lets scripts of trusted origins read them.
pub(crate) fn add_server_timing<B>(
    response: &mut ServiceResponse<B>,
    state: &AppState,
    context: &RequestContext,
    in_database: Duration,
) {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let durations = [("auth", context.auth_time.get()), ("db", in_database), ("total", context.started_at.elapsed())];
    let header = durations.map(|(name, time)| format!("{name};dur={:.3}", millis(time))).join(", ");
    let origin = response.request().headers().get(header::ORIGIN).cloned();
    let origin = origin.filter(|origin| state.trusted_origins.iter().any(|trusted| trusted.matches(origin.as_bytes())));
    let headers = response.headers_mut();
    security_headers::insert(headers, HeaderName::from_static("server-timing"), &header);
    if let Some(origin) = origin {
        headers.insert(HeaderName::from_static("timing-allow-origin"), origin);
    }
}
