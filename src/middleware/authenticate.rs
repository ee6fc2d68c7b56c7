//! Authentication and authorization: 401 and 403 before the body is read.

use std::future::{Ready, ready};
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::api::error::{ApiError, ApiResult};
use crate::api::paths;
use crate::auth::{
    Credential, CredentialError, CredentialErrorReason, CredentialHeaders, CredentialKind, Owner, UserId,
};
use crate::middleware::credential_attempt::Attempt;
use crate::middleware::request_context::RequestContext;
use crate::middleware::{access_log, rate_limit};
use crate::state::{AppState, RotatingSecrets};

/// Set by the authentication middleware; without it extraction fails with 401.
impl FromRequest for Owner {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(ApiError::MissingCredential))
    }
}

/// Delays a 429, so that a client that ignores it costs less CPU time.
const RATE_LIMITED_DELAY: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
struct OwnerInPath {
    user_id: String,
}

/// Authenticates the requests of a scope of tasks: passes them on with an [`Owner`], or responds with the error.
///
/// A middleware, because extractors run concurrently: an error of the body could be the response before a look-up has ended.
pub(crate) async fn authenticate(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let context = RequestContext::of(&request);
    // the router of the scope runs inside this middleware: a path that it does not serve needs no credential
    let route = context.route.get().or_else(|| paths::task_route(request.match_info().unprocessed()));
    if route.is_none() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    context.route.set(route);
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state").clone();
    let began = state.server_timing.then(Instant::now);
    let admitted = admit(&mut request, &state).await;
    if let Some(began) = began {
        context.auth_time.set(began.elapsed());
    }
    match admitted {
        Ok(owner) => {
            request.extensions_mut().insert(owner);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(error) => {
            if let ApiError::RateLimited(_) = error {
                tokio::time::sleep(RATE_LIMITED_DELAY).await;
            }
            Ok(request.into_response(error.error_response()).map_into_right_body())
        }
    }
}

async fn admit(request: &mut ServiceRequest, state: &AppState) -> ApiResult<Owner> {
    let trust = state.secrets();
    let mut attempt = Attempt::new(state, &trust, request);
    let identified = identify(&mut attempt).await;
    let refused = match &identified {
        Err(ApiError::InvalidCredential(refusal)) => Some(refuse(state, request, *refusal)),
        // nothing else would bound what a stranger asks for
        Err(ApiError::KeySetUnavailable) => {
            let client = access_log::client(state, request.request());
            Some(rate_limit::count_refusal(state, client).unwrap_or(ApiError::KeySetUnavailable))
        }
        _ => None,
    };
    if let Some(error) = refused {
        if matches!(error, ApiError::RateLimited(_)) {
            attempt.remember_refusal();
        }
        return Err(error);
    }
    let (user, kind) = identified?;
    attempt.remember(&user, kind);
    state.metrics.credentials.accepted(kind);
    let name = user.as_str().to_owned();
    RequestContext::of(request).set_user(&name, kind);
    rate_limit::count(state, request, &name)?;
    authorize(state, request, user, kind).await.inspect_err(|error| {
        access_log::denied(request, access_log::client(state, request.request()), kind, &name, error);
    })
}

/// Whether the path is this user's, and a write with a cookie comes from where it may.
async fn authorize(
    state: &AppState,
    request: &mut ServiceRequest,
    user: UserId,
    kind: CredentialKind,
) -> ApiResult<Owner> {
    let owner = match request.match_info().get("user_id") {
        None => user.into_owner(),
        Some(_) => {
            let path = request.extract::<web::Path<OwnerInPath>>().await.map_err(|_| ApiError::Forbidden)?;
            // the framework reads what is not UTF-8 as if it were U+FFFD, which an id may hold
            if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
                return Err(ApiError::Forbidden);
            }
            user.authorize(&path.user_id).ok_or(ApiError::Forbidden)?
        }
    };
    if kind == CredentialKind::SessionCookie
        && !request.method().is_safe()
        && !has_trusted_origin(request.headers(), &state.trusted_origins)
    {
        return Err(ApiError::UntrustedOrigin);
    }
    Ok(owner)
}

