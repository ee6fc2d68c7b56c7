//! Everything that is answered with something other than success: one enum, one table of status codes, one shape (RFC 9457).

mod field_errors;
mod problem;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

pub use field_errors::{FieldError, FieldErrors};
pub use problem::{PROBLEM_JSON, Problem, ProblemCode, ProblemDocument};

use crate::auth::Refusal;
use crate::limits::Standing;
use crate::store::StoreError;

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// Why a request was not fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 401: nobody asks.
    #[error("This needs a credential: a Bearer token or a session cookie.")]
    NoCredential,
    /// 401: a credential that has expired, or is not good. Which check failed is told to the log alone.
    #[error("{}", if .0.reason.is_expiry() { "The credential has expired." } else { "The credential is not valid." })]
    Refused(Refusal),
    /// 403: a good credential of somebody else.
    #[error("These tasks belong to another user.")]
    NotOwner,
    /// 403: a cookie on a write, sent from who knows where.
    #[error("A write with a cookie must come from a trusted origin; see TRUSTED_ORIGINS.")]
    NoProofOfOrigin,
    /// 404: no such task among the caller's.
    #[error("There is no such task.")]
    NoSuchTask,
    /// 404: no such path.
    #[error("There is nothing at this path.")]
    NoSuchPath,
    /// 405: with the methods that the path does serve.
    #[error("This path does not serve this method.")]
    MethodNotAllowed(&'static str),
    /// 412: the task has another version than the write was meant for.
    #[error("The task has been changed in the meantime.")]
    Stale,
    /// 404 or 412: one operation of a bulk request, by its index from 0, is of an unknown task, or of another version of it.
    #[error("operations/{index} {}; nothing was changed", operation_detail(*.is_stale))]
    Operation {
        /// Its place in the list.
        index: usize,
        /// Whether the task is there, but has been changed in the meantime.
        is_stale: bool,
    },
    /// 409: a request with this `Idempotency-Key` has not ended yet.
    #[error("A request with this Idempotency-Key is still running.")]
    InProgress,
    /// 409: the user would have more tasks than this.
    #[error("You may have {0} tasks, those in the trash included; delete some for ever to make room.")]
    QuotaExceeded(i64),
    /// 409: the user would have more stored answers than this.
    #[error(
        "You may have {0} stored responses to requests with an Idempotency-Key, each for 24 hours; send this request later, or without the key."
    )]
    AnswersExceeded(i64),
    /// 422: the `Idempotency-Key` stands for another request.
    #[error("This Idempotency-Key was used with another body.")]
    KeyReused,
    /// 400: not HTTP or JSON as it should be.
    #[error("{0}")]
    Malformed(String),
    /// 408: the body did not come in time.
    #[error("The body took too long to arrive.")]
    SlowBody,
    /// 413: with the limit in bytes.
    #[error("The body is larger than {0} bytes.")]
    TooLarge(usize),
    /// 415.
    #[error("The body must be JSON, with the header Content-Type: application/json.")]
    NotJson,
    /// 415 of an import.
    #[error("The body must be JSON (application/json) or a calendar (text/calendar).")]
    NotImportable,
    /// 429: more than the user, or the address, may ask for.
    #[error("Too many requests; try again in {} s.", .0.retry_after())]
    TooMany(Standing),
    /// 429: as many of these requests of the user are running as may run at a time.
    #[error("Another {0} of yours is still running; try again when it has ended.")]
    TooManyAtOnce(&'static str),
    /// 401: metrics without their token.
    #[error("This needs the Bearer token of METRICS_TOKEN.")]
    NoMetricsToken,
    /// 422: each wrong value. Never empty.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// 503: the database or the key set is away; the cause is for the log.
    #[error("The service cannot answer at the moment; please try again.")]
    Unavailable(String),
    /// 503: the key set cannot be fetched, and the token's key is not known. The guard logs the cause, within the log's limit.
    #[error("The service cannot answer at the moment; please try again.")]
    KeySetUnavailable,
    /// 503: asked for its readiness, the service has to say that it is not ready, and why.
    #[error("{0}")]
    NotReady(&'static str),
    /// 500: a fault of ours; the cause is for the log.
    #[error("Something went wrong on our side.")]
    Internal(String),
}

fn operation_detail(is_stale: bool) -> &'static str {
    if is_stale { "is of a task that has been changed in the meantime" } else { "is of a task that does not exist" }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NoSuchTask,
            StoreError::Stale => Self::Stale,
            StoreError::InProgress => Self::InProgress,
            StoreError::QuotaExceeded(limit) => Self::QuotaExceeded(limit),
            StoreError::AnswersExceeded(limit) => Self::AnswersExceeded(limit),
            StoreError::Unavailable(cause) => Self::Unavailable(cause),
            StoreError::Query(cause) => Self::Internal(cause),
        }
    }
}

