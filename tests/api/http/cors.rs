//! Which pages may read an answer: those of the origins that are configured, and no other.

use std::collections::BTreeSet;

use serde_json::json;

use crate::on_both;
use crate::outages::unavailable::away;
use crate::support::{Answer, App, BETTER_AUTH_URL, Database, Request};

on_both!(
    a_preflight_of_a_trusted_origin_is_granted,
    a_preflight_of_another_origin_is_not,
    every_answer_can_be_read_by_a_trusted_origin,
    another_origin_is_answered_and_cannot_read_it,
    every_answer_varies_by_origin,
    without_origins_nobody_is_trusted,
);

/// `BETTER_AUTH_URL`'s of every test, and those of [`SETTINGS`], as browsers write them.
const TRUSTED: [&str; 4] =
    [BETTER_AUTH_URL, "https://app.example.com", "https://preview.example.com:8443", "http://[::1]:5173"];

const SETTINGS: &[(&str, &str)] =
    &[("TRUSTED_ORIGINS", "https://App.Example.com:443/, https://preview.example.com:8443,http://[::1]:5173")];

/// None of these is one of them, however much it looks like it.
const FOREIGN: [&str; 15] = [
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

/// The members of a header that is a list, in lower case.
fn members(answer: &Answer, name: &str) -> BTreeSet<String> {
    let values = answer.headers.iter().filter(|(known, _)| known == name);
    values.flat_map(|(_, value)| value.split(',').map(|member| member.trim().to_lowercase())).collect()
}

fn preflight(app: &App, path: &str, origin: &str, method: &str, headers: &str) -> Answer {
    let request = app.request("OPTIONS", path).header("Origin", origin).header("Access-Control-Request-Method", method);
    if headers.is_empty() { request.send() } else { request.header("Access-Control-Request-Headers", headers).send() }
}

fn a_preflight_of_a_trusted_origin_is_granted(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let paths =
        ["/api/alice/tasks", "/api/tasks/", "/api/tasks/1", "/api/alice/tasks/1/complete", "/api/tasks/1/status"];
    for origin in TRUSTED {
        for path in paths {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let answer = preflight(&app, path, origin, method, "authorization,content-type");
                assert!((200..300).contains(&answer.status), "{origin} {method} {path}: {}", answer.status);
                assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
                assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
                assert!(
                    members(&answer, "access-control-allow-methods").contains(&method.to_lowercase()),
                    "{answer:?}"
                );
                assert!(members(&answer, "vary").contains("origin"), "{answer:?}");
                assert!(answer.header("x-request-id").is_some());
            }
        }
    }
    for headers in ["", "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-Id"]
    {
        let answer = preflight(&app, "/api/alice/tasks", TRUSTED[0], "PATCH", headers);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(TRUSTED[0])), "{headers}");
        if !headers.is_empty() {
            let allowed = members(&answer, "access-control-allow-headers");
            assert!(allowed.contains(&headers.to_lowercase()), "{headers}: {allowed:?}");
        }
    }
}

fn a_preflight_of_another_origin_is_not(database: Database) {
    let app = App::start_with(database, SETTINGS);
    for origin in FOREIGN {
        for path in ["/api/alice/tasks", "/api/tasks/1/complete", "/nothing"] {
            let answer = preflight(&app, path, origin, "PATCH", "authorization");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin} {path}");
            assert!(members(&answer, "vary").contains("origin"), "{origin} {path}: {:?}", answer.headers);
            if answer.status >= 400 {
                answer.expect(answer.status);
            }
        }
    }
}

/// A request for each status that a front end has to be able to read.
fn requests(app: &App) -> Vec<(u16, Request)> {
    let id = app.create("alice", &json!({ "title": "x" }))["id"].clone();
    let item = format!("/api/alice/tasks/{id}");
    vec![
        (200, app.by("alice", "GET", "/api/alice/tasks")),
        (200, app.by("alice", "PUT", &item).json(&json!({}))),
        (200, app.request("GET", "/livez")),
        (201, app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "y" }))),
        (400, app.by("alice", "POST", "/api/tasks").text("{")),
        (401, app.request("GET", "/api/tasks")),
        (401, app.request("GET", "/api/tasks").bearer("nonsense")),
        (403, app.by("bob", "GET", &item)),
        (404, app.by("bob", "GET", &format!("/api/bob/tasks/{id}"))),
        (404, app.by("alice", "GET", "/api/tasks/temp-1")),
        (404, app.request("GET", "/nothing")),
        (405, app.by("alice", "DELETE", "/api/tasks")),
        (405, app.by("alice", "OPTIONS", "/api/tasks")),
        (413, app.by("alice", "POST", "/api/tasks").header("Content-Length", "65537")),
        (415, app.by("alice", "POST", "/api/tasks").body(b"x")),
        (422, app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "" }))),
        (422, app.by("alice", "GET", "/api/tasks?limit=0")),
        (408, app.by("alice", "POST", "/api/tasks").header("Content-Length", "9")),
    ]
}

