//! The document of a service, made when a client first asks for it.

use std::sync::LazyLock;

use actix_web::web;
use serde_json::Value;

use crate::config::Config;

/// The text of the document.
pub struct Document(LazyLock<web::Bytes, Box<dyn FnOnce() -> web::Bytes + Send>>);

impl Document {
    /// The document that `make` makes for these settings.
    pub fn new(config: &Config, make: fn(&Config) -> Value) -> Self {
        let config = config.clone();
        Self(LazyLock::new(Box::new(move || make(&config).to_string().into())))
    }

    /// Gives the text, without a copy.
    pub(crate) fn text(&self) -> web::Bytes {
        web::Bytes::clone(&self.0)
    }
}
