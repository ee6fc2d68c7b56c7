//! Error codes: each is produced, is in the OpenAPI document, on the page `/docs/errors`, and in docs/errors.md.
//!
//! `TASK_API_WRITE_DOCS=1 cargo test --test api error_codes` writes docs/errors.md.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use task_api::api::error_code::{ERRORS_PAGE, ErrorCode};
use task_api::openapi::errors_page::{ABOUT_CODES, ABOUT_REASONS};
use task_api::openapi::log_reasons::log_reasons;

use crate::on_both;
use crate::outages::unavailable::start_unreachable;
use crate::support::{App, Database, Request, config, cookie_header, hs256};

on_both!(each_code_is_produced_and_its_link_resolves);

/// A code that needs two connections to the database at the same time. `database::postgres_language` produces it.
const PRODUCED_ELSEWHERE: &str = "request_in_progress";

/// Returns a request for each code that a service with usual settings produces.
fn requests(app: &App) -> Vec<(&'static str, Request)> {
    let task = app.create("alice", &json!({ "title": "x" }));
    let item = format!("/api/tasks/{}", task["id"]);
    let since = app.request_as("bob", "GET", "/api/tasks/changes?since=now").send().expect(200)["next"].clone();
    let since = format!("/api/tasks/changes?since={}", since.as_str().unwrap());
    let cookie = cookie_header(&app.sign_in("alice"));
    let expired = hs256(&json!({ "sub": "alice", "exp": 1 }), crate::support::SECRET);
    let post = |body: &Value| app.request_as("alice", "POST", "/api/tasks").json(body);
    let keyed = |title: &str| post(&json!({ "title": title })).header("Idempotency-Key", "k");
    keyed("a").send().expect(201);
    vec![
        ("malformed_request", app.request_as("alice", "POST", "/api/tasks").text("{")),
        ("no_credential", app.request("GET", "/api/tasks")),
        ("invalid_credential", app.request("GET", "/api/tasks").bearer("nonsense")),
        ("credential_expired", app.request("GET", "/api/tasks").bearer(&expired)),
        ("not_owner", app.request_as("bob", "GET", "/api/alice/tasks")),
        ("origin_not_trusted", app.request("POST", "/api/tasks").header("Cookie", &cookie)),
        ("path_not_found", app.request("GET", "/nothing")),
        ("task_not_found", app.request_as("alice", "GET", "/api/tasks/999")),
        ("method_not_allowed", app.request_as("alice", "PUT", "/api/tasks")),
        ("request_timeout", app.request_as("alice", "POST", "/api/tasks").header("Content-Length", "9")),
        ("changes_expired", app.request_as("alice", "GET", &since)),
        ("precondition_failed", app.request_as("alice", "DELETE", &item).header("If-Match", "\"1-9\"")),
        ("body_too_large", app.request_as("alice", "POST", "/api/tasks").header("Content-Length", "65537")),
        ("unsupported_media_type", app.request_as("alice", "POST", "/api/tasks").body(b"x")),
        ("validation_failed", post(&json!({ "title": "" }))),
        ("idempotency_key_reused", keyed("b")),
        // two tasks exist: alice has reached the quota
        ("quota_exceeded", post(&json!({ "title": "z" }))),
    ]
}

fn each_code_is_produced_and_its_link_resolves(database: Database) {
    let app = App::start_with(database, &[("BODY_TIMEOUT", "200ms"), ("TASK_QUOTA", "2")]);
    let page = app.request("GET", ERRORS_PAGE).send();
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let page = String::from_utf8(page.body).expect("the page is UTF-8");
    let mut produced = BTreeSet::from([PRODUCED_ELSEWHERE.to_owned()]);
    let mut expect = |code: &str, request: Request| {
        let response = request.send();
        let problem = response.expect(response.status);
        assert_eq!(problem["error"]["code"], code, "{problem}");
        let (path, anchor) = problem["type"].as_str().unwrap().split_once('#').expect("a link to an entry");
        assert!(path == ERRORS_PAGE && page.contains(&format!("<section id=\"{anchor}\">")), "{path}#{anchor}");
        let listed = ErrorCode::ALL.iter().find(|listed| listed.as_str() == code).expect("the code is listed");
        assert_eq!(listed.status().as_u16(), response.status, "{code}");
        produced.insert(code.to_owned());
    };
    for (code, request) in requests(&app) {
        expect(code, request);
    }
    let limited = App::start_with(database, &[("RATE_LIMIT", "1/s burst 1")]);
    let bulk = json!({ "operations": vec![json!({ "op": "delete", "id": 1 }); 9] });
    limited.request_as("alice", "POST", "/api/tasks/bulk").json(&bulk).send();
    expect("too_many_requests", limited.request_as("alice", "POST", "/api/tasks/bulk").json(&bulk));
    expect("unavailable", start_unreachable(database).request_as("alice", "GET", "/api/tasks"));
    app.execute("ALTER TABLE tasks RENAME TO elsewhere");
    expect("internal_error", app.request_as("alice", "GET", "/api/tasks"));
    let all: BTreeSet<String> = ErrorCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(produced, all);
}

