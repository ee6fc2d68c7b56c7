//! The codes of errors: the one table of their names, statuses, meanings and remedies.
//!
//! The OpenAPI document, the page `/docs/errors` and docs/errors.md follow from it.

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::task::text::string;

/// The path of the page that describes the codes. The `type` of a problem document links to the code's entry there.
pub const ERRORS_PAGE: &str = "/docs/errors";

/// Defines the codes. `causes` follow "The request gets this code"; `remedy` is for clients and operators.
macro_rules! define_codes {
    ($($Code:ident = $name:literal, $status:ident, $meaning:literal, $remedy:literal;)+) => {
        /// The stable code of an error, in `error.code` of a problem document.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
        pub enum ErrorCode {
            $(#[doc = $meaning] #[serde(rename = $name)] $Code,)+
        }

        impl ErrorCode {
            /// All codes, in the order of their statuses.
            pub const ALL: &[Self] = &[$(Self::$Code,)+];

            /// Returns the name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$Code => $name,)+ }
            }

            /// Returns the status of responses with this code.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$Code => StatusCode::$status,)+ }
            }

            /// Returns what the code means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$Code => $meaning,)+ }
            }

            /// Returns what a client or an operator does about it.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$Code => $remedy,)+ }
            }
        }
    };
}

define_codes! {
    MalformedRequest = "malformed_request", BAD_REQUEST,
        "The request cannot be read: its request line, a header, its query string, or its body, which is not valid JSON or repeats a member.",
        "Correct the part that `detail` names. Do not retry the same request.";
    NoCredential = "no_credential", UNAUTHORIZED,
        "The request has no credential.",
        "Send `Authorization: Bearer` and a JWT or a signed session token, or the session cookie (`credentials: \"include\"` in `fetch`). \
         `task-api verify` says what the service reads in a header.";
    InvalidCredential = "invalid_credential", UNAUTHORIZED,
        "The request has a credential that is not valid. The response does not say which check failed; the log does.",
        "Sign in again. Operator: find the line with the `request_id` in the log; its `reason` is in the table below. `task-api verify` \
         explains one credential, `task-api doctor` compares the settings with those of Better Auth.";
    CredentialExpired = "credential_expired", UNAUTHORIZED,
        "The JWT or the session has expired.",
        "Get a new JWT (`authClient.token()`), or sign in again. Operator: if new credentials have expired, compare the clocks.";
    NotOwner = "not_owner", FORBIDDEN,
        "The user in the path is not the user of the credential.",
        "Use `/api/tasks`, which takes the user from the credential, or put the id of the credential's user (`sub` of a JWT) into the path.";
    OriginNotTrusted = "origin_not_trusted", FORBIDDEN,
        "A write with a session cookie, or a preflight, comes from an origin that is not trusted. `detail` and the log name the origin.",
        "Operator: add the front end's origin to `TRUSTED_ORIGINS`, or set `BETTER_AUTH_URL` to it. A client that is no browser sends a \
         Bearer token instead of the cookie.";
    PathNotFound = "path_not_found", NOT_FOUND,
        "No route has this path.",
        "Compare the path with those of `/openapi.json`. Operator: a proxy must pass the path unchanged. `DOCS=off` turns `/`, `/docs` and \
         `/openapi.json` off.";
    TaskNotFound = "task_not_found", NOT_FOUND,
        "The user has no task with this id. An id is a positive whole number; a task of another user counts as absent.",
        "Read the list again. A deleted task is in the trash: `GET /api/tasks?deleted=true` lists it, and `POST …/restore` restores it.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED,
        "The path exists, but does not support the method.",
        "Use one of the methods of the header `Allow`, which `detail` repeats.";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT,
        "The headers did not arrive within 10 seconds, or the body within `BODY_TIMEOUT`.",
        "Send the request again. Operator: check the network and the buffering of proxies.";
    RequestInProgress = "request_in_progress", CONFLICT,
        "A request with the same `Idempotency-Key` is still running.",
        "Send the same request again after the seconds of `Retry-After`. It then gets the stored response.";
    QuotaExceeded = "quota_exceeded", CONFLICT,
        "The user would have more tasks, or more stored responses for `Idempotency-Key`, than the limit.",
        "Delete tasks with `permanent=true`; stored responses are deleted after 24 hours. Operator: the limit of tasks is `TASK_QUOTA`.";
    ChangesExpired = "changes_expired", GONE,
        "The changes since this token are no longer stored, or the token is not one of this user.",
        "Read all tasks again by `GET …/changes` without `since`, and continue with its `next`.";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED,
        "The task has another version than `If-Match`, or than `version` of an operation.",
        "Read the task, apply the change to it, and send its new `ETag` unchanged, with its double quotes.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE,
        "The body is larger than the limit.",
        "Send a smaller body; split an import. Operator: the limits are `BODY_LIMIT` and, of imports, `IMPORT_LIMIT`.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The media type of the body is not accepted.",
        "Send JSON with `Content-Type: application/json`. An import also accepts `text/calendar`.";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY,
        "Parameters or members of the body have values that are not accepted, or, with `Prefer: handling=strict`, are unknown or ignored.",
        "Correct the values that `errors` lists: each has the place (`pointer`) and what is accepted (`detail`).";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY,
        "This `Idempotency-Key` was sent with another body within 24 hours.",
        "Use a new key for each new request, and the same body for a retry.";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS,
        "The user, or an address with invalid credentials, exceeded a rate limit, or a limit of requests at the same time.",
        "Wait for the seconds of `Retry-After`. Operator: `RATE_LIMIT`, `REFUSAL_LIMIT` and `STREAMS_PER_USER` are the limits.";
    InternalError = "internal_error", INTERNAL_SERVER_ERROR,
        "A fault of the service. The log has its cause beside the `request_id`.",
        "Report it with the `request_id`. A write may have been applied: repeat a POST with the same `Idempotency-Key`.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE,
        "The database, the key set or the source of sessions does not respond, the service is overloaded, or (`/readyz`) it is not ready.",
        "Send the request again after the seconds of `Retry-After`; repeat a POST with the same `Idempotency-Key`. Operator: the log has the \
         cause beside the `request_id`; `/readyz` names what is not ready.";
}

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        let names = Self::ALL.iter().map(|code| code.as_str());
        let about = "The stable code of an error. The page `/docs/errors` describes each code.";
        string().enum_values(Some(names)).description(Some(about)).into()
    }
}

impl ToSchema for ErrorCode {}

impl ErrorCode {
    /// Returns the code of an error response of the framework.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::PathNotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::MalformedRequest,
            _ => Self::InternalError,
        }
    }

    /// Returns the link to the code's entry on the errors page, relative to the service's address (RFC 9457 section 3.1.1).
    pub fn link(self) -> String {
        format!("{ERRORS_PAGE}#{}", self.as_str())
    }
}
