//! Explains why a credential is accepted or rejected: what was found, what was checked, and what to change.
//!
//! [`Guard::explain`](crate::Guard::explain) explains a request:
//!
//! ```
//! use better_auth_guard::explain::Verdict;
//! use better_auth_guard::{CredentialErrorReason, Guard, RequestHead, Secret};
//! use http::header::{COOKIE, HeaderMap, HeaderValue};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let guard = Guard::builder().secrets([Secret::new("the value of BETTER_AUTH_SECRET, 32 bytes or more")]).build()?;
//! let mut headers = HeaderMap::new();
//! headers.insert(COOKIE, HeaderValue::from_static("better-auth.session_token=6DLBcOCD6gxRQrKG"));
//! let explanation = guard.explain(RequestHead::new(&http::Method::GET, &headers)).await;
//! assert_eq!(explanation.verdict(), &Verdict::Rejected(CredentialErrorReason::Malformed));
//! assert_eq!(
//!     explanation.to_string(),
//!     "found   the cookie better-auth.session_token: 6DLB…, 16 characters\n\
//!      check   failed: malformed\n\
//!      cause   this is the unsigned session token: the cookie must contain the signed token\n\
//!      change  send the cookie unchanged, as Better Auth set it\n\
//!      verdict rejected\n"
//! );
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! [`Explainer`] does the same without a guard. The caller looks up the [`Facts`], names the settings ([`Setting`]) and describes the
//! sources ([`SourceLocation`]).
//!
//! The texts are for developers and operators, not for clients: they state the accepted audience, the user's id and the age of a
//! session. They contain no secret. Tokens are truncated to 8 characters or less.

mod context;
mod cookie_cache;
mod explainer;
mod explanation;
mod facts;
mod finding;
mod guard;
mod jwt;
mod missing;
mod presented;
mod session;
mod setting;
mod unverified_jwt;
mod verification;

pub use crate::source_location::SourceLocation;
pub use explainer::Explainer;
pub use explanation::{Explanation, Step, StepKind, Verdict};
pub use facts::{Facts, TokenMatch, Unknown};
pub use setting::Setting;
