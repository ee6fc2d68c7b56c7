//! Tests session look-up and the cookie cache.

pub mod batched_lookups;
pub mod cookie_cache_http;
pub mod get_session;
pub mod redis;
pub mod session_cookies;
pub mod session_rows;
pub mod session_vectors;
pub mod table_names;