/// What the contract says that scripts may read, beside what they always may.
const EXPOSED: &str = "Link, ETag, Location, X-Total-Count, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, \
                       Idempotent-Replayed, WWW-Authenticate";

#[track_caller]
fn assert_readable(answer: &Answer, origin: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert!(members(answer, "vary").contains("origin"), "{answer:?}");
    let exposed: BTreeSet<String> = EXPOSED.split(", ").map(str::to_lowercase).collect();
    assert_eq!(members(answer, "access-control-expose-headers"), exposed);
}

/// A service that waits only a moment for a body.
fn with_origins(database: Database) -> App {
    App::start_with(database, &[SETTINGS[0], ("BODY_TIMEOUT", "200ms")])
}

fn every_answer_can_be_read_by_a_trusted_origin(database: Database) {
    let app = with_origins(database);
    for origin in [TRUSTED[0], TRUSTED[1]] {
        for (status, request) in requests(&app) {
            let answer = request.header("Origin", origin).send();
            answer.expect(status);
            assert_readable(&answer, origin);
        }
    }
    let away = away(database);
    for request in [away.by("alice", "GET", "/api/tasks"), away.request("GET", "/readyz")] {
        let answer = request.header("Origin", TRUSTED[0]).send();
        answer.expect(503);
        assert_readable(&answer, TRUSTED[0]);
    }
    app.execute("ALTER TABLE tasks RENAME TO elsewhere");
    let broken = app.by("alice", "GET", "/api/tasks").header("Origin", TRUSTED[0]).send();
    broken.expect(500);
    assert_readable(&broken, TRUSTED[0]);
}

/// A browser keeps it from the page; nothing else is any different.
fn another_origin_is_answered_and_cannot_read_it(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let task = app.create("alice", &json!({ "title": "x" }));
    for origin in FOREIGN {
        let list = app.by("alice", "GET", "/api/tasks").header("Origin", origin).send();
        assert_eq!(list.expect(200), json!([task]), "{origin}");
        let refused = app.request("GET", "/api/tasks").header("Origin", origin).send();
        refused.expect(401);
        let unknown = app.request("GET", "/nothing").header("Origin", origin).send();
        unknown.expect(404);
        for answer in [list, refused, unknown] {
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
            assert!(members(&answer, "vary").contains("origin"), "{origin}: {:?}", answer.headers);
        }
    }
}

fn every_answer_varies_by_origin(database: Database) {
    let app = with_origins(database);
    for (status, request) in requests(&app) {
        for request in [request.clone(), request.header("Origin", "http://evil.example")] {
            let answer = request.send();
            assert_eq!(answer.status, status);
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert!(members(&answer, "vary").contains("origin"), "{status}: {:?}", answer.headers);
        }
    }
    // a question that no browser asks: a preflight that does not say where it comes from
    let odd = app.request("OPTIONS", "/api/tasks").header("Access-Control-Request-Method", "GET").send();
    assert!(members(&odd, "vary").contains("origin"), "{:?}", odd.headers);
}

fn without_origins_nobody_is_trusted(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_URL", "")]);
    for origin in FOREIGN.into_iter().chain(TRUSTED) {
        let answer = app.by("alice", "GET", "/api/tasks").header("Origin", origin).send();
        assert_eq!((answer.expect(200), answer.header("access-control-allow-origin")), (json!([]), None), "{origin}");
        let asked = preflight(&app, "/api/tasks", origin, "GET", "authorization");
        assert_eq!(asked.header("access-control-allow-origin"), None, "{origin}");
    }
}
