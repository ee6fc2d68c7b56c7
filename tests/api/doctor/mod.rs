//! Tests `task-api doctor`.
//!
//! `set_ups` has the table of set-ups, good and broken. `page` compares it with docs/troubleshooting.md, and can write this page.

mod better_auth;
mod checks;
mod clients;
mod fixture;
mod json;
mod page;
mod set_up;
mod set_ups;
mod settings;
