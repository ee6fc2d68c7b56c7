//! The lines that a request leaves in the log: one when it is answered, and what becomes of its credential. Nothing in them is secret.

use std::net::IpAddr;
use std::rc::Rc;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage, HttpRequest};
use log::Level;

use super::call::Call;
use crate::app::State;
use crate::auth::{Kind, Reason, Refusal};
use crate::error::{ApiError, Problem};
use crate::limits::LogLines;

/// A request has been answered. The lines of 429 are bounded: a client can cause them at next to no cost.
pub(super) fn answered<B>(response: &ServiceResponse<B>, state: &State, call: &Call) {
    if response.status() == StatusCode::TOO_MANY_REQUESTS && !admit_line(&state.limited_lines) {
        return;
    }
    if let Some(cause) = response.response().extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        failed(&cause, call);
    }
    request(call, response.status());
}

/// A request came back as an error: a panic.
pub(super) fn panicked(error: &Error, call: &Call) {
    let response = error.error_response();
    if let Some(cause) = response.extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        failed(&cause, call);
    }
    request(call, response.status());
}

fn request(call: &Call, status: StatusCode) {
    let (user, credential) = call.user.get().map_or(("-", "-"), |(user, kind)| (user.as_str(), kind.as_str()));
    log::info!(
        target: "task_api::request",
        method = call.method.as_str(),
        path = call.route.get().unwrap_or("-"),
        status = status.as_u16(),
        ms = (call.began.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        user = user,
        credential = credential,
        request_id = call.id.as_str(),
        trace_id:% = call.trace;
        "request"
    );
}

fn failed(cause: &str, call: &Call) {
    log::error!(request_id = call.id.as_str(), trace_id:% = call.trace; "{cause}");
}

/// A credential was refused.
pub(super) fn refused(state: &State, request: &ServiceRequest, client: IpAddr, refusal: Refusal) {
    if admit_line(&state.refusal_lines) {
        let event = Event { kind: refusal.kind, reason: refusal.reason.code(), outcome: "refused", user: "-", client };
        event.log(request, REFUSED, "a credential was refused");
    }
}

/// Logs that the key of a token is not known and that the key set cannot be fetched.
pub(super) fn undecided(state: &State, request: &ServiceRequest, client: IpAddr, kind: Kind, cause: &str) {
    if admit_line(&state.refusal_lines) {
        let event = Event { kind, reason: Reason::UnknownKey.code(), outcome: "undecided", user: "-", client };
        event.log(request, REFUSED, &format!("the key set cannot be fetched, and a token's key is not known: {cause}"));
    }
}

/// Whether a line may be written; tells how many were left out before it.
fn admit_line(lines: &LogLines) -> bool {
    let Some(left_out) = lines.admit() else { return false };
    if left_out > 0 {
        log::warn!(target: REFUSED.0, left_out; "there were too many lines like the next one to write them all");
    }
    true
}

/// A good credential does not open what it was sent for.
pub(super) fn denied(request: &ServiceRequest, client: IpAddr, kind: Kind, user: &str, error: &ApiError) {
    let event = Event { kind, reason: error.code(), outcome: "denied", user, client };
    event.log(request, REFUSED, "a request was denied");
}

/// A credential was used for the first time, or for the first time again.
pub(super) fn accepted(request: &ServiceRequest, client: IpAddr, kind: Kind, user: &str) {
    let event = Event { kind, reason: "-", outcome: "accepted", user, client };
    event.log(request, ACCEPTED, "a credential was used for the first time");
}

const REFUSED: (&str, Level) = ("task_api::refused", Level::Warn);
const ACCEPTED: (&str, Level) = ("task_api::accepted", Level::Info);

/// What became of a credential.
struct Event<'a> {
    kind: Kind,
    reason: &'a str,
    outcome: &'a str,
    user: &'a str,
    client: IpAddr,
}

impl Event<'_> {
    fn log(&self, request: &ServiceRequest, (target, level): (&str, Level), message: &str) {
        let Some(call) = request.extensions().get::<Rc<Call>>().cloned() else { return };
        log::log!(
            target: target,
            level,
            kind = self.kind.as_str(),
            reason = self.reason,
            request_id = call.id.as_str(),
            outcome = self.outcome,
            user = self.user,
            client:% = self.client,
            trace_id:% = call.trace;
            "{message}"
        );
    }
}

/// Where a request comes from, as far as that can be believed.
pub(super) fn client(state: &State, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    // what is no text is no address either, and must not be passed over
    let forwarded_for = request.headers().get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or(""));
    let forwarded_for: Vec<&str> = forwarded_for.collect();
    state.trusted_proxies.client(peer, forwarded_for.into_iter())
}
