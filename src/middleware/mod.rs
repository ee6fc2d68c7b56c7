//! Middleware: request context, authentication, rate limits, access log and response headers.

pub(crate) mod access_log;
pub(crate) mod authenticate;
pub(crate) mod credential_attempt;
pub(crate) mod edge;
pub(crate) mod input_report;
pub(crate) mod origin_check;
pub(crate) mod problem_response;
pub(crate) mod rate_limit;
pub(crate) mod request_body;
pub(crate) mod request_context;
pub(crate) mod response_body;
pub(crate) mod security_headers;
pub(crate) mod server_timing;
pub(crate) mod stream_credential;
pub(crate) mod trace_context;
pub(crate) mod tracked_body;
