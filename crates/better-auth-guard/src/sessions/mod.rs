//! Looks up the session of a token.
//!
//! The token's signature is already verified. [`SessionToken::verify_record`](crate::SessionToken::verify_record) then verifies the
//! session, for all sources in the same way.

#[cfg(feature = "http")]
mod cookie_probe;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "http", feature = "redis"))]
mod secondary_storage;
mod source;

#[cfg(feature = "http")]
pub use cookie_probe::{CookieProbe, probe_cookie};
#[cfg(feature = "http")]
pub use http::HttpSessions;
#[cfg(feature = "redis")]
pub use redis::{InvalidRedisUrl, RedisSessions, RedisUrl};
pub(crate) use source::Sessions;
pub use source::{SessionSource, Unavailable};