#[test]
fn the_openapi_document_lists_the_codes() {
    let document = task_api::routes::openapi(&config("sqlite:unused.db", &[]));
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["ProblemCode"]["properties"]["code"]["$ref"], "#/components/schemas/ErrorCode");
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(schemas["ErrorCode"]["enum"], json!(codes));
}

#[test]
fn the_page_has_a_strict_policy_and_no_script() {
    for (path, settings) in [("/docs/errors", &[][..]), ("/docs/errors/", &[]), ("/docs/errors", &[("DOCS", "off")])] {
        let app = App::start_with(Database::Sqlite, settings);
        let page = app.request("GET", path).send();
        assert_eq!(page.status, 200);
        let policy = page.header("content-security-policy").expect("the page has a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert!(!policy.contains("script-src"), "{policy}");
        for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
            assert_eq!(page.header(name), Some(value));
        }
        let text = String::from_utf8(page.body).unwrap();
        assert!(!text.contains("<script") && !text.contains("http://") && !text.contains("https://"), "{text}");
        assert_eq!(app.request("HEAD", path).send().status, 200);
    }
}

/// The guard defines the reasons. Reads them from its source: a new reason needs an entry on the page.
#[test]
fn every_reason_of_the_guard_is_listed() {
    let guard = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/better-auth-guard/src");
    let mut defined = BTreeSet::from(["not_owner".to_owned(), "origin_not_trusted".to_owned()]);
    for file in ["invalid_credential.rs", "authorization_mistake.rs"] {
        let source = std::fs::read_to_string(guard.join(file)).expect("the source can be read");
        let (_, rest) = source.split_once("pub fn code(self)").expect("the file has the codes");
        let (body, _) = rest.split_once("\n    }\n").expect("the function ends");
        let codes = body.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next());
        defined.extend(codes.map(str::to_owned));
    }
    assert!(defined.len() > 30, "{defined:?}");
    let listed: BTreeSet<String> = log_reasons().iter().map(|reason| reason.code.to_owned()).collect();
    assert_eq!(listed, defined);
}

/// Builds docs/errors.md.
fn markdown() -> String {
    let mut text = format!(
        "# Errors\n\n<!-- Written by TASK_API_WRITE_DOCS=1 cargo test --test api error_codes from src/api/error_code.rs and \
         src/openapi/log_reasons.rs. -->\n\n{ABOUT_CODES}\n\n## Codes\n\n"
    );
    for code in ErrorCode::ALL {
        let (name, status) = (code.as_str(), code.status().as_u16());
        text += &format!("### {name}\n\nStatus {status}. {}\n\n{}\n\n", code.meaning(), code.remedy());
    }
    text +=
        &format!("## Reasons in the log\n\n{ABOUT_REASONS}\n\n| `reason` | meaning | what to do |\n|---|---|---|\n");
    for reason in log_reasons() {
        text += &format!("| `{}` | {} | {} |\n", reason.code, reason.meaning, reason.remedy);
    }
    text
}

#[test]
fn the_document_of_errors_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    if std::env::var_os("TASK_API_WRITE_DOCS").is_some() {
        std::fs::write(&path, markdown()).expect("docs/errors.md can be written");
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == markdown(), "docs/errors.md differs: run TASK_API_WRITE_DOCS=1 cargo test --test api error_codes");
}
