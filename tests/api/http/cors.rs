//! CORS: only pages of configured origins can read responses.

use std::collections::BTreeSet;

use serde_json::json;

use crate::on_both;
use crate::outages::unavailable::start_unreachable;
use crate::support::{App, BETTER_AUTH_URL, Database, Request, Response};

on_both!(
    a_preflight_of_a_trusted_origin_succeeds,
    a_preflight_of_another_origin_gets_no_cors_headers,
    every_response_allows_a_trusted_origin,
    another_origin_gets_responses_without_cors_headers,
    every_response_varies_by_origin,
    without_configured_origins_no_origin_is_trusted,
);

/// The origins of `BETTER_AUTH_URL` and of [`SETTINGS`], as browsers send them.
const TRUSTED_ORIGINS: [&str; 4] =
    [BETTER_AUTH_URL, "https://app.example.com", "https://preview.example.com:8443", "http://[::1]:5173"];

const SETTINGS: &[(&str, &str)] =
    &[("TRUSTED_ORIGINS", "https://App.Example.com:443/, https://preview.example.com:8443,http://[::1]:5173")];

/// Untrusted origins that resemble trusted ones.
const UNTRUSTED_ORIGINS: [&str; 15] = [
    "null",
    "",
    "*",
    "http://evil.example",
    "https://localhost:0",
    "http://localhost",
    "http://localhost:00",
    "http://localhost:0/",
    "http://LOCALHOST:0",
    "http://localhost:0.evil.example",
    "http://localhost:0, http://evil.example",
    "https://example.com",
    "https://sub.app.example.com",
    "https://app.example.com.evil.example",
    "https://app.example.com:443",
];

/// Returns the members of a list header, in lower case.
fn header_members(response: &Response, name: &str) -> BTreeSet<String> {
    let values = response.headers.iter().filter(|(known, _)| known == name);
    values.flat_map(|(_, value)| value.split(',').map(|member| member.trim().to_lowercase())).collect()
}

fn preflight(app: &App, path: &str, origin: &str, method: &str, headers: &str) -> Response {
    let request = app.request("OPTIONS", path).header("Origin", origin).header("Access-Control-Request-Method", method);
    if headers.is_empty() { request.send() } else { request.header("Access-Control-Request-Headers", headers).send() }
}

fn a_preflight_of_a_trusted_origin_succeeds(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let paths =
        ["/api/alice/tasks", "/api/tasks/", "/api/tasks/1", "/api/alice/tasks/1/complete", "/api/tasks/1/status"];
    for origin in TRUSTED_ORIGINS {
        for path in paths {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let response = preflight(&app, path, origin, method, "authorization,content-type");
                assert!((200..300).contains(&response.status), "{origin} {method} {path}: {}", response.status);
                assert_eq!(response.header("access-control-allow-origin"), Some(origin));
                assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
                assert!(
                    header_members(&response, "access-control-allow-methods").contains(&method.to_lowercase()),
                    "{response:?}"
                );
                assert!(header_members(&response, "vary").contains("origin"), "{response:?}");
                assert!(response.header("x-request-id").is_some());
            }
        }
    }
    for headers in ["", "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-Id"]
    {
        let response = preflight(&app, "/api/alice/tasks", TRUSTED_ORIGINS[0], "PATCH", headers);
        assert_eq!(
            (response.status, response.header("access-control-allow-origin")),
            (200, Some(TRUSTED_ORIGINS[0])),
            "{headers}"
        );
        if !headers.is_empty() {
            let allowed = header_members(&response, "access-control-allow-headers");
            assert!(allowed.contains(&headers.to_lowercase()), "{headers}: {allowed:?}");
        }
    }
}

fn a_preflight_of_another_origin_gets_no_cors_headers(database: Database) {
    let app = App::start_with(database, SETTINGS);
    for origin in UNTRUSTED_ORIGINS {
        for path in ["/api/alice/tasks", "/api/tasks/1/complete", "/nothing"] {
            let response = preflight(&app, path, origin, "PATCH", "authorization");
            assert_eq!(response.header("access-control-allow-origin"), None, "{origin} {path}");
            assert!(header_members(&response, "vary").contains("origin"), "{origin} {path}: {:?}", response.headers);
            if response.status >= 400 {
                response.expect(response.status);
            }
        }
    }
}

