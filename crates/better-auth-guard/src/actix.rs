//! A middleware and extractors for actix-web 4.
//!
//! [`GuardMiddleware`] authenticates the requests of an app or a scope. Handlers take an [`Authenticated`], an
//! `Option<Authenticated>` (with [`GuardMiddleware::optional`]) or an [`Owner`]. An extractor outside the middleware fails with 401.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::rc::Rc;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, ORIGIN};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;

use crate::authenticated::Authenticated;
use crate::credential_error::{CredentialError, Rejection};
use crate::guard::Guard;
use crate::origin::OriginHeaders;
use crate::request_head::RequestHead;
use crate::user::{Forbidden, Owner, UserId};
use crate::verifier::CredentialHeaders;

type Responder = Rc<dyn Fn(&Rejection, &HttpRequest) -> HttpResponse>;
type ClientAddress = Rc<dyn Fn(&HttpRequest) -> Option<IpAddr>>;

/// Authenticates requests, and rejects those without a valid credential.
#[derive(Clone)]
pub struct GuardMiddleware {
    guard: Guard,
    is_optional: bool,
    responder: Responder,
    client_address: ClientAddress,
}

impl GuardMiddleware {
    /// Requires a valid credential.
    pub fn new(guard: Guard) -> Self {
        Self {
            guard,
            is_optional: false,
            responder: Rc::new(|rejection, _| problem_response(rejection)),
            client_address: Rc::new(|request| request.peer_addr().map(|address| address.ip())),
        }
    }

    /// Also accepts requests without a credential. An invalid credential is still rejected.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Replaces the responses to rejected requests. Default: [`problem_response`].
    #[must_use]
    pub fn error_response(mut self, respond: impl Fn(&Rejection, &HttpRequest) -> HttpResponse + 'static) -> Self {
        self.responder = Rc::new(respond);
        self
    }

    /// Replaces the client's address, for the limit of invalid credentials. Default: the peer's address.
    ///
    /// Behind a proxy, read a header that the proxy sets.
    #[must_use]
    pub fn client_address(mut self, address: impl Fn(&HttpRequest) -> Option<IpAddr> + 'static) -> Self {
        self.client_address = Rc::new(address);
        self
    }

    /// Authenticates a request. `Ok(None)`: it has no credential, and needs none.
    async fn authenticate(&self, request: &HttpRequest) -> Result<Option<Authenticated>, CredentialError> {
        let values = |name: HeaderName| request.headers().get_all(name).map(HeaderValue::as_bytes).collect();
        let head = RequestHead {
            credentials: CredentialHeaders { authorization: values(AUTHORIZATION), cookie: values(COOKIE) },
            origin: OriginHeaders {
                origin: values(ORIGIN),
                sec_fetch_site: values(HeaderName::from_static("sec-fetch-site")),
            },
            is_safe: request.method().is_safe(),
            client: (self.client_address)(request),
        };
        self.guard.admit(head, self.is_optional).await
    }
}

impl<S, B> Transform<S, ServiceRequest> for GuardMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = GuardService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(GuardService { middleware: self.clone(), service: Rc::new(service) }))
    }
}

/// The service of [`GuardMiddleware`].
pub struct GuardService<S> {
    middleware: GuardMiddleware,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for GuardService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (middleware, service) = (self.middleware.clone(), self.service.clone());
        Box::pin(async move {
            match middleware.authenticate(request.request()).await {
                Ok(authenticated) => {
                    request.extensions_mut().insert(RejectionResponder(middleware.responder.clone()));
                    if let Some(authenticated) = authenticated {
                        request.extensions_mut().insert(authenticated);
                    }
                    Ok(service.call(request).await?.map_into_left_body())
                }
                Err(error) => {
                    let response = (middleware.responder)(&error.into(), request.request());
                    Ok(request.into_response(response).map_into_right_body())
                }
            }
        })
    }
}

/// The middleware's responder, for the extractors.
struct RejectionResponder(Responder);

fn reject(request: &HttpRequest, rejection: Rejection) -> Error {
    let responder = request.extensions().get::<RejectionResponder>().map(|responder| responder.0.clone());
    let response = match responder {
        Some(respond) => respond(&rejection, request),
        None => problem_response(&rejection),
    };
    InternalError::from_response(rejection, response).into()
}

/// Returns the default response: a problem document (RFC 9457).
pub fn problem_response(rejection: &Rejection) -> HttpResponse {
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/problem+json"));
    for (name, value) in rejection.headers() {
        response.insert_header((name.as_str(), value));
    }
    response.body(rejection.problem())
}

/// Set by [`GuardMiddleware`]; without it extraction fails with 401.
impl FromRequest for Authenticated {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let authenticated = request.extensions().get::<Self>().cloned();
        ready(authenticated.ok_or_else(|| reject(request, CredentialError::Missing.into())))
    }
}

/// The user of the path's `{user_id}`. If it is not the authenticated user, extraction fails with 403.
///
/// In a path without `{user_id}` it is the authenticated user. A middleware of your own may insert an owner itself.
impl FromRequest for Owner {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if let Some(owner) = request.extensions().get::<Self>() {
            return ready(Ok(owner.clone()));
        }
        let Some(authenticated) = request.extensions().get::<Authenticated>().cloned() else {
            return ready(Err(reject(request, CredentialError::Missing.into())));
        };
        let owner = authorize_path(request, authenticated.into_user());
        ready(owner.map_err(|forbidden| reject(request, forbidden.into())))
    }
}

/// Authorizes access to the decoded `{user_id}` of the path, if the path has one.
///
/// # Errors
/// The path's user is not this user, or is not UTF-8.
pub fn authorize_path(request: &HttpRequest, user: UserId) -> Result<Owner, Forbidden> {
    let Some(encoded) = request.match_info().get("user_id") else { return Ok(user.into_owner()) };
    // actix-web replaces bytes that are not UTF-8 by U+FFFD, which a user id may contain
    let is_utf8 = percent_decode_str(request.uri().path()).decode_utf8().is_ok();
    match percent_decode_str(encoded).decode_utf8() {
        Ok(path_user) if is_utf8 => user.authorize_path(&path_user),
        _ => Err(Forbidden),
    }
}
