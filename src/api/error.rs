//! Everything that is answered with something other than success: one enum, one table of status codes, one shape (RFC 9457).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

pub use crate::api::field_errors::{FieldError, FieldErrors};
pub use crate::api::problem::{PROBLEM_JSON, Problem, ProblemCode, ProblemDocument};

use crate::auth::CredentialError;
use crate::db::DbError;
use crate::limits::RateLimitStatus;
use crate::limits::list_memory::ListRejected;

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// Why a request was not fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 401: nobody asks.
    #[error("This needs a credential: a Bearer token or a session cookie.")]
    MissingCredential,
    /// 401: a credential that has expired, or is not good. Which check failed is told to the log alone.
    #[error("{}", if .0.reason.is_expiry() { "The credential has expired." } else { "The credential is not valid." })]
    InvalidCredential(CredentialError),
    /// 403: a good credential of somebody else.
    #[error("These tasks belong to another user.")]
    Forbidden,
    /// 403: a cookie on a write, sent from who knows where.
    #[error("A write with a cookie must come from a trusted origin; see TRUSTED_ORIGINS.")]
    UntrustedOrigin,
    /// 404: no such task among the caller's.
    #[error("There is no such task.")]
    TaskNotFound,
    /// 404: no such path.
    #[error("There is nothing at this path.")]
    RouteNotFound,
    /// 405: with the methods that the path does serve.
    #[error("This path does not serve this method.")]
    MethodNotAllowed(&'static str),
    /// 412: the task has another version than the write was meant for.
    #[error("The task has been changed in the meantime.")]
    PreconditionFailed,
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
    BodyTimeout,
    /// 413: with the limit in bytes.
    #[error("The body is larger than {0} bytes.")]
    PayloadTooLarge(usize),
    /// 415.
    #[error("The body must be JSON, with the header Content-Type: application/json.")]
    UnsupportedMediaType,
    /// 415 of an import.
    #[error("The body must be JSON (application/json) or a calendar (text/calendar).")]
    UnsupportedImportType,
    /// 429: more than the user, or the address, may ask for.
    #[error("Too many requests; try again in {} s.", .0.retry_after())]
    RateLimited(RateLimitStatus),
    /// 429: as many of these requests of the user are running as may run at a time.
    #[error("Another {0} of yours is still running; try again when it has ended.")]
    TooManyAtOnce(&'static str),
    /// 401: metrics without their token.
    #[error("This needs the Bearer token of METRICS_TOKEN.")]
    NoMetricsToken,
    /// 422: each wrong value. Never empty.
    #[error("{0}")]
    ValidationFailed(FieldErrors),
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

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::ValidationFailed(errors)
    }
}

impl From<ListRejected> for ApiError {
    fn from(rejected: ListRejected) -> Self {
        match rejected {
            ListRejected::Timeout => Self::Unavailable("the user's other lists were not read in time".into()),
            ListRejected::TooManyUnsentBytes => Self::TooManyAtOnce("list"),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::TaskNotFound,
            DbError::VersionMismatch => Self::PreconditionFailed,
            DbError::InProgress => Self::InProgress,
            DbError::QuotaExceeded(limit) => Self::QuotaExceeded(limit),
            DbError::AnswersExceeded(limit) => Self::AnswersExceeded(limit),
            DbError::Unavailable(cause) => Self::Unavailable(cause),
            DbError::Query(cause) => Self::Internal(cause),
        }
    }
}

impl ApiError {
    /// The name of what went wrong: `error.code` of the answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RateLimited(_) | Self::TooManyAtOnce(_) => "too_many_requests",
            Self::MissingCredential | Self::NoMetricsToken => "no_credential",
            Self::InvalidCredential(refusal) if refusal.reason.is_expiry() => "credential_expired",
            Self::InvalidCredential(_) => "invalid_credential",
            Self::Forbidden => "not_owner",
            Self::UntrustedOrigin => "origin_not_trusted",
            Self::TaskNotFound | Self::Operation { is_stale: false, .. } => "task_not_found",
            Self::RouteNotFound => "path_not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::PreconditionFailed | Self::Operation { is_stale: true, .. } => "precondition_failed",
            Self::InProgress => "request_in_progress",
            Self::QuotaExceeded(_) | Self::AnswersExceeded(_) => "quota_exceeded",
            Self::KeyReused => "idempotency_key_reused",
            Self::Malformed(_) => "malformed_request",
            Self::BodyTimeout => "request_timeout",
            Self::PayloadTooLarge(_) => "body_too_large",
            Self::UnsupportedMediaType | Self::UnsupportedImportType => "unsupported_media_type",
            Self::ValidationFailed(_) => "validation_failed",
            Self::Unavailable(_) | Self::KeySetUnavailable | Self::NotReady(_) => "unavailable",
            Self::Internal(_) => "internal_error",
        }
    }

    fn headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            Self::MissingCredential => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"tasks\""));
            }
            Self::NoMetricsToken => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\""));
            }
            Self::RateLimited(standing) => {
                response.insert_header((header::RETRY_AFTER, standing.retry_after()));
                for field in standing.header_fields() {
                    response.insert_header(field);
                }
            }
            Self::InvalidCredential(_) => {
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
                Self::ValidationFailed(errors) => errors.clone(),
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
            Self::MissingCredential | Self::InvalidCredential(_) | Self::NoMetricsToken => StatusCode::UNAUTHORIZED,
            Self::RateLimited(_) | Self::TooManyAtOnce(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Forbidden | Self::UntrustedOrigin => StatusCode::FORBIDDEN,
            Self::TaskNotFound | Self::RouteNotFound | Self::Operation { is_stale: false, .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::PreconditionFailed | Self::Operation { is_stale: true, .. } => StatusCode::PRECONDITION_FAILED,
            Self::InProgress | Self::QuotaExceeded(_) | Self::AnswersExceeded(_) => StatusCode::CONFLICT,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType | Self::UnsupportedImportType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ValidationFailed(_) => StatusCode::UNPROCESSABLE_ENTITY,
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
