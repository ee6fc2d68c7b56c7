//! Policies, credentials and captured vectors for the tests.

mod credentials;
#[cfg(feature = "reqwest")]
#[expect(dead_code, reason = "the service's tests use the other replies")]
pub mod server;
mod session_data;
pub mod third_party;
pub mod vectors;

use better_auth_guard::{AuthPolicy, ClaimCheck, CookieCacheMode, Secret, Verifier};
use chrono::{DateTime, Utc};

pub use credentials::{
    BETTER_AUTH_URL, SECRET, VerificationResult, base64url, cookie_header, ed25519, ed25519_jwk, eddsa, eddsa_of, hmac,
    hs256, jws, jwt, verify_header,
};
pub use session_data::{OTHER_SECRET, TOKEN, cached_session, compact, in_one_hour, jwe, with_cached_session};

/// Returns the policy of a service with [`SECRET`] and [`BETTER_AUTH_URL`].
pub fn policy() -> AuthPolicy {
    policy_of(&[SECRET])
}

/// Returns the policy of a service with these secrets and [`BETTER_AUTH_URL`].
pub fn policy_of(secrets: &[&str]) -> AuthPolicy {
    let mut policy = AuthPolicy::new(secrets.iter().map(|secret| Secret::new(*secret)));
    policy.jwt.audience = ClaimCheck::BaseUrl(BETTER_AUTH_URL.into());
    policy.jwt.issuer = ClaimCheck::BaseUrl(BETTER_AUTH_URL.into());
    policy
}

/// Returns [`policy`] with a change.
pub fn policy_with(change: impl FnOnce(&mut AuthPolicy)) -> AuthPolicy {
    let mut policy = policy();
    change(&mut policy);
    policy
}

/// Returns this policy with the cookie cache in this mode.
pub fn with_cookie_cache(mode: CookieCacheMode, mut policy: AuthPolicy) -> AuthPolicy {
    policy.cookie_cache.mode = mode;
    policy
}

/// Returns [`policy`] without checks of `iss` and `aud`. Captured tokens have another issuer than the tests, or none.
pub fn policy_with_any_issuer() -> AuthPolicy {
    policy_with(|policy| (policy.jwt.issuer, policy.jwt.audience) = (ClaimCheck::Off, ClaimCheck::Off))
}

/// Returns the verifier of [`policy`].
pub fn verifier() -> Verifier {
    Verifier::new(policy())
}

/// Converts Unix milliseconds.
pub fn timestamp(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).expect("the timestamp is in range")
}
