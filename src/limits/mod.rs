//! Rate limits of users and addresses: leaky buckets (GCRA) in bounded memory.
//!
//! A limit counts operations. A request is one operation; a bulk request or an import counts its operations. Each instance of the
//! service counts separately.

#![deny(clippy::arithmetic_side_effects)]

mod bucket;
pub(crate) mod concurrency;
pub(crate) mod first_use_log;
mod limiter;
pub(crate) mod list_memory;
mod log_rate_limiter;
mod rate;
mod rate_limit_status;
pub(crate) mod recent_credentials;
pub(crate) mod recent_users;
mod trusted_proxies;

pub use bucket::MAX_DEBT;
pub use limiter::Limiter;
pub use log_rate_limiter::LogRateLimiter;
pub use rate::Rate;
pub use rate_limit_status::{Policy, RateLimitStatus};
pub use trusted_proxies::TrustedProxies;
