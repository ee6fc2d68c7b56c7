//! Behaviour at the HTTP edge, of a real server on a real database: every test runs on SQLite and on PostgreSQL.

mod support;

mod bodies;
mod bulk;
mod completion;
mod conditions;
mod cors;
mod cursors;
mod errors;
mod fields;
mod fields_dates;
mod fields_names;
mod filters;
mod guard;
mod health;
mod idempotency;
mod jwt;
mod keys;
mod lists;
mod migrations;
mod model;
mod origin;
mod outages;
mod pages;
mod paging_under_writes;
mod plans;
mod process;
mod recurrence;
mod sessions;
mod stats;
mod store;
mod tasks;
mod transfer;
mod trash;
mod vectors;
