//! Logs one line for each response, and the outcomes of credentials. No line contains a secret.

use std::net::IpAddr;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, web};
use better_auth_guard::{AuthorizationMistake, CredentialErrorReason, CredentialKind, InvalidCredential};
use log::Level;

use crate::api::error::{ApiError, FieldError, FieldErrors, Problem};
use crate::api::error_details::untrusted;
use crate::limits::LogRateLimiter;
use crate::middleware::request_context::RequestContext;
use crate::state::AppState;

/// Logs a response. Lines for 429 are rate-limited, because a client can cause them cheaply.
pub(crate) fn log_response<B>(response: &ServiceResponse<B>, state: &AppState, context: &RequestContext) {
    if response.status() == StatusCode::TOO_MANY_REQUESTS && !admit_line(&state.rate_limited_log_limiter) {
        return;
    }
    if let Some(cause) = response.response().extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        log_cause(&cause, context);
    }
    log_request(context, response.status());
}

/// Logs a request whose handler panicked.
pub(crate) fn log_panic(error: &Error, context: &RequestContext) {
    let response = error.error_response();
    if let Some(cause) = response.extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        log_cause(&cause, context);
    }
    log_request(context, response.status());
}

fn log_request(context: &RequestContext, status: StatusCode) {
    let (user, credential) = context.user.get().map_or(("-", "-"), |(user, kind)| (user.as_str(), kind.as_str()));
    log::info!(
        target: "task_api::request",
        method = context.method.as_str(),
        path = context.route.get().unwrap_or("-"),
        status = status.as_u16(),
        ms = (context.started_at.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        user = user,
        credential = credential,
        request_id = context.id.as_str(),
        trace_id:% = context.trace;
        "request"
    );
}

fn log_cause(cause: &str, context: &RequestContext) {
    log::error!(request_id = context.id.as_str(), trace_id:% = context.trace; "{cause}");
}

/// Logs a rejected credential.
pub(crate) fn log_rejected(state: &AppState, request: &ServiceRequest, client: IpAddr, error: InvalidCredential) {
    if admit_line(&state.rejection_log_limiter) {
        let kind = error.kind.as_str();
        let event = Event { kind, reason: error.reason.code(), outcome: "refused", user: "-", client };
        let advice =
            error.reason.advice().map(|(cause, change)| format!("a credential was rejected: {cause}; {change}"));
        event.log(request, REFUSED, advice.as_deref().unwrap_or("a credential was rejected"));
    }
}

/// Logs a request whose `Authorization` header has no credential.
pub(crate) fn log_missing(state: &AppState, request: &ServiceRequest, client: IpAddr, mistake: AuthorizationMistake) {
    if admit_line(&state.rejection_log_limiter) {
        let event = Event { kind: "-", reason: mistake.code(), outcome: "refused", user: "-", client };
        let (cause, change) = (mistake.cause(), mistake.change());
        event.log(request, REFUSED, &format!("a request has no credential: {cause}; {change}"));
    }
}

/// Logs a cross-origin request of an origin that is not trusted.
pub(crate) fn log_untrusted_origin(state: &AppState, request: &ServiceRequest, origin: &str, is_preflight: bool) {
    if admit_line(&state.origin_log_limiter) {
        let effect = if is_preflight { "the preflight was refused" } else { "the browser hides the response" };
        log::warn!(
            target: REFUSED.0,
            origin = origin,
            settings = "TRUSTED_ORIGINS, BETTER_AUTH_URL",
            request_id = RequestContext::of(request).id.as_str();
            "{}: {effect}", untrusted(origin)
        );
    }
}

/// Logs the names of ignored input, each once an hour for each route. The values are not logged.
pub(crate) fn log_ignored_input(request: &HttpRequest, ignored: &FieldErrors) {
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state");
    let context = RequestContext::of(request);
    let (method, path) = (context.method.as_str(), context.route.get().unwrap_or("-"));
    let is_new = |error: &&FieldError| state.ignored_names.is_first((method, path, &error.pointer));
    let new: Vec<String> = ignored.listed().iter().filter(is_new).map(FieldError::to_string).collect();
    if !new.is_empty() && admit_line(&state.ignored_log_limiter) {
        let request_id = context.id.as_str();
        let names = new.join("; ");
        log::warn!(
            target: "task_api::ignored", method, path, request_id;
            "the request has input that was ignored: {names} (Prefer: handling=strict makes it an error)"
        );
    }
}

/// Logs that the key set is unavailable for a token with an unknown key.
pub(crate) fn log_undecided(
    state: &AppState,
    request: &ServiceRequest,
    client: IpAddr,
    kind: CredentialKind,
    cause: &str,
) {
    if admit_line(&state.rejection_log_limiter) {
        let event = Event {
            kind: kind.as_str(),
            reason: CredentialErrorReason::UnknownKey.code(),
            outcome: "undecided",
            user: "-",
            client,
        };
        event.log(request, REFUSED, &format!("cannot fetch the key set for a token with an unknown key: {cause}"));
    }
}

/// Returns whether a line may be written. Logs the number of suppressed lines first.
fn admit_line(lines: &LogRateLimiter) -> bool {
    let Some(suppressed) = lines.admit() else { return false };
    if suppressed > 0 {
        log::warn!(target: REFUSED.0, suppressed; "log lines were suppressed");
    }
    true
}

/// Logs a request with a valid credential that is not authorized.
pub(crate) fn log_denied(request: &ServiceRequest, client: IpAddr, kind: CredentialKind, user: &str, error: &ApiError) {
    let event = Event { kind: kind.as_str(), reason: error.code().as_str(), outcome: "denied", user, client };
    match error {
        ApiError::UntrustedOrigin(_) => event.log(request, REFUSED, &format!("a request was denied: {error}")),
        _ => event.log(request, REFUSED, "a request was denied"),
    }
}

/// Logs the first use of a credential within an hour.
pub(crate) fn log_first_use(request: &ServiceRequest, client: IpAddr, kind: CredentialKind, user: &str) {
    let event = Event { kind: kind.as_str(), reason: "-", outcome: "accepted", user, client };
    event.log(request, ACCEPTED, "a credential was used for the first time");
}

const REFUSED: (&str, Level) = ("task_api::refused", Level::Warn);
const ACCEPTED: (&str, Level) = ("task_api::accepted", Level::Info);

/// The outcome of a credential.
struct Event<'a> {
    kind: &'a str,
    reason: &'a str,
    outcome: &'a str,
    user: &'a str,
    client: IpAddr,
}

impl Event<'_> {
    fn log(&self, request: &ServiceRequest, (target, level): (&str, Level), message: &str) {
        let context = RequestContext::of(request);
        log::log!(
            target: target,
            level,
            kind = self.kind,
            reason = self.reason,
            request_id = context.id.as_str(),
            outcome = self.outcome,
            user = self.user,
            client:% = self.client,
            trace_id:% = context.trace;
            "{message}"
        );
    }
}

/// Returns the client's address, taken from `X-Forwarded-For` only if trusted proxies sent it.
pub(crate) fn client_address(state: &AppState, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    // a value that is not text counts as an invalid address: skipping it would trust the entries before it
    let forwarded_for = request.headers().get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or(""));
    let forwarded_for: Vec<&str> = forwarded_for.collect();
    state.trusted_proxies.client(peer, forwarded_for.into_iter())
}
