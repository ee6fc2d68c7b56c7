//! Verifies credentials of [Better Auth](https://www.better-auth.com) in Rust services.
//!
//! Better Auth is a TypeScript library. It signs users in and issues session cookies and JWTs. This crate verifies both in a service
//! that is written in Rust. It supports Better Auth 1.2 to 1.7.
//!
//! | credential | verification |
//! |---|---|
//! | `Authorization: Bearer` + JWT | signature by a key of the key set (EdDSA, ES256, ES512, RS256, PS256) or by the secret (HS256), then `exp`, `nbf`, `iat`, `aud`, `iss` |
//! | session cookie, or Bearer + signed session token | HMAC-SHA256 by the secret, then a session look-up |
//! | session cookie + cookie cache (`session_data`) | HMAC-SHA256, JWT or JWE; replaces the look-up (feature `cookie-cache`) |
//!
//! [`Guard`] does all of this. Build one, then use it with a web framework:
//!
//! ```
//! use better_auth_guard::{Guard, Jwks, Secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let keys = better_auth_guard::KeySet::default();
//! let guard = Guard::builder()
//!     .secrets([Secret::new("the value of BETTER_AUTH_SECRET, 32 bytes or more")])
//!     .base_url("https://app.example.com")
//!     .jwks(Jwks::set(keys)) // default: the key set at `base_url`
//!     .build()?;
//! # let _ = guard;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | contents |
//! |---|---|
//! | `reqwest` (default) | fetches the key set over HTTP |
//! | `http` | session look-up with Better Auth's `get-session` |
//! | `redis` | session look-up in Better Auth's secondary storage |
//! | `diesel` | session look-up and keys in Better Auth's tables, on SQLite and PostgreSQL |
//! | `cookie-cache` | the cookie `session_data` (compact, jwt, jwe) |
//! | `actix` | a middleware and extractors for actix-web 4 |
//! | `axum` | a layer and extractors for axum 0.8 |
//! | `tower` | a layer for tower services |
//!
//! # Errors
//!
//! An invalid credential is 401. An unreachable key set or session source is 503: the guard never accepts a credential that it could
//! not verify, and never reports it as invalid.

#![warn(unreachable_pub)]

#[cfg(feature = "actix")]
pub mod actix;
mod algorithm;
mod authenticated;
mod authorization_mistake;
#[cfg(feature = "axum")]
pub mod axum;
mod build_error;
mod cookie;
mod cookie_cache;
mod credential;
mod credential_error;
mod credential_kind;
#[cfg(feature = "diesel")]
pub mod diesel;
pub mod endpoints;
pub mod explain;
mod failed_attempts;
mod guard;
mod guard_builder;
#[cfg(feature = "reqwest")]
mod http_client;
mod invalid_credential;
pub mod json;
mod jwe;
mod jwks;
mod jws;
mod jwt;
mod key_set;
mod origin;
mod request_head;
mod roca;
mod secret;
mod session;
pub mod sessions;
mod source_location;
#[cfg(feature = "tower")]
pub mod tower;
mod trusted_origin;
#[cfg(any(feature = "actix", feature = "tower"))]
mod unavailable_log;
mod user;
mod verified_token_cache;
mod verifier;

pub use algorithm::Algorithm;
pub use authenticated::Authenticated;
pub use authorization_mistake::AuthorizationMistake;
pub use build_error::BuildError;
pub use cookie::{CookieName, SessionToken, signed_cookie_value};
pub use cookie_cache::{CookieCacheMode, CookieCacheSettings};
pub use credential::Credential;
pub use credential_error::{CredentialError, Rejection};
pub use credential_kind::CredentialKind;
pub use failed_attempts::FailedAttemptLimit;
pub use guard::Guard;
pub use guard_builder::GuardBuilder;
pub use invalid_credential::{CredentialErrorReason, InvalidCredential};
pub use jwks::{
    BetterAuthJwks, HttpClient, HttpResponse, Jwks, JwksCache, JwksFile, JwksSource, JwksStats, JwksTable, JwksUrl,
    KeyOrigin, LoadedKeys, RefreshWait, UndecidedCredential, VerifyError,
};
pub use jwt::{CLIENT_CLAIMS, ClaimCheck, JwtRules, mint};
pub use key_set::{KeySet, KeySetId, MAX_KEY_SET_BYTES, RejectedJwk};
pub use origin::OriginHeaders;
pub use request_head::RequestHead;
pub use secret::{MIN_SECRET_BYTES, Secret};
pub use session::SessionRecord;
pub use trusted_origin::TrustedOrigin;
pub use user::{Forbidden, Owner, UserId};
pub use verifier::{AuthPolicy, CredentialHeaders, CredentialText, Verifier};
