//! A layer for tower services.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::authenticated::Authenticated;
use crate::credential_error::{CredentialError, Rejection};
use crate::guard::Guard;
use crate::request_head::RequestHead;

type ClientAddress = Arc<dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync>;

/// Responds to rejected requests.
pub type Responder<B> = Arc<dyn Fn(&Rejection) -> Response<B> + Send + Sync>;

/// Authenticates requests, and rejects those without a valid credential.
///
/// Inserts an [`Authenticated`] into the request's extensions.
pub struct GuardLayer<B> {
    guard: Guard,
    is_optional: bool,
    responder: Responder<B>,
    client_address: ClientAddress,
}

impl<B> Clone for GuardLayer<B> {
    fn clone(&self) -> Self {
        Self {
            guard: self.guard.clone(),
            is_optional: self.is_optional,
            responder: self.responder.clone(),
            client_address: self.client_address.clone(),
        }
    }
}

impl<B: From<String> + 'static> GuardLayer<B> {
    /// Requires a valid credential. A rejected request gets a problem document (RFC 9457).
    pub fn new(guard: Guard) -> Self {
        Self::with_responder(guard, problem_response)
    }
}

impl<B> GuardLayer<B> {
    /// Requires a valid credential. `respond` responds to rejected requests.
    pub fn with_responder(guard: Guard, respond: impl Fn(&Rejection) -> Response<B> + Send + Sync + 'static) -> Self {
        Self { guard, is_optional: false, responder: Arc::new(respond), client_address: Arc::new(|_| None) }
    }

    /// Also accepts requests without a credential. An invalid credential is still rejected.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Sets the client's address, for the limit of invalid credentials. Default: none, and so no limit.
    #[must_use]
    pub fn client_address(mut self, address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.client_address = Arc::new(address);
        self
    }

    async fn authenticate(&self, parts: &Parts) -> Result<Option<Authenticated>, CredentialError> {
        let head = RequestHead::from(parts).client((self.client_address)(parts));
        self.guard.admit(head, self.is_optional).await
    }
}

/// Returns the default response: a problem document (RFC 9457).
pub fn problem_response<B: From<String>>(rejection: &Rejection) -> Response<B> {
    let mut response = Response::new(B::from(rejection.problem()));
    *response.status_mut() = http::StatusCode::from_u16(rejection.status()).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/problem+json"));
    for (name, value) in rejection.headers() {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    response
}

impl<S, B> Layer<S> for GuardLayer<B> {
    type Service = GuardService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardService { layer: self.clone(), inner }
    }
}

/// The service of [`GuardLayer`].
pub struct GuardService<S, B> {
    layer: GuardLayer<B>,
    inner: S,
}

impl<S: Clone, B> Clone for GuardService<S, B> {
    fn clone(&self) -> Self {
        Self { layer: self.layer.clone(), inner: self.inner.clone() }
    }
}

impl<S, Q, B> Service<Request<Q>> for GuardService<S, B>
where
    S: Service<Request<Q>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    Q: Send + 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let layer = self.layer.clone();
        // the clone is not ready; the service that is ready handles the request
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.authenticate(&parts).await {
                Ok(authenticated) => {
                    if let Some(authenticated) = authenticated {
                        parts.extensions.insert(authenticated);
                    }
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(error) => Ok((layer.responder)(&error.into())),
            }
        })
    }
}
