//! Describes the responses that several operations share. Builds each error response from its [`ApiError`].

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{Content, Object, Ref, RefOr, Response, ResponseBuilder, Type};

use crate::api::error::{ApiError, FieldError};
use crate::api::error_details::TagMismatch;
use crate::limits::{Policy, Rate, RateLimitStatus};

type Responses = BTreeMap<String, RefOr<Response>>;

/// Declares sets of error responses, by their names in `components/responses`.
macro_rules! define_error_sets {
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

define_error_sets! {
    /// The errors of every path that requires a credential.
    AuthErrors: "BadRequest" "Unauthorized" "Forbidden" "TooManyRequests" "InternalError" "Unavailable";
    /// The task does not exist.
    NoTask: "NotFound";
    /// The task has another version.
    Stale: "PreconditionFailed";
    /// Values of the query or the body are invalid.
    ValidationError: "Invalid";
    /// The body cannot be read.
    BodyErrors: "Timeout" "TooLarge" "UnsupportedMediaType";
    /// The same request is still running.
    Running: "Conflict";
    /// The token of changes is too old.
    ExpiredToken: "Gone";
    /// The service is not ready.
    NotReady: "InternalError" "Unavailable";
    /// `DOCS=off` disables the path.
    TurnedOff: "NotFound";
}

/// The response with one task and its `ETag`.
pub struct OneTask;

impl IntoResponses for OneTask {
    fn responses() -> Responses {
        let version = HeaderBuilder::new()
            .schema(Some(Object::with_type(Type::String)))
            .description(Some("The task's version"))
            .build();
        let content = Content::new(Some(Ref::from_schema_name("Task")));
        let response =
            ResponseBuilder::new().description("The task").header("ETag", version).content("application/json", content);
        Responses::from([("200".to_owned(), response.build().into())])
    }
}

fn reference(name: &str) -> (String, RefOr<Response>) {
    let (_, _, error) = errors().into_iter().find(|(other, ..)| *other == name).expect("the table has this name");
    (error.status_code().as_u16().to_string(), Ref::from_response_name(name).into())
}

/// Lists the error responses: the name, the description, and an example error.
fn errors() -> [(&'static str, &'static str, ApiError); 14] {
    [
        ("BadRequest", "The request is malformed.", ApiError::Malformed("The body is not valid JSON: EOF.".into())),
        ("Unauthorized", "The credential is missing, invalid or expired.", ApiError::MissingCredential(None)),
        (
            "Forbidden",
            "The user in the path is not the authenticated user, or a write with a session cookie has no trusted origin.",
            ApiError::Forbidden,
        ),
        ("NotFound", "The path or the task does not exist.", ApiError::TaskNotFound),
        ("Timeout", "The body did not arrive within the timeout.", ApiError::BodyTimeout(Duration::from_secs(30))),
        ("Conflict", "A request with this `Idempotency-Key` is still running.", ApiError::InProgress),
        (
            "Gone",
            "The changes since the token are no longer stored, or it is not a token of this user. The client must read all tasks again.",
            ApiError::ChangesExpired,
        ),
        (
            "PreconditionFailed",
            "The task's version does not match `If-Match` or `version`.",
            ApiError::PreconditionFailed(TagMismatch::default()),
        ),
        ("TooLarge", "The body is too large.", ApiError::PayloadTooLarge { limit: 65_536, setting: "BODY_LIMIT" }),
        ("UnsupportedMediaType", "The media type of the body is not supported.", ApiError::UnsupportedMediaType),
        (
            "Invalid",
            "Values are invalid; `errors` lists them. Or the `Idempotency-Key` was used with another body.",
            ApiError::ValidationFailed(FieldError::member("title", "must not be empty").into()),
        ),
        (
            "TooManyRequests",
            "The user exceeded `RATE_LIMIT`, or the address exceeded `REFUSAL_LIMIT`. Each operation of a bulk request or an import \
             counts; none of them ran. Or the user has the maximum number of concurrent imports or exports. `Retry-After` has the \
             time until a retry, in seconds.",
            ApiError::RateLimited(RateLimitStatus::exhausted(Policy::User, Rate::per_second(100, 200))),
        ),
        ("InternalError", "A fault of the service.", ApiError::Internal(String::new())),
        (
            "Unavailable",
            "The database or the key set is unavailable, or the service is overloaded.",
            ApiError::Unavailable(String::new()),
        ),
    ]
}

/// Builds `components/responses`.
pub(crate) fn components() -> Value {
    let all = errors().map(|(name, description, error)| (name.to_owned(), component(description, &error)));
    Value::Object(all.into_iter().collect())
}

fn component(description: &str, error: &ApiError) -> Value {
    let response = error.error_response();
    let mut headers = Map::from_iter([("X-Request-Id".to_owned(), header("X-Request-Id"))]);
    for (name, title) in [(WWW_AUTHENTICATE, "WWW-Authenticate"), (RETRY_AFTER, "Retry-After")] {
        if response.headers().contains_key(name) {
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

/// Builds a reference to one of [`headers`].
pub(crate) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Builds `components/headers`: the headers of several operations.
pub(crate) fn headers() -> Value {
    json!({
        "X-Request-Id": {
            "description": "The id of the request in the log. It is the request's `X-Request-Id`, if that matches `[A-Za-z0-9._-]{1,128}`.",
            "required": true,
            "schema": { "type": "string" },
        },
        "WWW-Authenticate": {
            "description": "The authentication challenge (RFC 6750 section 3).",
            "required": true,
            "schema": { "type": "string" },
            "example": "Bearer realm=\"tasks\"",
        },
        "Retry-After": {
            "description": "The number of seconds until a retry.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
            "example": 2,
        },
    })
}
