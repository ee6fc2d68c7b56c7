//! Reads Better Auth's tables: `session` and `user` for session tokens, `jwks` for JWTs. Better Auth migrates them.
//!
//! The crate `better-auth-guard` detects the tables and makes the statements. This module runs them on the service's connections.

pub(super) mod connection;
pub(super) mod development_tables;
pub(super) mod inspect;
pub(super) mod oauth_clients;
pub(super) mod public_keys;
pub(super) mod session_batcher;
pub(super) mod sessions;
pub(super) mod tables_error;

pub use development_tables::{NewSession, create_session};
