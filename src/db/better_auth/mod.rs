//! Better Auth's tables, which it migrates itself and this service only reads: `session` and `user` for cookies, `jwks` for JWTs.
//!
//! They are those of Better Auth 1.2 to 1.7, by whichever adapter they were made and under whatever names (`finder`); ids are of any
//! type, and read as text; times are in any encoding that there is (`time`). `jwks.expiresAt` came with 1.4, `jwks.alg` with 1.7, the
//! columns of a ban with the admin plugin: what is there is found out.

pub(super) mod ambiguous_instant;
pub(super) mod development_tables;
pub(super) mod information_schema;
pub(super) mod inspect;
pub(super) mod names;
pub(super) mod oauth_clients;
pub(super) mod public_keys;
pub(super) mod schema_detector;
pub(super) mod session_batcher;
pub(super) mod sessions;

pub use development_tables::{NewSession, create_session};
pub use names::{BetterAuthNames, ColumnName, Model, TableName};
pub use schema_detector::{BetterAuthTables, KeyTable, SessionTables};
