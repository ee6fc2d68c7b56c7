//! The page that shows the document: one file for the browser, made of three for its authors.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page, with its style and its script in it.
pub static PAGE: LazyLock<String> = LazyLock::new(|| {
    let frame = include_str!("page.html");
    frame.replace("/* page.css */", STYLE).replace("/* page.js */", SCRIPT)
});

/// Its `Content-Security-Policy`: nothing runs but that script, and nobody is asked but this service.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
});
