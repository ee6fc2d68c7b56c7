//! A task API for front ends that sign their users in with Better Auth.
//!
//! The rooms, each of which knows only those above it: [`json`], [`auth`] (proofs), [`recurrence`] (tasks that repeat), [`store`]
//! (rows), [`config`] (settings), [`keys`] (the key set in use), [`error`] (what is answered when something is wrong), [`routes`] (HTTP), [`app`] (the service put
//! together), [`commands`] (what can be said on the command line).

#![warn(unreachable_pub)]

pub mod app;
pub mod auth;
pub mod commands;
pub mod config;
pub mod error;
pub mod json;
pub mod keys;
pub mod openapi;
pub mod recurrence;
pub mod routes;
pub mod store;
