//! Servers, databases, clients and credentials for the tests.

mod app;
mod certificates;
mod citus;
mod client;
mod cluster;
#[path = "../../../crates/better-auth-guard/tests/verification/support/credentials.rs"]
mod credentials;
mod database;
mod direct_access;
mod events;
mod journal;
mod mask;
mod proxy;
mod redis;
mod service;
mod session;
#[path = "../../../crates/better-auth-guard/tests/verification/support/session_data.rs"]
mod session_data;
mod terminal;
#[path = "../../../crates/better-auth-guard/tests/verification/support/third_party.rs"]
pub mod third_party;
#[expect(dead_code, reason = "the guard's tests need more of it")]
#[path = "../../../crates/better-auth-guard/tests/verification/support/vectors.rs"]
pub mod vectors;

pub use app::{App, Settings, config, verifier};
pub use certificates::Certificates;
pub use citus::{node_of, nodes};
pub use client::{Request, Response, send_bytes};
pub use cluster::{Cluster, SUPERUSER, is_citus};
pub use credentials::{BETTER_AUTH_URL, SECRET, cookie_header, eddsa_of, hs256, jwt};
pub use credentials::{VerificationResult, base64url, ed25519, ed25519_jwk, eddsa, hmac, jws, verify_header};
pub use database::{Database, insert, migrate};
pub use direct_access::{block_on, new_task, owner, update_without_recurrence};
pub use events::{Event, EventStream};
pub use journal::Journal;
pub use mask::mask;
pub use proxy::{Direction, Fault, Proxy};
pub use redis::RedisServer;
pub use service::{Service, production, task_api};
pub use session::{expect_missing_credential, expect_outage, expect_rejected, session_json, session_token};
pub use session_data::{
    OTHER_SECRET, TOKEN, cached_session, compact, in_one_hour, iso_in_one_hour, jwe, with_cached_session,
};
pub use terminal::Terminal;

/// A setting: the key set is an empty file. Only requests then use the database.
pub const NO_KEYS: (&str, &str) = ("JWKS_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/no_keys.json"));

/// A setting: a valid cookie cache replaces the session look-up.
pub const CACHE_ON: (&str, &str) = ("SESSION_CACHE", "on");

/// A setting: the cookie cache is the only source of sessions.
pub const COOKIE_ONLY: (&str, &str) = ("SESSION_SOURCE", "cookie");

/// Declares tests that run once on each database, as `sqlite::NAME` and `postgres::NAME`.
///
/// `cargo test -- --skip postgres::` leaves out every test that needs PostgreSQL.
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] $(#[$attribute])* fn $name() { super::$name($crate::support::Database::Sqlite) })+
        }
        mod postgres {
            $(#[test] $(#[$attribute])* fn $name() { super::$name($crate::support::Database::Postgres) })+
        }
    };
}

/// Declares tests that need PostgreSQL, as `only::postgres::NAME`.
#[macro_export]
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {
        mod only {
            mod postgres {
                $(#[test] fn $name() { super::super::$name() })+
            }
        }
    };
}

/// Declares tests that need a Citus, as `citus::NAME`. `./test.sh --citus` runs them on `CITUS_DATABASE_URL`.
#[macro_export]
macro_rules! on_citus {
    ($($name:ident),+ $(,)?) => {
        mod citus {
            $(#[test] #[ignore = "needs a Citus in CITUS_DATABASE_URL: ./test.sh --citus runs it"] fn $name() { super::$name() })+
        }
    };
}

/// Declares tests that start PostgreSQL themselves, as `own_server::postgres::NAME`; `TEST_DATABASE_URL` cannot replace it.
#[macro_export]
macro_rules! on_own_postgres {
    ($($name:ident),+ $(,)?) => {
        mod own_server {
            mod postgres {
                $(#[test] fn $name() { super::super::$name() })+
            }
        }
    };
}