impl ApiError {
    /// The name of what went wrong: `error.code` of the answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany(_) | Self::TooManyAtOnce(_) => "too_many_requests",
            Self::NoCredential | Self::NoMetricsToken => "no_credential",
            Self::Refused(refusal) if refusal.reason.is_expiry() => "credential_expired",
            Self::Refused(_) => "invalid_credential",
            Self::NotOwner => "not_owner",
            Self::NoProofOfOrigin => "origin_not_trusted",
            Self::NoSuchTask | Self::Operation { is_stale: false, .. } => "task_not_found",
            Self::NoSuchPath => "path_not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::Stale | Self::Operation { is_stale: true, .. } => "precondition_failed",
            Self::InProgress => "request_in_progress",
            Self::QuotaExceeded(_) | Self::AnswersExceeded(_) => "quota_exceeded",
            Self::KeyReused => "idempotency_key_reused",
            Self::Malformed(_) => "malformed_request",
            Self::SlowBody => "request_timeout",
            Self::TooLarge(_) => "body_too_large",
            Self::NotJson | Self::NotImportable => "unsupported_media_type",
            Self::Invalid(_) => "validation_failed",
            Self::Unavailable(_) | Self::KeySetUnavailable | Self::NotReady(_) => "unavailable",
            Self::Internal(_) => "internal_error",
        }
    }

    fn headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            Self::NoCredential => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"tasks\""));
            }
            Self::NoMetricsToken => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\""));
            }
            Self::TooMany(standing) => {
                response.insert_header((header::RETRY_AFTER, standing.retry_after()));
                for field in standing.fields() {
                    response.insert_header(field);
                }
            }
            Self::Refused(_) => {
                let challenge =
                    format!("Bearer realm=\"tasks\", error=\"invalid_token\", error_description=\"{}\"", self);
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Self::MethodNotAllowed(allow) => {
                response.insert_header((header::ALLOW, *allow));
            }
            Self::Unavailable(_)
            | Self::KeySetUnavailable
            | Self::NotReady(_)
            | Self::InProgress
            | Self::TooManyAtOnce(_) => {
                response.insert_header((header::RETRY_AFTER, "2"));
            }
            _ => {}
        }
    }

    /// What is to be said of it.
    pub(crate) fn problem(&self) -> Problem {
        Problem {
            detail: self.to_string(),
            code: self.code(),
            errors: match self {
                Self::Invalid(errors) => errors.clone(),
                Self::Operation { index, is_stale } => {
                    FieldError::member(&format!("operations/{index}"), operation_detail(*is_stale)).into()
                }
                _ => FieldErrors::default(),
            },
            cause: match self {
                Self::Unavailable(cause) | Self::Internal(cause) => Some(cause.clone()),
                _ => None,
            },
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoCredential | Self::Refused(_) | Self::NoMetricsToken => StatusCode::UNAUTHORIZED,
            Self::TooMany(_) | Self::TooManyAtOnce(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotOwner | Self::NoProofOfOrigin => StatusCode::FORBIDDEN,
            Self::NoSuchTask | Self::NoSuchPath | Self::Operation { is_stale: false, .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Stale | Self::Operation { is_stale: true, .. } => StatusCode::PRECONDITION_FAILED,
            Self::InProgress | Self::QuotaExceeded(_) | Self::AnswersExceeded(_) => StatusCode::CONFLICT,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson | Self::NotImportable => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable(_) | Self::KeySetUnavailable | Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer without its body: the problem travels beside it, and is written down where the request's id is known.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        self.headers(&mut response);
        let mut response = response.finish();
        response.extensions_mut().insert(self.problem());
        response
    }
}
