//! The errors of requests: one enum, its status codes, its headers and its problem documents (RFC 9457).

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use better_auth_guard::{AuthorizationMistake, InvalidCredential};

pub use crate::api::error_code::ErrorCode;
pub use crate::api::field_errors::{FieldError, FieldErrors};
pub use crate::api::problem::{PROBLEM_JSON, Problem, ProblemCode, ProblemDocument};

use crate::api::error_details::{self, TagMismatch};
use crate::db::DbError;
use crate::limits::RateLimitStatus;
use crate::limits::list_memory::ListRejected;

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// The error of a request.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 401: the request has no credential, or sent this instead of one.
    #[error("{}", error_details::missing_credential(*.0))]
    MissingCredential(Option<AuthorizationMistake>),
    /// 401: the credential has expired or is invalid. The failed check is logged, not returned.
    #[error("{}", error_details::invalid_credential(.0))]
    InvalidCredential(InvalidCredential),
    /// 401 in development mode: a text that is no credential. The response says what it is and what to send.
    #[error("{}", error_details::mistaken_credential(.0))]
    MistakenCredential(InvalidCredential),
    /// 403: the path's user is not the authenticated user.
    #[error(
        "The user in the path is not the authenticated user; send the id of the credential's user (sub of a JWT), or use /api/tasks."
    )]
    Forbidden,
    /// 403: a write with a session cookie does not come from a trusted origin. Contains the origin, if the request has one.
    #[error("{}", error_details::untrusted_origin(.0.as_deref()))]
    UntrustedOrigin(Option<String>),
    /// 403: a preflight of an origin that is not trusted.
    #[error("{}", error_details::untrusted_preflight(.0))]
    UntrustedPreflight(String),
    /// 404: the user has no task with this id.
    #[error("The user has no task with this id; read the list again, with deleted=true for the trash.")]
    TaskNotFound,
    /// 404: no route matches the path.
    #[error("{}", error_details::ROUTE_NOT_FOUND)]
    RouteNotFound,
    /// 405: the route does not support the method. Contains the value of `Allow`.
    #[error("This path does not support this method; it supports {0}.")]
    MethodNotAllowed(&'static str),
    /// 412: the task's version does not match `If-Match`.
    #[error("{0}")]
    PreconditionFailed(TagMismatch),
    /// 404 or 412: an operation of a bulk request names an unknown task or another version.
    #[error("operations/{index} {}; nothing was changed", operation_detail(*.is_stale))]
    Operation {
        /// The index of the operation, from 0.
        index: usize,
        /// Whether the task exists, but has another version.
        is_stale: bool,
    },
    /// 409: a request with this `Idempotency-Key` is in progress.
    #[error("A request with this Idempotency-Key is still running; send it again after the seconds of Retry-After.")]
    InProgress,
    /// 409: the user's tasks would exceed this limit.
    #[error("The request would exceed the limit of {0} tasks, including the trash; delete tasks with permanent=true.")]
    QuotaExceeded(i64),
    /// 409: the user's stored responses would exceed this limit.
    #[error(
        "The request would exceed the limit of {0} stored responses for Idempotency-Key, each kept for 24 hours; send it later, or \
         without the key."
    )]
    StoredResponsesExceeded(i64),
    /// 410: the token of changes is too old, or is not a token of this user.
    #[error(
        "The changes since this token are no longer stored, or it is not a token of this user; read all tasks again, with a request for \
         changes without since."
    )]
    ChangesExpired,
    /// 422: the `Idempotency-Key` belongs to a request with another body.
    #[error(
        "This Idempotency-Key was used with another body; send a new key with a new request, and the same body with a retry."
    )]
    KeyReused,
    /// 400: the request is malformed.
    #[error("{0}")]
    Malformed(String),
    /// 408: the body did not arrive within the timeout.
    #[error("The body did not arrive within {} s (BODY_TIMEOUT); send the request again.", .0.as_secs_f64())]
    BodyTimeout(Duration),
    /// 413: the body exceeds the limit.
    #[error("The body is larger than {limit} bytes, the limit of this route ({setting}); send a smaller body.")]
    PayloadTooLarge {
        /// The limit, in bytes.
        limit: usize,
        /// The setting of the limit.
        setting: &'static str,
    },
    /// 415: the body is not JSON.
    #[error("The body must be JSON, with the header Content-Type: application/json.")]
    UnsupportedMediaType,
    /// 415: the body of an import is neither JSON nor iCalendar.
    #[error("The body must be JSON (Content-Type: application/json) or a calendar (Content-Type: text/calendar).")]
    UnsupportedImportType,
    /// 429: the user or the address exceeded its rate limit.
    #[error("{}", error_details::rate_limited(.0))]
    RateLimited(RateLimitStatus),
    /// 429: the user has the maximum number of concurrent requests of this kind.
    #[error("Another {0} of this user is still running; send the request again when it has finished.")]
    TooManyAtOnce(&'static str),
    /// 401: a request for metrics does not present `METRICS_TOKEN`.
    #[error("Metrics require the token of METRICS_TOKEN; send it as Authorization: Bearer.")]
    NoMetricsToken,
    /// 429: the user has the maximum number of event streams.
    #[error("The user has {0} open event streams on this instance (STREAMS_PER_USER); close one of them.")]
    TooManyStreams(usize),
    /// 422: values are invalid. The list is never empty.
    #[error("{0}")]
    ValidationFailed(FieldErrors),
    /// 503: a dependency is unavailable. The cause is logged, not returned.
    #[error("{}", error_details::UNAVAILABLE)]
    Unavailable(String),
    /// 503: the token's key is unknown, and the key set is unavailable.
    ///
    /// The authentication middleware logs the cause, within the log's rate limit.
    #[error("{}", error_details::UNAVAILABLE)]
    KeySetUnavailable,
    /// 503: the service is not ready. The cause, if any, is logged, not returned.
    #[error("The service is not ready: {reason}.")]
    NotReady {
        /// The part that is not ready, and what the operator does, as a clause.
        reason: &'static str,
        /// The internal cause.
        cause: Option<String>,
    },
    /// 500: a fault of the service. The cause is logged, not returned.
    #[error("{}", error_details::INTERNAL)]
    Internal(String),
}

