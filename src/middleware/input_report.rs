//! Strict handling of ignored input (`Prefer: handling=strict`, RFC 7240 section 4.4), and its log in development mode.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use crate::api::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::api::ignored_input::IgnoredInput;
use crate::middleware::access_log;
use crate::middleware::request_context::RequestContext;
use crate::state::AppState;

/// Collects the ignored input of a request. A handler calls [`check`](Self::check) after it has parsed the request.
pub(crate) struct InputReport {
    /// The ignored input.
    pub ignored: IgnoredInput,
    request: HttpRequest,
}

impl InputReport {
    /// Returns whether the client prefers strict handling.
    pub(crate) fn is_strict(&self) -> bool {
        RequestContext::of(&self.request).prefers_strict
    }

    /// Adds all parameters of the query: the route has none.
    pub(crate) fn without_parameters(mut self) -> Self {
        if self.ignored.is_collecting() {
            for (name, _) in url::form_urlencoded::parse(self.request.query_string().as_bytes()) {
                self.ignored.push_unknown(&name, &[], FieldError::parameter);
            }
        }
        self
    }

    /// Returns the outcome of parsing. With strict handling, ignored input is an error. The development mode logs it.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`]: the request has ignored input. The error of `outcome`.
    pub(crate) fn check<T>(self, outcome: ApiResult<T>) -> ApiResult<T> {
        let context = RequestContext::of(&self.request);
        let is_strict = self.is_strict();
        let ignored = self.ignored.into_errors();
        if is_strict {
            context.is_strict.set(true);
            return with_ignored(outcome, ignored);
        }
        if !ignored.is_empty() {
            access_log::log_ignored_input(&self.request, &ignored);
        }
        outcome
    }
}

/// Adds the errors of ignored input to those of parsing.
fn with_ignored<T>(outcome: ApiResult<T>, ignored: FieldErrors) -> ApiResult<T> {
    match outcome {
        Ok(value) => Ok(ignored.into_result(value)?),
        Err(ApiError::ValidationFailed(mut errors)) => {
            errors.append(ignored);
            Err(errors.into())
        }
        Err(error) => Err(error),
    }
}

impl FromRequest for InputReport {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state");
        let collects = state.is_development || RequestContext::of(request).prefers_strict;
        ready(Ok(Self { ignored: IgnoredInput::new(collects), request: request.clone() }))
    }
}
