//! Builds the application, and runs it as a server.

mod app;
mod background;
mod cors;
#[cfg(test)]
mod panic_tests;
mod serve;

use crate::config::Config;
use crate::db::Db;
use crate::routes;
use crate::state::AppState;

pub use app::{AppFactory, app};
pub use serve::serve;

/// The state of a service with these settings, on this database.
pub fn state(config: &Config, db: Db) -> AppState {
    AppState::new(config, db, routes::patterns(), routes::openapi)
}