fn operation_detail(is_stale: bool) -> &'static str {
    if is_stale {
        "has a version that is not the task's current version; read the task again"
    } else {
        "names a task that the user does not have"
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::ValidationFailed(errors)
    }
}

impl From<ListRejected> for ApiError {
    fn from(rejection: ListRejected) -> Self {
        match rejection {
            ListRejected::Timeout => Self::Unavailable("timeout while waiting for other lists of the user".into()),
            ListRejected::TooManyUnsentBytes => Self::TooManyAtOnce("list"),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::TaskNotFound,
            DbError::VersionMismatch => Self::PreconditionFailed(TagMismatch::default()),
            DbError::InProgress => Self::InProgress,
            DbError::QuotaExceeded(limit) => Self::QuotaExceeded(limit),
            DbError::ResponseQuotaExceeded(limit) => Self::StoredResponsesExceeded(limit),
            DbError::ChangesExpired => Self::ChangesExpired,
            DbError::Unavailable(cause) => Self::Unavailable(cause),
            DbError::Query(cause) => Self::Internal(cause),
        }
    }
}

impl ApiError {
    /// Returns the stable code of the error: `error.code` of the response.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RateLimited(_) | Self::TooManyAtOnce(_) | Self::TooManyStreams(_) => ErrorCode::TooManyRequests,
            Self::MissingCredential(_) | Self::NoMetricsToken => ErrorCode::NoCredential,
            Self::InvalidCredential(error) | Self::MistakenCredential(error) if error.reason.is_expired() => {
                ErrorCode::CredentialExpired
            }
            Self::InvalidCredential(_) | Self::MistakenCredential(_) => ErrorCode::InvalidCredential,
            Self::Forbidden => ErrorCode::NotOwner,
            Self::UntrustedOrigin(_) | Self::UntrustedPreflight(_) => ErrorCode::OriginNotTrusted,
            Self::TaskNotFound | Self::Operation { is_stale: false, .. } => ErrorCode::TaskNotFound,
            Self::RouteNotFound => ErrorCode::PathNotFound,
            Self::MethodNotAllowed(_) => ErrorCode::MethodNotAllowed,
            Self::PreconditionFailed(_) | Self::Operation { is_stale: true, .. } => ErrorCode::PreconditionFailed,
            Self::InProgress => ErrorCode::RequestInProgress,
            Self::QuotaExceeded(_) | Self::StoredResponsesExceeded(_) => ErrorCode::QuotaExceeded,
            Self::ChangesExpired => ErrorCode::ChangesExpired,
            Self::KeyReused => ErrorCode::IdempotencyKeyReused,
            Self::Malformed(_) => ErrorCode::MalformedRequest,
            Self::BodyTimeout(_) => ErrorCode::RequestTimeout,
            Self::PayloadTooLarge { .. } => ErrorCode::BodyTooLarge,
            Self::UnsupportedMediaType | Self::UnsupportedImportType => ErrorCode::UnsupportedMediaType,
            Self::ValidationFailed(_) => ErrorCode::ValidationFailed,
            Self::Unavailable(_) | Self::KeySetUnavailable | Self::NotReady { .. } => ErrorCode::Unavailable,
            Self::Internal(_) => ErrorCode::InternalError,
        }
    }

    fn headers(&self, response: &mut HttpResponseBuilder) {
        match self {
            Self::MissingCredential(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"tasks\""));
            }
            Self::NoMetricsToken => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\""));
            }
            Self::RateLimited(status) => {
                response.insert_header((header::RETRY_AFTER, status.retry_after()));
                for field in status.header_fields() {
                    response.insert_header(field);
                }
            }
            Self::InvalidCredential(error) | Self::MistakenCredential(error) => {
                let description = if error.reason.is_expired() {
                    "The credential has expired."
                } else {
                    "The credential is not valid."
                };
                let challenge =
                    format!("Bearer realm=\"tasks\", error=\"invalid_token\", error_description=\"{description}\"");
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Self::MethodNotAllowed(allow) => {
                response.insert_header((header::ALLOW, *allow));
            }
            Self::Unavailable(_)
            | Self::KeySetUnavailable
            | Self::NotReady { .. }
            | Self::InProgress
            | Self::TooManyAtOnce(_)
            | Self::TooManyStreams(_) => {
                response.insert_header((header::RETRY_AFTER, "2"));
            }
            _ => {}
        }
    }

    /// Returns the contents of the problem document.
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
                Self::NotReady { cause, .. } => cause.clone(),
                _ => None,
            },
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code().status()
    }

    /// Builds the response without a body. The request middleware writes the [`Problem`] of the extensions with the request id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        self.headers(&mut response);
        let mut response = response.finish();
        response.extensions_mut().insert(self.problem());
        response
    }
}
