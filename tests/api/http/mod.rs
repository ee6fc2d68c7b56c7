//! Tests of HTTP behaviour that all routes share.

pub mod bodies;
pub mod body_limits;
pub mod connections;
pub mod cors;
pub mod cors_origins;
pub mod error_bounds;
pub mod error_codes;
pub mod error_texts;
pub mod errors;
pub mod hostile_text;
pub mod hostile_urls_and_headers;
pub mod logs;
pub mod malformed_requests;
pub mod rate_limits;
pub mod raw_http;
pub mod refusal_limits;
pub mod response_headers;
pub mod start_page;
pub mod strict_handling;
