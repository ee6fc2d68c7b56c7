//! Problem documents: the bodies of error responses (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error_code::ErrorCode;
use crate::api::error_details::{self, ROUTE_NOT_FOUND};
use crate::api::field_errors::{FieldError, FieldErrors};

/// The contents of a problem document. The request middleware writes the document.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) detail: String,
    pub(crate) code: ErrorCode,
    pub(crate) errors: FieldErrors,
    /// The internal cause. Logged, not returned.
    pub cause: Option<String>,
}

impl Problem {
    /// Creates the contents of an error response of the framework.
    pub fn of_status(status: StatusCode) -> Self {
        let code = ErrorCode::of_status(status);
        Self { detail: framework_detail(code).into(), code, errors: FieldErrors::default(), cause: None }
    }

    /// Builds the document (RFC 9457 section 3). `message` and `error` repeat the detail for clients of other conventions.
    pub fn document(&self, status: StatusCode, request_id: &str) -> ProblemDocument {
        let title = match status {
            StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content", // renamed by RFC 9110 section 15.5.21
            StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
            status => status.canonical_reason().unwrap_or("Error"),
        };
        ProblemDocument {
            r#type: self.code.link(),
            title: title.into(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            message: self.detail.clone(),
            error: ProblemCode { code: self.code, message: self.detail.clone() },
            errors: self.errors.listed().to_vec(),
            more_errors: self.errors.unlisted(),
            request_id: request_id.into(),
        }
    }
}

/// A problem document (RFC 9457 section 3). `message` and `error` repeat `detail` for clients that expect these members.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A link to the description of the code, relative to the service's address.
    #[schema(format = "uri-reference", examples("/docs/errors#validation_failed"))]
    r#type: String,
    /// The reason phrase of the status.
    title: String,
    /// The HTTP status code.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// One sentence that describes the error.
    detail: String,
    /// The same as `detail`.
    message: String,
    /// The same with a stable code.
    error: ProblemCode,
    /// The invalid values, at most 20. Absent if no values are invalid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 20)]
    errors: Vec<FieldError>,
    /// The number of invalid values that `errors` does not list.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false, minimum = 1)]
    more_errors: usize,
    /// The id of the request in the log.
    request_id: String,
}

/// The error for programs.
#[derive(Serialize, ToSchema)]
pub struct ProblemCode {
    /// A stable code.
    code: ErrorCode,
    /// The same as `detail`.
    message: String,
}

/// Returns the detail of an error response of the framework, which has none.
fn framework_detail(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::PathNotFound => ROUTE_NOT_FOUND,
        ErrorCode::MethodNotAllowed => {
            "This path does not support this method; the Allow header has those that it supports."
        }
        ErrorCode::RequestTimeout => "The request did not arrive within the timeout; send it again.",
        ErrorCode::BodyTooLarge => "The body is too large; send a smaller body.",
        ErrorCode::Unavailable => error_details::UNAVAILABLE,
        ErrorCode::MalformedRequest => {
            "The request is malformed; its request line and its headers must be those of HTTP/1.1."
        }
        _ => error_details::INTERNAL,
    }
}

/// The media type of problem documents.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

fn is_zero(number: &usize) -> bool {
    *number == 0
}
