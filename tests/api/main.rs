//! Tests of the HTTP API, with a real server on a real database. Most tests run on SQLite and on PostgreSQL.

mod auth;
mod bulk;
mod changes;
mod cli;
mod clients;
mod compile_fail;
mod database;
mod doctor;
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
