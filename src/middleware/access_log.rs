//! The lines that a request leaves in the log: one when it is answered, and what becomes of its credential. Nothing in them is secret.

use std::net::IpAddr;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest};
use log::Level;

use crate::api::error::{ApiError, Problem};
use crate::auth::{CredentialError, CredentialErrorReason, CredentialKind};
use crate::limits::LogRateLimiter;
use crate::middleware::request_context::RequestContext;
use crate::state::AppState;

/// A request has been answered. The lines of 429 are bounded: a client can cause them at next to no cost.
pub(crate) fn answered<B>(response: &ServiceResponse<B>, state: &AppState, context: &RequestContext) {
    if response.status() == StatusCode::TOO_MANY_REQUESTS && !admit_line(&state.limited_lines) {
        return;
    }
    if let Some(cause) = response.response().extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        failed(&cause, context);
    }
    request(context, response.status());
}

/// A request came back as an error: a panic.
pub(crate) fn panicked(error: &Error, context: &RequestContext) {
    let response = error.error_response();
    if let Some(cause) = response.extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        failed(&cause, context);
    }
    request(context, response.status());
}

fn request(context: &RequestContext, status: StatusCode) {
    let (user, credential) = context.user.get().map_or(("-", "-"), |(user, kind)| (user.as_str(), kind.as_str()));
    log::info!(
        target: "task_api::request",
        method = context.method.as_str(),
        path = context.route.get().unwrap_or("-"),
        status = status.as_u16(),
        ms = (context.began.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        user = user,
        credential = credential,
        request_id = context.id.as_str(),
        trace_id:% = context.trace;
        "request"
    );
}

fn failed(cause: &str, context: &RequestContext) {
    log::error!(request_id = context.id.as_str(), trace_id:% = context.trace; "{cause}");
}

/// A credential was refused.
pub(crate) fn refused(state: &AppState, request: &ServiceRequest, client: IpAddr, refusal: CredentialError) {
    if admit_line(&state.refusal_lines) {
        let event = Event { kind: refusal.kind, reason: refusal.reason.code(), outcome: "refused", user: "-", client };
        event.log(request, REFUSED, "a credential was refused");
    }
}

/// Logs that the key of a token is not known and that the key set cannot be fetched.
pub(crate) fn undecided(state: &AppState, request: &ServiceRequest, client: IpAddr, kind: CredentialKind, cause: &str) {
    if admit_line(&state.refusal_lines) {
        let event =
            Event { kind, reason: CredentialErrorReason::UnknownKey.code(), outcome: "undecided", user: "-", client };
        event.log(request, REFUSED, &format!("the key set cannot be fetched, and a token's key is not known: {cause}"));
    }
}

/// Whether a line may be written; tells how many were left out before it.
fn admit_line(lines: &LogRateLimiter) -> bool {
    let Some(suppressed) = lines.admit() else { return false };
    if suppressed > 0 {
        log::warn!(target: REFUSED.0, suppressed; "there were too many lines like the next one to write them all");
    }
    true
}

/// A good credential does not open what it was sent for.
pub(crate) fn denied(request: &ServiceRequest, client: IpAddr, kind: CredentialKind, user: &str, error: &ApiError) {
    let event = Event { kind, reason: error.code(), outcome: "denied", user, client };
    event.log(request, REFUSED, "a request was denied");
}

/// A credential was used for the first time, or for the first time again.
pub(crate) fn accepted(request: &ServiceRequest, client: IpAddr, kind: CredentialKind, user: &str) {
    let event = Event { kind, reason: "-", outcome: "accepted", user, client };
    event.log(request, ACCEPTED, "a credential was used for the first time");
}

const REFUSED: (&str, Level) = ("task_api::refused", Level::Warn);
const ACCEPTED: (&str, Level) = ("task_api::accepted", Level::Info);

/// What became of a credential.
struct Event<'a> {
    kind: CredentialKind,
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
            kind = self.kind.as_str(),
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

/// Where a request comes from, as far as that can be believed.
pub(crate) fn client(state: &AppState, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    // what is no text is no address either, and must not be passed over
    let forwarded_for = request.headers().get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or(""));
    let forwarded_for: Vec<&str> = forwarded_for.collect();
    state.trusted_proxies.client(peer, forwarded_for.into_iter())
}
