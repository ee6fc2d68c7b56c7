//! Tests of HTTP behaviour that all routes share.

pub mod bodies;
pub mod body_limits;
pub mod connections;
pub mod cors;
pub mod error_bounds;
pub mod errors;
pub mod hostile_text;
pub mod logs;
pub mod rate_limits;
pub mod raw_http;
pub mod response_headers;
