//! A task API for front ends that sign in users with Better Auth.
//!
//! CONTRIBUTING.md lists the layers. Each layer imports only the layers before it. The main modules:
//!
//! - [`better_auth_guard`] verifies credentials.
//! - [`db`] has the SQL.
//! - [`api`] has the formats of requests and responses.
//! - [`routes`] has the handlers.
//! - [`server`] runs the service.
//! - [`cli`] has the commands.

#![warn(unreachable_pub)]

pub mod api;
mod cached_check;
pub mod cli;
pub mod config;
mod connections;
pub mod db;
#[doc(hidden)]
pub mod fuzzing;
mod histogram;
pub mod jwks;
pub mod limits;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod readiness;
pub mod recurrence;
pub mod routes;
pub mod server;
pub mod sessions;
pub mod shutdown;
pub mod state;
pub mod task;

/// Tests the code in the README of the crate better-auth-guard. Here, because its optional dependencies lack the macros of actix-web.
#[cfg(doctest)]
#[doc = include_str!("../crates/better-auth-guard/README.md")]
struct GuardReadme;
