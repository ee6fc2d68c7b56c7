//! The OpenAPI document of a service, built at the first request for it.

use std::sync::LazyLock;

use actix_web::web;
use serde_json::Value;

use crate::config::Config;

/// The lazily built text of the document.
pub struct Document(LazyLock<web::Bytes, Box<dyn FnOnce() -> web::Bytes + Send>>);

impl Document {
    /// Creates a document that calls `build` with these settings once.
    pub fn new(config: &Config, build: fn(&Config) -> Value) -> Self {
        let config = config.clone();
        Self(LazyLock::new(Box::new(move || build(&config).to_string().into())))
    }

    /// Returns the text without copying it.
    pub(crate) fn text(&self) -> web::Bytes {
        web::Bytes::clone(&self.0)
    }
}
