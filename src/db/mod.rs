//! The database layer: all SQL, for PostgreSQL and SQLite.
//!
//! The table of tasks is private to this module. Other modules reach tasks only by [`Db::read`], [`Db::write`] and [`Db::import`]. These
//! require an `Owner`, which only a verified credential creates. A query without an owner does not compile.
//!
//! ```compile_fail,E0603
//! use task_api::db::schema::tasks; // the table is not visible
//! ```

mod better_auth;
mod citus;
mod connection;
mod connection_manager;
mod database;
mod database_url;
mod diagnostics;
mod dialect;
mod error;
mod error_classes;
mod fair_queue;
mod feed;
mod group_commit;
mod instrumentation;
mod job;
mod maintenance;
mod migrations;
mod optimistic_groups;
mod pool;
mod pool_stats;
mod pooled_worker;
mod postgres_url;
mod purge;
mod response_quota;
mod row_security;
mod schema;
mod settings;
mod sqlite_files;
mod sqlite_functions;
mod statement_time;
mod task_context;
mod tasks;
mod tls_parameters;
mod transaction;
mod user_naming;
mod user_transaction;

pub use better_auth::{NewSession, create_session};
pub use citus::CitusState;
pub use connection_manager::Synchronous;
pub use database::Db;
pub use database_url::DatabaseUrl;
pub use diagnostics::{DatabaseChecks, Server, check_database};
pub use error::DbError;
pub use feed::{LiveEvents, Subscription};
pub use maintenance::{checkpoint, copy_file};
pub use migrations::{MigrationState, Migrator};
pub use pool_stats::measure_time;
pub use row_security::RowSecurity;
pub use settings::DatabaseSettings;
pub use sqlite_files::{create_folder, files_open_to_others};
pub(crate) use tasks::timestamp::parse as parse_timestamp;
pub use tasks::{
    Access, Change, ChangePage, ChangePosition, ChangesSince, DueFilter, DueRange, DueSpan, Filter, GroupSpans,
    IdempotencyRequest, Imported, Keyset, KeysetValue, List, Occurrences, Page, PageStart, Read, Sort, SortKey, Stats,
    StoredResponse, Tasks, VersionCondition, Write, WriteOutcome, ZoneGroups, ZoneRanges,
};
pub use user_naming::UserNaming;
