//! Verifies credentials and authenticates users.
//!
//! This module does not depend on a web framework, a database or the network. The caller looks up sessions and fetches public keys;
//! this module verifies them.

mod algorithm;
mod cookie;
mod cookie_cache;
mod credential;
mod credential_error;
mod credential_kind;
mod jwe;
mod jws;
mod jwt;
mod key_set;
mod roca;
mod secret;
mod session;
mod user;
mod verified_token_cache;
mod verifier;

pub use algorithm::Algorithm;
pub use cookie::{CookieName, SessionToken, signed_cookie_value};
pub use cookie_cache::{CookieCacheMode, CookieCacheSettings};
pub use credential::Credential;
pub use credential_error::{CredentialError, CredentialErrorReason};
pub use credential_kind::CredentialKind;
pub use jwt::{CLIENT_CLAIMS, ClaimCheck, JwtRules, mint};
pub(crate) use key_set::KeySetId;
pub use key_set::{KeySet, MAX_KEY_SET_BYTES, RejectedJwk};
pub use secret::{MIN_SECRET_BYTES, Secret};
pub use session::SessionRecord;
pub use user::{Owner, UserId};
pub use verifier::{AuthPolicy, CredentialHeaders, CredentialText, Verifier};
