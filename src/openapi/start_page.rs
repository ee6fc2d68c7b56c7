//! The page at `/`, which leads to the documentation.

use std::sync::LazyLock;

use crate::openapi::static_policy;

const STYLE: &str = include_str!("page.css");

/// The page with its inline style.
pub static PAGE: LazyLock<String> = LazyLock::new(|| include_str!("start_page.html").replace("/* page.css */", STYLE));

/// The page's `Content-Security-Policy`.
pub static POLICY: LazyLock<String> = LazyLock::new(|| static_policy(STYLE));
