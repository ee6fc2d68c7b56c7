//! Answers of the document that many operations share: each failure once, from the error that is really answered.

use std::collections::BTreeMap;

use actix_web::ResponseError;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{Content, Object, Ref, RefOr, Response, ResponseBuilder, Type};

use crate::api::error::{ApiError, FieldError};
use crate::limits::{Policy, Rate, RateLimitStatus};

type Responses = BTreeMap<String, RefOr<Response>>;

/// Declares a set of failures, by their names below `components/responses`.
macro_rules! failures {
    ($($(#[$doc:meta])* $set:ident: $($name:literal)+;)+) => {$(
        $(#[$doc])*
        pub struct $set;
        impl IntoResponses for $set {
            fn responses() -> Responses {
                [$($name),+].into_iter().map(reference).collect()
            }
        }
    )+};
}

failures! {
    /// What every path may answer that asks for a credential.
    AuthErrors: "BadRequest" "Unauthorized" "Forbidden" "TooManyRequests" "InternalError" "Unavailable";
    /// No task of this id.
    NoTask: "NotFound";
    /// The task has another version.
    Stale: "PreconditionFailed";
    /// Wrong values, of the query or of the body.
    ValidationError: "Invalid";
    /// A body that cannot be read.
    BodyErrors: "Timeout" "TooLarge" "UnsupportedMediaType";
    /// The same request is still running.
    Running: "Conflict";
    /// The service is not ready.
    NotReady: "InternalError" "Unavailable";
    /// Turned off by `DOCS=off`.
    TurnedOff: "NotFound";
}

/// A task, with its version.
pub struct OneTask;

impl IntoResponses for OneTask {
    fn responses() -> Responses {
        let version =
            HeaderBuilder::new().schema(Some(Object::with_type(Type::String))).description(Some("Its version")).build();
        let content = Content::new(Some(Ref::from_schema_name("Task")));
        let answer =
            ResponseBuilder::new().description("The task").header("ETag", version).content("application/json", content);
        Responses::from([("200".to_owned(), answer.build().into())])
    }
}

fn reference(name: &str) -> (String, RefOr<Response>) {
    let (_, _, error) = failures().into_iter().find(|(known, ..)| *known == name).expect("the table below has it");
    (error.status_code().as_u16().to_string(), Ref::from_response_name(name).into())
}

/// Each failure: its name, what it means, and one error that leads to it.
fn failures() -> [(&'static str, &'static str, ApiError); 13] {
    [
        ("BadRequest", "The request is malformed.", ApiError::Malformed("The body is not valid JSON: EOF.".into())),
        ("Unauthorized", "There is no credential, or it is not good, or has expired.", ApiError::MissingCredential),
        (
            "Forbidden",
            "The tasks are somebody else's; or a cookie was sent with a write from an origin that is not trusted.",
            ApiError::Forbidden,
        ),
        ("NotFound", "There is nothing of this name among what is the caller's.", ApiError::TaskNotFound),
        ("Timeout", "The body took too long.", ApiError::BodyTimeout),
        ("Conflict", "A request with this `Idempotency-Key` is still running.", ApiError::InProgress),
        (
            "PreconditionFailed",
            "The task has another version than `If-Match` (or `version`) names.",
            ApiError::PreconditionFailed,
        ),
        ("TooLarge", "The body is too large.", ApiError::PayloadTooLarge(65_536)),
        ("UnsupportedMediaType", "The body is of another type.", ApiError::UnsupportedMediaType),
        (
            "Invalid",
            "Values are wrong, each of which is named; or the `Idempotency-Key` was used with another body.",
            ApiError::ValidationFailed(FieldError::member("title", "must not be empty").into()),
        ),
        (
            "TooManyRequests",
            "The user has exceeded `RATE_LIMIT`, or the address `REFUSAL_LIMIT`. A bulk or import counts as the operations that it \
             carries; none of them ran. Or as many imports or exports of the user as may run at a time are running. `Retry-After` \
             tells when the request can be repeated.",
            ApiError::RateLimited(RateLimitStatus::exhausted(Policy::User, Rate::per_second(100, 200))),
        ),
        ("InternalError", "A fault of the service.", ApiError::Internal(String::new())),
        (
            "Unavailable",
            "The database or the key set is away, or there is too much to do.",
            ApiError::Unavailable(String::new()),
        ),
    ]
}

/// `components/responses`.
pub(crate) fn components() -> Value {
    let all = failures().map(|(name, description, error)| (name.to_owned(), component(description, &error)));
    Value::Object(all.into_iter().collect())
}

fn component(description: &str, error: &ApiError) -> Value {
    let sent = error.error_response();
    let mut headers = Map::from_iter([("X-Request-Id".to_owned(), header("X-Request-Id"))]);
    for (name, title) in [(WWW_AUTHENTICATE, "WWW-Authenticate"), (RETRY_AFTER, "Retry-After")] {
        if sent.headers().contains_key(name) {
            headers.insert(title.into(), header(title));
        }
    }
    let example = json!(error.problem().document(error.status_code(), "01980f2e-6a53-7d1c-b2cd-8c3a4a2f9b10"));
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
            "examples": { "problem": { "value": example } },
        } },
    })
}

/// A reference to one of [`headers`].
pub(crate) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// `components/headers`: those that are not of one operation alone.
pub(crate) fn headers() -> Value {
    json!({
        "X-Request-Id": {
            "description": "Ties the answer to its lines in the log; the request's own, if it had one of `[A-Za-z0-9._-]{1,128}`.",
            "required": true,
            "schema": { "type": "string" },
        },
        "WWW-Authenticate": {
            "description": "What is missing or wrong (RFC 6750 section 3).",
            "required": true,
            "schema": { "type": "string" },
            "example": "Bearer realm=\"tasks\"",
        },
        "Retry-After": {
            "description": "Try again after so many seconds.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
            "example": 2,
        },
    })
}
