//! Counters of requests, credentials and session look-ups.

use serde_json::json;

use super::READABLE;
use super::scrape::Scrape;
use crate::on_both;
use crate::support::{App, Database, cookie_header};

on_both!(
    requests_are_counted_by_route_method_and_status,
    credentials_are_counted_by_kind_outcome_and_reason,
    failed_session_look_ups_are_counted,
);

fn requests_are_counted_by_route_method_and_status(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    let task = app.create("alice", &json!({ "title": "x" }));
    for path in ["/api/tasks", "/api/alice/tasks", "/api/tasks/", "/api/alice/tasks?limit=1"] {
        app.request_as("alice", "GET", path).send().expect(200);
    }
    app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200);
    for number in 0..50 {
        app.request("GET", &format!("/made-up-{number}")).send().expect(404);
        app.request_as("alice", "GET", &format!("/api/user-{number}/tasks")).send().expect(403);
        app.request(&format!("BREW{number}"), "/api/tasks").send().expect(401);
    }
    let scrape = Scrape::of(&app);
    let count = |route: &str, method: &str, status: &str| {
        scrape.sum("task_api_http_requests_total", &[("route", route), ("method", method), ("status", status)])
    };
    assert_eq!(count("/api/{user_id}/tasks", "GET", "200"), 4.0);
    assert_eq!(count("/api/{user_id}/tasks", "POST", "201"), 1.0);
    assert_eq!(count("/api/{user_id}/tasks", "GET", "403"), 50.0);
    assert_eq!(count("/api/{user_id}/tasks", "other", "401"), 50.0);
    assert_eq!(count("/api/{user_id}/tasks/{id}", "GET", "200"), 1.0);
    assert_eq!(count("unknown", "GET", "404"), 50.0);
    let text = format!("{:?}", scrape.0.keys());
    assert!(!text.contains("made-up") && !text.contains("user-1") && !text.contains("BREW"), "{text}");
    let labels = [("route", "/api/{user_id}/tasks"), ("method", "GET")];
    assert_eq!(scrape.sum("task_api_http_request_duration_seconds_count", &labels), 54.0);
    assert!(scrape.sum("task_api_http_request_duration_seconds_sum", &labels) > 0.0);
    assert_eq!(scrape.get("task_api_http_requests_in_flight"), 1.0, "the scrape");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(scrape.get(&format!("task_api_build_info{{version=\"{version}\"}}")), 1.0);
}

fn credentials_are_counted_by_kind_outcome_and_reason(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    for _ in 0..3 {
        app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    }
    app.request("GET", "/api/tasks").bearer("nonsense").send().expect(401);
    app.request_as("alice", "GET", "/api/bob/tasks").send().expect(403);
    let scrape = Scrape::of(&app);
    let count = |kind: &str, outcome: &str, reason: &str| {
        scrape.sum("task_api_credentials_total", &[("kind", kind), ("outcome", outcome), ("reason", reason)])
    };
    assert_eq!((count("jwt", "accepted", ""), count("bearer_session", "refused", "malformed")), (4.0, 1.0));
}

fn failed_session_look_ups_are_counted(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    let cookie = cookie_header("6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX");
    app.request("GET", "/api/tasks").header("Cookie", &cookie).send().expect(503);
    assert_eq!(Scrape::of(&app).get("task_api_session_source_errors_total"), 1.0);
}
