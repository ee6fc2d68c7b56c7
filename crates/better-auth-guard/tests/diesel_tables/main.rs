//! Tests the feature `diesel` on SQLite and PostgreSQL.
//!
//! PostgreSQL is `TEST_DATABASE_URL`, or a private cluster. `cargo test -- --skip postgres::` leaves out the tests that need it.

#![cfg(feature = "diesel")]

mod captured_rows;
#[expect(dead_code, reason = "the service's tests need more of it")]
#[path = "../../../../tests/api/support/cluster.rs"]
mod cluster;
mod database;
mod keys;
mod sessions;
mod table_names;
#[expect(dead_code, reason = "the tests of the verification need more of it")]
#[path = "../verification/support/vectors.rs"]
mod vectors;

/// Declares tests that run once on each database, as `sqlite::NAME` and `postgres::NAME`.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name::<diesel::SqliteConnection>() })+
        }
        mod postgres {
            $(#[test] fn $name() { super::$name::<diesel::PgConnection>() })+
        }
    };
}