/// Returns a request for each status that a front end must be able to read.
fn requests_for_each_status(app: &App) -> Vec<(u16, Request)> {
    let id = app.create("alice", &json!({ "title": "x" }))["id"].clone();
    let item = format!("/api/alice/tasks/{id}");
    vec![
        (200, app.request_as("alice", "GET", "/api/alice/tasks")),
        (200, app.request_as("alice", "PUT", &item).json(&json!({}))),
        (200, app.request("GET", "/livez")),
        (201, app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "y" }))),
        (400, app.request_as("alice", "POST", "/api/tasks").text("{")),
        (401, app.request("GET", "/api/tasks")),
        (401, app.request("GET", "/api/tasks").bearer("nonsense")),
        (403, app.request_as("bob", "GET", &item)),
        (404, app.request_as("bob", "GET", &format!("/api/bob/tasks/{id}"))),
        (404, app.request_as("alice", "GET", "/api/tasks/temp-1")),
        (404, app.request("GET", "/nothing")),
        (405, app.request_as("alice", "DELETE", "/api/tasks")),
        (405, app.request_as("alice", "OPTIONS", "/api/tasks")),
        (413, app.request_as("alice", "POST", "/api/tasks").header("Content-Length", "65537")),
        (415, app.request_as("alice", "POST", "/api/tasks").body(b"x")),
        (422, app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "" }))),
        (422, app.request_as("alice", "GET", "/api/tasks?limit=0")),
        (408, app.request_as("alice", "POST", "/api/tasks").header("Content-Length", "9")),
    ]
}

/// The documented `Access-Control-Expose-Headers`.
const EXPOSED_HEADERS: &str = "Link, ETag, Location, X-Total-Count, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, \
                       Idempotent-Replayed, WWW-Authenticate, Preference-Applied";

#[track_caller]
fn assert_cors_headers(response: &Response, origin: &str) {
    assert_eq!(response.header("access-control-allow-origin"), Some(origin), "{response:?}");
    assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
    assert!(header_members(response, "vary").contains("origin"), "{response:?}");
    let exposed: BTreeSet<String> = EXPOSED_HEADERS.split(", ").map(str::to_lowercase).collect();
    assert_eq!(header_members(response, "access-control-expose-headers"), exposed);
}

/// Starts a service with a body timeout of 200 ms.
fn start_with_origins(database: Database) -> App {
    App::start_with(database, &[SETTINGS[0], ("BODY_TIMEOUT", "200ms")])
}

fn every_response_allows_a_trusted_origin(database: Database) {
    let app = start_with_origins(database);
    for origin in [TRUSTED_ORIGINS[0], TRUSTED_ORIGINS[1]] {
        for (status, request) in requests_for_each_status(&app) {
            let response = request.header("Origin", origin).send();
            response.expect(status);
            assert_cors_headers(&response, origin);
        }
    }
    let unreachable = start_unreachable(database);
    for request in [unreachable.request_as("alice", "GET", "/api/tasks"), unreachable.request("GET", "/readyz")] {
        let response = request.header("Origin", TRUSTED_ORIGINS[0]).send();
        response.expect(503);
        assert_cors_headers(&response, TRUSTED_ORIGINS[0]);
    }
    app.execute("ALTER TABLE tasks RENAME TO elsewhere");
    let failed = app.request_as("alice", "GET", "/api/tasks").header("Origin", TRUSTED_ORIGINS[0]).send();
    failed.expect(500);
    assert_cors_headers(&failed, TRUSTED_ORIGINS[0]);
}

/// The browser hides the response from the page. The service responds as usual.
fn another_origin_gets_responses_without_cors_headers(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let task = app.create("alice", &json!({ "title": "x" }));
    for origin in UNTRUSTED_ORIGINS {
        let list = app.request_as("alice", "GET", "/api/tasks").header("Origin", origin).send();
        assert_eq!(list.expect(200), json!([task]), "{origin}");
        let unauthorized = app.request("GET", "/api/tasks").header("Origin", origin).send();
        unauthorized.expect(401);
        let unknown = app.request("GET", "/nothing").header("Origin", origin).send();
        unknown.expect(404);
        for response in [list, unauthorized, unknown] {
            assert_eq!(response.header("access-control-allow-origin"), None, "{origin}");
            assert!(header_members(&response, "vary").contains("origin"), "{origin}: {:?}", response.headers);
        }
    }
}

fn every_response_varies_by_origin(database: Database) {
    let app = start_with_origins(database);
    for (status, request) in requests_for_each_status(&app) {
        for request in [request.clone(), request.header("Origin", "http://evil.example")] {
            let response = request.send();
            assert_eq!(response.status, status);
            assert_eq!(response.header("access-control-allow-origin"), None);
            assert!(header_members(&response, "vary").contains("origin"), "{status}: {:?}", response.headers);
        }
    }
    // a preflight without an Origin header, which no browser sends
    let without_origin = app.request("OPTIONS", "/api/tasks").header("Access-Control-Request-Method", "GET").send();
    assert!(header_members(&without_origin, "vary").contains("origin"), "{:?}", without_origin.headers);
}

fn without_configured_origins_no_origin_is_trusted(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_URL", "")]);
    for origin in UNTRUSTED_ORIGINS.into_iter().chain(TRUSTED_ORIGINS) {
        let response = app.request_as("alice", "GET", "/api/tasks").header("Origin", origin).send();
        assert_eq!(
            (response.expect(200), response.header("access-control-allow-origin")),
            (json!([]), None),
            "{origin}"
        );
        let preflight_response = preflight(&app, "/api/tasks", origin, "GET", "authorization");
        assert_eq!(preflight_response.header("access-control-allow-origin"), None, "{origin}");
    }
}
