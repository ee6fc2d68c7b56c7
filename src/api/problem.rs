//! The body of an error response (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::field_errors::{FieldError, FieldErrors};

/// What a problem document says, on its way to the edge.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) detail: String,
    pub(crate) code: &'static str,
    pub(crate) errors: FieldErrors,
    /// For the log alone.
    pub cause: Option<String>,
}

impl Problem {
    /// For an answer that the framework made by itself.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("path_not_found", "There is nothing at this path."),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This path does not serve this method."),
            StatusCode::REQUEST_TIMEOUT => ("request_timeout", "The request took too long to arrive."),
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The body is too large."),
            status if status.is_client_error() => ("malformed_request", "The request is malformed."),
            StatusCode::SERVICE_UNAVAILABLE => {
                ("unavailable", "The service cannot answer at the moment; please try again.")
            }
            _ => ("internal_error", "Something went wrong on our side."),
        };
        Self { detail: detail.into(), code, errors: FieldErrors::default(), cause: None }
    }

    /// The document (RFC 9457 section 3), with `message` and `error` for clients that read those.
    pub fn document(&self, status: StatusCode, request_id: &str) -> ProblemDocument {
        let title = match status {
            StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content", // renamed by RFC 9110 section 15.5.21
            StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
            status => status.canonical_reason().unwrap_or("Error"),
        };
        ProblemDocument {
            r#type: "about:blank",
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

/// A failure (RFC 9457 section 3), with `message` and `error` for clients that read those.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Always `about:blank`: the status says what kind it is.
    r#type: &'static str,
    /// The status in words.
    title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, in one sentence.
    detail: String,
    /// The same.
    message: String,
    /// The same with a code.
    error: ProblemCode,
    /// Each wrong value, where values are wrong: at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 20)]
    errors: Vec<FieldError>,
    /// The number of wrong values that `errors` does not list.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false, minimum = 1)]
    more_errors: usize,
    /// What the log calls this request.
    request_id: String,
}

/// What is wrong, for programs.
#[derive(Serialize, ToSchema)]
pub struct ProblemCode {
    /// A word that stays the same.
    #[schema(examples("validation_failed"))]
    code: &'static str,
    /// `detail` again.
    message: String,
}

/// The type of a problem document.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

fn is_zero(number: &usize) -> bool {
    *number == 0
}
