//! What is left of a rate limit after a request, and its header fields.

use crate::limits::rate::{Rate, whole_seconds};

/// What requests are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// `RATE_LIMIT`: all that one user asks for.
    User,
    /// `REFUSAL_LIMIT`: the credentials from one address that were refused.
    FailedAuth,
}

impl Policy {
    /// The name used in header fields, metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::FailedAuth => "refusals",
        }
    }
}

/// Where somebody stands after a request: the fields of draft-ietf-httpapi-ratelimit-headers-10.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimitStatus {
    pub(crate) policy: Policy,
    pub(crate) rate: Rate,
    pub(crate) remaining: u32,
    /// In seconds: until all is there again, and where nothing is left, until one operation is. Of a refusal: until the request can be
    /// repeated.
    pub(crate) reset: u64,
}

impl RateLimitStatus {
    /// Of somebody who has just used up everything.
    pub fn exhausted(policy: Policy, rate: Rate) -> Self {
        Self { policy, rate, remaining: 0, reset: whole_seconds(rate.period()).max(1) }
    }

    /// What was counted by.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// `RateLimit`: what is left, and when there is more; `RateLimit-Policy`: how much in how many seconds, and of what where it is
    /// not requests.
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

    /// Seconds after which it is worth trying again, at least one.
    pub fn retry_after(&self) -> u64 {
        self.reset.max(1)
    }
}
