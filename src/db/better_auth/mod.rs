//! Reads Better Auth's tables: `session` and `user` for session tokens, `jwks` for JWTs. Better Auth migrates them.
//!
//! All adapters and table names of Better Auth 1.2 to 1.7 are supported (`schema_detector`). Ids of all types are read as text,
//! and timestamps in all encodings (`ambiguous_instant`). `jwks.expiresAt` exists from 1.4, `jwks.alg` from 1.7, and the ban
//! columns with the admin plugin. The detector finds the columns that exist.

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
