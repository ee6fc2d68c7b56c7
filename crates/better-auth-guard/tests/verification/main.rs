//! Tests of verification, of the guard, and of the web frameworks, without a database.
//!
//! A test of a feature runs if the feature is enabled: `cargo test -p better-auth-guard --all-features`.

mod bearer_vector_checks;
mod captured_vectors;
mod cookie_cache;
mod cookie_cache_vectors;
mod cookie_vector_checks;
mod credential_mutations;
#[cfg(any(feature = "actix", feature = "axum"))]
mod frameworks;
mod guard;
mod id_tokens;
mod jwks_refresh;
#[cfg(feature = "reqwest")]
mod jwks_sources;
mod jwt;
mod key_validation;
mod random_credentials;
mod rfc8725_algorithms;
mod rfc8725_claims;
mod roca;
#[cfg(feature = "http")]
mod sessions_http;
mod support;
