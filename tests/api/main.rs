//! Behaviour at the HTTP edge, of a real server on a real database: every test runs on SQLite and on PostgreSQL.

mod support;

mod cors;
mod errors;
mod fields;
mod guard;
mod health;
mod jwt;
mod key_url;
mod keys;
mod lists;
mod migrations;
mod origin;
mod process;
mod sessions;
mod store;
mod tasks;
mod vectors;
