//! How much one user, or one address, may ask for: leaky buckets (GCRA), in memory that is bounded whoever asks.
//!
//! What is counted are operations: a request is one, and one that carries more (a bulk, an import) is as many as it carries. Each
//! instance of the service counts on its own.

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
mod trusted_proxies;

pub use bucket::MAX_DEBT;
pub use limiter::Limiter;
pub use log_rate_limiter::LogRateLimiter;
pub use rate::Rate;
pub use rate_limit_status::{Policy, RateLimitStatus};
pub use trusted_proxies::TrustedProxies;
