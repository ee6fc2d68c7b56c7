//! The page of the errors: each code with its status, its meaning and what to do, and the reasons in the log.

use std::fmt::Write;
use std::sync::LazyLock;

use crate::api::error::ErrorCode;
use crate::openapi::log_reasons::log_reasons;
use crate::openapi::static_policy;

const STYLE: &str = include_str!("page.css");

/// How a client reads an error, in Markdown with inline code only.
pub const ABOUT_CODES: &str = "Every error response is a problem document (RFC 9457). `error.code` has one of these codes, `detail` \
says what was wrong and what is accepted, and `request_id` finds the request in the log. The member `type` links to the code's entry \
on the page `/docs/errors` of the service.";

/// How an operator finds a reason in the log, in Markdown with inline code only.
pub const ABOUT_REASONS: &str = "The log has a line for each credential that was refused or used for the first time, with `kind`, \
`reason`, `outcome`, `client`, and the `request_id` of the response. `outcome=refused`: the response is 401, except for a text that is \
no credential beside a valid cookie. `outcome=undecided`: 503. `outcome=denied`: 403. `outcome=accepted`: `reason` is `-`. At most \
200 such lines at once, then 50 a second, are written; the metric `task_api_credentials_total` counts all.";

/// The HTML page.
pub static PAGE: LazyLock<String> = LazyLock::new(page);

/// The page's `Content-Security-Policy`.
pub static POLICY: LazyLock<String> = LazyLock::new(|| static_policy(STYLE));

fn page() -> String {
    let codes = ErrorCode::ALL.iter().fold(String::new(), |mut html, code| {
        let (name, status) = (code.as_str(), code.status().as_u16());
        let (meaning, remedy) = (prose(code.meaning()), prose(code.remedy()));
        let _ = writeln!(
            html,
            "<section id=\"{name}\"><h3>{status} <code>{name}</code></h3><p>{meaning}</p><p>{remedy}</p></section>"
        );
        html
    });
    let reasons = log_reasons().iter().fold(String::new(), |mut html, reason| {
        let (code, meaning, remedy) = (reason.code, prose(&reason.meaning), prose(&reason.remedy));
        let _ = writeln!(html, "<tr><td><code>{code}</code></td><td>{meaning}</td><td>{remedy}</td></tr>");
        html
    });
    include_str!("errors_page.html")
        .replace("/* page.css */", STYLE)
        .replace("<!-- about codes -->", &prose(ABOUT_CODES))
        .replace("<!-- codes -->", &codes)
        .replace("<!-- about reasons -->", &prose(ABOUT_REASONS))
        .replace("<!-- reasons -->", &reasons)
}

/// Converts a text to HTML. Text between backticks becomes code.
fn prose(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts = escaped.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { part.to_owned() } else { format!("<code>{part}</code>") }).collect()
}
