//! Looks up sessions and keys in Better Auth's tables with diesel, on SQLite and PostgreSQL.
//!
//! [`DieselTables`] reads `session`, `user` and `jwks`. Better Auth migrates them; this crate writes to none.
//! All adapters and table names of Better Auth 1.2 to 1.7 are supported:
//!
//! - A table is detected by a default name in any case, such as `session`, `sessions` or `Session`, and by its columns, such as
//!   `userId` or `user_id`. Other names are configured ([`BetterAuthNames`]).
//! - Ids of all types are read as text. Timestamps are read in all encodings; [`BetterAuthNames::time_zone`] applies to those without
//!   a zone.
//! - `jwks.expiresAt` exists from 1.4, `jwks.alg` from 1.7, and the ban columns with the admin plugin. Missing columns are skipped.
//!
//! Missing or ambiguous tables, an unreachable database and a slow query are [`Unavailable`](crate::sessions::Unavailable): 503, not
//! 401.
//!
//! # PostgreSQL
//!
//! ```no_run
//! use better_auth_guard::diesel::DieselTables;
//! use better_auth_guard::{BetterAuthJwks, Guard, Jwks, Secret};
//! use diesel::PgConnection;
//! use diesel::r2d2::{ConnectionManager, Pool};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let manager = ConnectionManager::<PgConnection>::new(std::env::var("DATABASE_URL")?);
//! let tables = DieselTables::new(Pool::builder().max_size(4).build(manager)?);
//! let guard = Guard::builder()
//!     .secrets([Secret::new(std::env::var("BETTER_AUTH_SECRET")?)])
//!     .base_url("https://app.example.com")
//!     .jwks(Jwks::new(BetterAuthJwks { url: None, table: tables.clone() }))
//!     .sessions(tables)
//!     .build()?;
//! # let _ = guard;
//! # Ok(())
//! # }
//! ```
//!
//! # SQLite
//!
//! Set `PRAGMA busy_timeout` on each connection ([`CustomizeConnection`](diesel::r2d2::CustomizeConnection)), unless Better Auth
//! opened the file in WAL mode: a query otherwise fails while Better Auth writes.
//!
//! ```no_run
//! use better_auth_guard::diesel::{BetterAuthNames, DieselTables};
//! use better_auth_guard::{Guard, Secret};
//! use diesel::SqliteConnection;
//! use diesel::r2d2::{ConnectionManager, Pool};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::new(ConnectionManager::<SqliteConnection>::new("better-auth.db"))?;
//! let names = BetterAuthNames { session: Some("app_sessions".parse()?), ..BetterAuthNames::default() };
//! let guard = Guard::builder()
//!     .secrets([Secret::new(std::env::var("BETTER_AUTH_SECRET")?)])
//!     .base_url("https://app.example.com")
//!     .sessions(DieselTables::new(pool).names(names))
//!     .build()?;
//! # let _ = guard;
//! # Ok(())
//! # }
//! ```
//!
//! # Other pools
//!
//! A service with its own pool implements [`SessionSource`](crate::sessions::SessionSource) with a [`SchemaDetector`]: the detected
//! [`SessionTables`] make the statement ([`SessionTables::query`]), and a [`TableConnection`] runs it.

mod ambiguous_instant;
mod connection;
mod deadline_pool;
mod diesel_tables;
mod information_schema;
mod names;
mod private_keys;
mod public_keys;
mod read_error;
mod schema_detector;
mod session_query;
mod tables;

pub use ambiguous_instant::UnknownTimestamp;
pub use connection::{Dialect, TableConnection, TextRow};
pub use diesel_tables::DieselTables;
pub use names::{BetterAuthNames, ColumnName, Model, TableName};
pub use private_keys::{SecretMatch, StoredPrivateKey};
pub use read_error::ReadError;
pub use schema_detector::SchemaDetector;
pub use session_query::{SessionQuery, SessionRow};
pub use tables::{BetterAuthTables, ExpiryColumn, KeyTable, SessionTables, TablesError};
