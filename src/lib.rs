//! A task API for front ends that sign their users in with Better Auth.
//!
//! The rooms, each of which knows only those above it: [`json`], [`auth`] (proofs), [`recurrence`] (tasks that repeat), [`histogram`]
//! (durations, counted), [`limits`] (who asks for too much), [`store`] (rows), [`config`] (settings), [`keys`] (the key set in use),
//! [`sessions`] (where a session is looked up), [`metrics`] (what Prometheus reads), [`error`] (what is answered when something is
//! wrong), [`shutdown`] (how the service stops), [`openapi`] (the document's vocabulary), `connections` (what one of
//! them can take), [`routes`] (HTTP), [`app`] (the service put
//! together), [`commands`] (what can be said on the command line).

#![warn(unreachable_pub)]

pub mod app;
pub mod auth;
mod cached_check;
pub mod commands;
pub mod config;
mod connections;
pub mod error;
pub mod histogram;
pub mod json;
pub mod keys;
pub mod limits;
pub mod metrics;
pub mod openapi;
mod outbound;
pub mod readiness;
pub mod recurrence;
pub mod routes;
pub mod sessions;
pub mod shutdown;
pub mod store;
