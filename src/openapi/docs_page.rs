//! The documentation page: one HTML document, built from an HTML, a CSS and a JavaScript file.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page with inline style and script.
pub static PAGE: LazyLock<String> = LazyLock::new(|| {
    let html = include_str!("page.html");
    html.replace("/* page.css */", STYLE).replace("/* page.js */", SCRIPT)
});

/// The page's `Content-Security-Policy`. Allows only the inline script, the inline style, and requests to the same origin.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
});
