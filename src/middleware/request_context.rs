//! The data that the middleware and the handlers share about one request.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage;
use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName};
use better_auth_guard::CredentialKind;
use uuid::Uuid;

use crate::api::preference::prefers_strict_handling;
use crate::limits::RateLimitStatus;
use crate::middleware::trace_context::TraceId;
use crate::middleware::tracked_body::TrackedBody;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The context of one request. The outermost middleware inserts an `Rc` of it into the request's extensions.
pub(crate) struct RequestContext {
    /// The `X-Request-Id` of the response.
    pub id: String,
    pub trace: TraceId,
    pub method: Method,
    pub started_at: Instant,
    /// The route's pattern, set after routing.
    pub route: Cell<Option<&'static str>>,
    /// The authenticated user and the credential's kind, also if the request is then denied.
    pub user: OnceCell<(String, CredentialKind)>,
    /// The duration of the authentication; zero unless `SERVER_TIMING` is on.
    pub auth_time: Cell<Duration>,
    /// The user's rate-limit status after this request.
    pub rate_limit: Cell<Option<RateLimitStatus>>,
    /// Whether the client prefers strict handling.
    pub prefers_strict: bool,
    /// Whether the request was handled strictly.
    pub is_strict: Cell<bool>,
    /// The request's body; `None`: the headers declare none.
    pub body: Option<TrackedBody>,
}

impl RequestContext {
    pub(crate) fn new(request: &ServiceRequest, body: Option<TrackedBody>) -> Self {
        let headers = request.headers();
        Self {
            id: request_id(headers),
            trace: TraceId::of(headers),
            method: request.method().clone(),
            started_at: Instant::now(),
            route: Cell::default(),
            user: OnceCell::new(),
            auth_time: Cell::default(),
            rate_limit: Cell::default(),
            prefers_strict: prefers_strict_handling(headers),
            is_strict: Cell::default(),
            body,
        }
    }

    /// Gets the context of a request.
    ///
    /// # Panics
    /// The outermost middleware did not run for this request.
    pub(crate) fn of(request: &impl HttpMessage) -> Rc<Self> {
        Self::find(&request.extensions()).expect("the outermost middleware runs for every request")
    }

    /// Gets the context from a request's extensions.
    pub(crate) fn find(extensions: &Extensions) -> Option<Rc<Self>> {
        extensions.get::<Rc<Self>>().cloned()
    }

    /// Sets the authenticated user. A later call has no effect.
    pub(crate) fn set_user(&self, user: &str, kind: CredentialKind) {
        let _ = self.user.set((user.to_owned(), kind));
    }
}

/// Returns the client's id if it matches `[A-Za-z0-9._-]{1,128}`; otherwise generates a UUIDv7.
fn request_id(headers: &HeaderMap) -> String {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if (1..=128).contains(&id.len()) && id.bytes().all(is_allowed) => id.to_owned(),
        _ => Uuid::now_v7().to_string(),
    }
}
