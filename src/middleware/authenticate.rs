//! Authentication and authorization. Responds with 401 and 403 before reading the body.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};
use better_auth_guard::actix::authorize_path;
use better_auth_guard::{
    Credential, CredentialHeaders, CredentialKind, InvalidCredential, OriginHeaders, Owner, TrustedOrigin,
    UndecidedCredential, UserId, VerifyError,
};
use chrono::{DateTime, Utc};

use crate::api::error::{ApiError, ApiResult};
use crate::api::error_details::displayed_origin;
use crate::api::paths;
use crate::middleware::credential_attempt::CredentialAttempt;
use crate::middleware::request_context::RequestContext;
use crate::middleware::{access_log, rate_limit};
use crate::state::{AppState, RotatingSecrets};

/// Delays each 429. A client that retries at once then costs less CPU time.
const RATE_LIMITED_DELAY: Duration = Duration::from_millis(50);

/// Authenticates requests of a task scope: passes them on with an [`Owner`], or responds with the error.
///
/// This is a middleware because extractors run concurrently. An error of the body could precede the result of a look-up.
pub(crate) async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let context = RequestContext::of(&request);
    // the scope's router runs inside this middleware; an unknown path needs no credential
    let route = context.route.get().or_else(|| paths::task_route(request.match_info().unprocessed()));
    if route.is_none() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    context.route.set(route);
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state").clone();
    let started_at = state.server_timing.then(Instant::now);
    let result = authenticate_and_authorize(&request, &state).await;
    if let Some(started_at) = started_at {
        context.auth_time.set(started_at.elapsed());
    }
    match result {
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

async fn authenticate_and_authorize(request: &ServiceRequest, state: &AppState) -> ApiResult<Owner> {
    let secrets = state.secrets();
    let mut attempt = CredentialAttempt::new(state, &secrets, request);
    let identity = identify(&mut attempt).await;
    let rejection = match &identity {
        Err(ApiError::InvalidCredential(error)) => Some(reject(state, request, *error)),
        // the only limit on the requests of an unauthenticated client
        Err(ApiError::KeySetUnavailable) => {
            let client = access_log::client_address(state, request.request());
            Some(rate_limit::count_rejection(state, client).unwrap_or(ApiError::KeySetUnavailable))
        }
        _ => None,
    };
    if let Some(error) = rejection {
        if matches!(error, ApiError::RateLimited(_)) {
            attempt.cache_rejection();
        }
        return Err(error);
    }
    let (user, kind) = identity?;
    attempt.cache_user(&user, kind);
    state.metrics.credentials.accepted(kind);
    let name = user.as_str().to_owned();
    RequestContext::of(request).set_user(&name, kind);
    rate_limit::count(state, request, &name)?;
    authorize(state, request, user, kind).inspect_err(|error| {
        access_log::log_denied(request, access_log::client_address(state, request.request()), kind, &name, error);
    })
}

/// Checks that the path's user is the authenticated user, and that a write with a cookie has a trusted origin.
///
/// # Errors
/// [`ApiError::Forbidden`], [`ApiError::UntrustedOrigin`].
fn authorize(state: &AppState, request: &ServiceRequest, user: UserId, kind: CredentialKind) -> ApiResult<Owner> {
    let owner = authorize_path(request.request(), user).map_err(|_| ApiError::Forbidden)?;
    if kind == CredentialKind::SessionCookie
        && !request.method().is_safe()
        && !has_trusted_origin(request.headers(), &state.trusted_origins)
    {
        let origin = request.headers().get(ORIGIN).map(|origin| displayed_origin(origin.as_bytes()));
        return Err(ApiError::UntrustedOrigin(origin));
    }
    Ok(owner)
}

/// Logs and counts a rejected credential, and returns 401 or 429.
///
/// An expired credential does not count against the address. It still identifies its user, and many users can share the address of
/// a front end's server.
fn reject(state: &AppState, request: &ServiceRequest, error: InvalidCredential) -> ApiError {
    state.metrics.credentials.rejected(error);
    let client = access_log::client_address(state, request.request());
    access_log::log_rejected(state, request, client, error);
    let rate_limited = if error.reason.is_expired() { None } else { rate_limit::count_rejection(state, client) };
    rate_limited.unwrap_or(match state.is_development {
        true => ApiError::MistakenCredential(error),
        false => ApiError::InvalidCredential(error),
    })
}

async fn identify(attempt: &mut CredentialAttempt<'_>) -> ApiResult<(UserId, CredentialKind)> {
    let (state, request, now) = (attempt.state, attempt.request, Utc::now());
    let headers = request.headers();
    let credential_headers =
        CredentialHeaders { authorization: values(headers, AUTHORIZATION), cookie: values(headers, COOKIE) };
    attempt.check_text_limit(&credential_headers)?;
    let verified = verify(state, attempt.secrets, request, &credential_headers, now).await?;
    let (kind, credential) = verified.ok_or_else(|| missing(state, request, &credential_headers))?;
    let (user, is_first_use) = match credential {
        Credential::User(user) => {
            let is_first_use = state.first_uses.is_first_use(kind, user.as_str(), &credential_headers.authorization);
            (user, is_first_use)
        }
        Credential::Session(token) => {
            attempt.check_session_limit(&token)?;
            let session = state.sessions.find(&token).await.inspect_err(|_| state.metrics.count_session_error());
            let record = session.map_err(|error| ApiError::Unavailable(error.0))?;
            let user = token
                .verify_record(record, now)
                .map_err(|reason| ApiError::InvalidCredential(InvalidCredential { kind, reason }))?;
            let is_first_use = state.first_uses.is_first_use(kind, user.as_str(), token.expose());
            (user, is_first_use)
        }
    };
    if is_first_use {
        access_log::log_first_use(request, access_log::client_address(state, request.request()), kind, user.as_str());
    }
    Ok((user, kind))
}

/// Logs what the client sent instead of a credential, if anything, and returns 401.
fn missing(state: &AppState, request: &ServiceRequest, headers: &CredentialHeaders<'_>) -> ApiError {
    let mistake = headers.unread_authorization();
    if let Some(mistake) = mistake {
        access_log::log_missing(state, request, access_log::client_address(state, request.request()), mistake);
    }
    ApiError::MissingCredential(mistake)
}

/// Logs why the key set is unavailable, and returns 503.
fn key_set_unavailable(state: &AppState, request: &ServiceRequest, kind: CredentialKind, cause: &str) -> ApiError {
    access_log::log_undecided(state, request, access_log::client_address(state, request.request()), kind, cause);
    ApiError::KeySetUnavailable
}

/// Verifies the credential of the headers. `None`: the headers have no credential.
///
/// Waits for newer key sets while the token's key is unknown.
async fn verify(
    state: &AppState,
    secrets: &RotatingSecrets,
    request: &ServiceRequest,
    headers: &CredentialHeaders<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Option<(CredentialKind, Credential)>> {
    state.keys.verify(&secrets.verifier, headers, now).await.map_err(|error| match error {
        VerifyError::Invalid(error) => ApiError::InvalidCredential(error),
        VerifyError::Undecided(UndecidedCredential { kind, cause }) => {
            key_set_unavailable(state, request, kind, &cause)
        }
    })
}

fn values(headers: &HeaderMap, name: HeaderName) -> Vec<&[u8]> {
    headers.get_all(name).map(|value| value.as_bytes()).collect()
}

/// Returns whether the request comes from a trusted origin or from the same origin.
fn has_trusted_origin(headers: &HeaderMap, trusted: &[TrustedOrigin]) -> bool {
    let sec_fetch_site = values(headers, HeaderName::from_static("sec-fetch-site"));
    OriginHeaders { origin: values(headers, ORIGIN), sec_fetch_site }.is_trusted(trusted)
}
