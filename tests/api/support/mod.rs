//! What tests are made of.

mod app;
mod client;
mod cluster;
mod credentials;
mod journal;
mod proxy;
mod redis;
mod service;
mod session;
mod session_data;

pub use app::{App, Database, Settings, config};
pub use client::{Answer, Request, begin};
pub use cluster::Cluster;
pub use cluster::SUPERUSER;
pub use credentials::{SECRET, cookie_header, hs256, jwt};
pub use credentials::{Verdict, base64url, ed25519, ed25519_jwk, eddsa, hmac, judge, jws, verifier};
pub use journal::Journal;
pub use proxy::{Fault, Proxy, Way};
pub use redis::RedisServer;
pub use service::{Service, production, task_api};
pub use session::{expect_nobody, expect_outage, expect_refused, session_json, session_token};
pub use session_data::{compact, inner, jwe};

/// A setting: public keys come from a file, where there are none, so that nothing but requests asks the database for anything.
pub const NO_KEYS: (&str, &str) = ("JWKS_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/no_keys.json"));

/// Declares tests that run once on each database, as `sqlite::NAME` and `postgres::NAME`.
///
/// `TASK_API_TEST_DATABASES=sqlite` leaves PostgreSQL out, and `./test.sh --sqlite-only` says so.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name($crate::support::Database::Sqlite) })+
        }
        mod postgres {
            $(#[test] fn $name() {
                if $crate::support::Database::postgres_is_wanted() {
                    super::$name($crate::support::Database::Postgres)
                }
            })+
        }
    };
}
