//! Behaviour at the HTTP edge, of a real server on a real database: every test runs on SQLite and on PostgreSQL.

mod auth;
mod bulk;
mod cli;
mod compile_fail;
mod database;
mod health;
mod http;
mod jwks;
mod lists;
mod metrics;
mod openapi;
mod outages;
mod sessions;
mod stats;
mod support;
mod tasks;
mod transfer;
