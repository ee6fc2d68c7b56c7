//! The status of a rate limit, and its header fields.

use crate::limits::rate::{Rate, whole_seconds};

/// The policy of a rate limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// `RATE_LIMIT`: all operations of a user.
    User,
    /// `REFUSAL_LIMIT`: rejected credentials of an address.
    FailedAuth,
}

impl Policy {
    /// Returns the name for header fields, metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::FailedAuth => "refusals",
        }
    }
}

/// The status of a limit after a request.
///
/// The header fields follow draft-ietf-httpapi-ratelimit-headers-10.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimitStatus {
    pub(crate) policy: Policy,
    pub(crate) rate: Rate,
    pub(crate) remaining: u32,
    /// Seconds until the bucket is full. If no operation remains, seconds until one is available. For a rejected request, seconds
    /// until a retry succeeds.
    pub(crate) reset: u64,
}

impl RateLimitStatus {
    /// Returns the status of a key with no operation left.
    pub fn exhausted(policy: Policy, rate: Rate) -> Self {
        Self { policy, rate, remaining: 0, reset: whole_seconds(rate.period()).max(1) }
    }

    /// Returns the policy.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Returns the fields `RateLimit` (remaining operations, reset) and `RateLimit-Policy` (quota, window in seconds, unit).
    pub fn header_fields(&self) -> [(&'static str, String); 2] {
        let policy = self.policy.as_str();
        let unit = match self.policy {
            Policy::User => ";qu=\"operations\"",
            Policy::FailedAuth => "",
        };
        [
            ("ratelimit", format!("\"{policy}\";r={};t={}", self.remaining, self.reset)),
            ("ratelimit-policy", format!("\"{policy}\";q={};w={}{unit}", self.rate.burst, self.rate.window())),
        ]
    }

    /// Returns the seconds until a retry, at least 1.
    pub fn retry_after(&self) -> u64 {
        self.reset.max(1)
    }
}
