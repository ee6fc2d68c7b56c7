//! Builds the application and runs the server.

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

/// Builds the state of a service from its settings and its database.
pub fn state(config: &Config, db: Db) -> AppState {
    AppState::new(config, db, routes::patterns(), routes::openapi)
}
