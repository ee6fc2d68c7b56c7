//! Proofs: bytes in, a proof of who is asking (or the reason of a refusal) out.
//!
//! Nothing here knows a web framework, a database or the network. What has to be looked up elsewhere (a session's row, a
//! public key that is not known yet) is handed in by the caller, and judged here.

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