/// What a refused credential is answered with. One that has merely expired proves its sender well enough, and is not held against
/// the address: behind a front end's server many users have the same.
fn refuse(state: &AppState, request: &ServiceRequest, refusal: CredentialError) -> ApiError {
    state.metrics.credentials.refused(refusal);
    let client = access_log::client(state, request.request());
    access_log::refused(state, request, client, refusal);
    let slowed = if refusal.reason.is_expiry() { None } else { rate_limit::count_refusal(state, client) };
    slowed.unwrap_or(ApiError::InvalidCredential(refusal))
}

async fn identify(attempt: &mut Attempt<'_>) -> ApiResult<(UserId, CredentialKind)> {
    let (state, request, now) = (attempt.state, attempt.request, Utc::now());
    let headers = request.headers();
    let presented =
        CredentialHeaders { authorization: values(headers, AUTHORIZATION), cookie: values(headers, COOKIE) };
    attempt.refuse_text(&presented)?;
    let (kind, credential) =
        verify(state, attempt.trust, request, &presented, now).await?.ok_or(ApiError::MissingCredential)?;
    let (user, is_first_use) = match credential {
        Credential::User(user) => {
            let seen = state.seen.is_first_use(kind, user.as_str(), &presented.authorization);
            (user, seen)
        }
        Credential::Session(token) => {
            attempt.refuse_session(&token)?;
            let found = state.sessions.find(&token).await.inspect_err(|_| state.metrics.session_error());
            let record = found.map_err(|away| ApiError::Unavailable(away.0))?;
            let user = token
                .verify_record(record, now)
                .map_err(|reason| ApiError::InvalidCredential(CredentialError { kind, reason }))?;
            let seen = state.seen.is_first_use(kind, user.as_str(), token.expose());
            (user, seen)
        }
    };
    if is_first_use {
        access_log::accepted(request, access_log::client(state, request.request()), kind, user.as_str());
    }
    Ok((user, kind))
}

/// Logs why a token of an unknown key cannot be judged.
fn undecided(state: &AppState, request: &ServiceRequest, kind: CredentialKind, cause: &str) -> ApiError {
    access_log::undecided(state, request, access_log::client(state, request.request()), kind, cause);
    ApiError::KeySetUnavailable
}

/// A key that is not known yet may be among newer ones.
async fn verify(
    state: &AppState,
    trust: &RotatingSecrets,
    request: &ServiceRequest,
    presented: &CredentialHeaders<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Option<(CredentialKind, Credential)>> {
    let mut judged = trust.verifier.verify(presented, &state.keys.current(), now);
    let mut newer = None;
    while let Err(CredentialError { kind, reason: CredentialErrorReason::UnknownKey }) = judged {
        let newer = newer.get_or_insert_with(|| state.keys.wait_for_refresh());
        match newer.next().await.map_err(|cause| undecided(state, request, kind, &cause))? {
            Some(keys) => judged = trust.verifier.verify(presented, &keys, now),
            None => break,
        }
    }
    judged.map_err(ApiError::InvalidCredential)
}

fn values(headers: &HeaderMap, name: HeaderName) -> Vec<&[u8]> {
    headers.get_all(name).map(|value| value.as_bytes()).collect()
}

/// A browser sends cookies along with requests that other sites make it send. What it says about where a request comes from,
/// it says in `Origin` and `Sec-Fetch-Site`, which a page cannot set.
fn has_trusted_origin(headers: &HeaderMap, trusted: &[String]) -> bool {
    let origins = values(headers, ORIGIN);
    if let [origin] = origins.as_slice()
        && trusted.iter().any(|trusted| trusted.as_bytes() == *origin)
    {
        return true;
    }
    matches!(values(headers, HeaderName::from_static("sec-fetch-site")).as_slice(), [b"same-origin"])
}
