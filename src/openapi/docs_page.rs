//! The documentation page: one HTML document, built from an HTML, a CSS and two JavaScript files.

use std::sync::LazyLock;

use crate::openapi::source_hash;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(include_str!("page_request.js"), include_str!("page.js"));

/// The page with inline style and script.
pub static PAGE: LazyLock<String> = LazyLock::new(|| {
    let html = include_str!("page.html");
    html.replace("/* page.css */", STYLE).replace("/* page.js */", SCRIPT)
});

/// The page's `Content-Security-Policy`. Allows only the inline script, the inline style, and requests to the same origin.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        source_hash(SCRIPT),
        source_hash(STYLE)
    )
});
