//! What the middleware and the handlers share about one request.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage;
use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName};
use uuid::Uuid;

use crate::auth::CredentialKind;
use crate::limits::RateLimitStatus;
use crate::middleware::trace_context::TraceId;
use crate::middleware::tracked_body::TrackedBody;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request. The outermost middleware puts it into the request's extensions, behind an `Rc`.
pub(crate) struct RequestContext {
    /// The `X-Request-Id` of the response.
    pub id: String,
    pub trace: TraceId,
    pub method: Method,
    pub began: Instant,
    /// The route's pattern, once the router has found it.
    pub route: Cell<Option<&'static str>>,
    /// The authenticated user and the kind of the credential, also where the request is then denied.
    pub user: OnceCell<(String, CredentialKind)>,
    /// The time that authentication took; zero unless `SERVER_TIMING` is on.
    pub auth_time: Cell<Duration>,
    /// The user's rate limit after this request.
    pub rate_limit: Cell<Option<RateLimitStatus>>,
    /// The body, where the request announces one.
    pub body: Option<TrackedBody>,
}

impl RequestContext {
    pub(crate) fn new(request: &ServiceRequest, body: Option<TrackedBody>) -> Self {
        let headers = request.headers();
        Self {
            id: request_id(headers),
            trace: TraceId::of(headers),
            method: request.method().clone(),
            began: Instant::now(),
            route: Cell::default(),
            user: OnceCell::new(),
            auth_time: Cell::default(),
            rate_limit: Cell::default(),
            body,
        }
    }

    /// Gets the context of a request.
    ///
    /// # Panics
    /// The outermost middleware does not run around this request.
    pub(crate) fn of(request: &impl HttpMessage) -> Rc<Self> {
        Self::find(&request.extensions()).expect("the outermost middleware runs around every request")
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

/// Takes the client's id, if it matches `[A-Za-z0-9._-]{1,128}`; otherwise makes a UUIDv7.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if (1..=128).contains(&id.len()) && id.bytes().all(plain) => id.to_owned(),
        _ => Uuid::now_v7().to_string(),
    }
}
