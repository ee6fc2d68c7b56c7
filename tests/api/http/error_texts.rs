//! Error texts say what was wrong, what is accepted, and where to look.

use serde_json::json;

use crate::on_both;
use crate::outages::unavailable::start_unreachable;
use crate::support::{App, Database, Request, SECRET, cookie_header, hs256};

on_both!(
    texts_say_what_is_accepted,
    texts_of_credentials_have_no_secret,
    readiness_names_what_is_not_ready,
    an_outage_says_what_a_client_may_do,
);

/// Asserts the status of the response, and that its detail contains these words.
#[track_caller]
fn expect_words(request: Request, status: u16, words: &[&str]) {
    let problem = request.send().expect(status);
    let detail = problem["detail"].as_str().unwrap();
    for word in words {
        assert!(detail.contains(word), "{word} is missing: {detail}");
    }
    assert!(detail.ends_with('.') && !detail.trim_end_matches('.').contains(". "), "one sentence: {detail}");
}

fn texts_say_what_is_accepted(database: Database) {
    let app = App::start_with(database, &[("BODY_TIMEOUT", "200ms")]);
    app.create("alice", &json!({ "title": "x" }));
    let as_alice = |method: &str, path: &str| app.request_as("alice", method, path);
    let large = as_alice("POST", "/api/tasks").header("Content-Length", "65537");
    let large_import = as_alice("POST", "/api/tasks/import").header("Content-Length", "99999999");
    for (request, status, words) in [
        (app.request("GET", "/tasks"), 404, &["/api/tasks", "/openapi.json"][..]),
        (as_alice("GET", "/api/tasks/9"), 404, &["no task with this id", "deleted=true"]),
        (as_alice("PUT", "/api/tasks"), 405, &["it supports GET, HEAD, POST"]),
        (as_alice("GET", "/api/tasks/1/complete"), 405, &["it supports PATCH, POST"]),
        (app.request_as("bob", "GET", "/api/alice/tasks"), 403, &["sub of a JWT", "/api/tasks"]),
        (
            as_alice("DELETE", "/api/tasks/1").header("If-Match", "1-1"),
            412,
            &["without its double quotes", "such as \"7-3\""],
        ),
        (as_alice("DELETE", "/api/tasks/1").header("If-Match", "\"1-9\""), 412, &["read the task again", "new ETag"]),
        (as_alice("POST", "/api/tasks").header("Content-Length", "9"), 408, &["0.2 s", "BODY_TIMEOUT"]),
        (large, 413, &["65536 bytes", "BODY_LIMIT"]),
        (large_import.header("Content-Type", "application/json"), 413, &["8388608 bytes", "IMPORT_LIMIT"]),
        (as_alice("POST", "/api/tasks"), 400, &["no body", "Content-Type: application/json"]),
        (as_alice("POST", "/api/tasks").body(b"{}"), 415, &["Content-Type: application/json"]),
    ] {
        expect_words(request, status, words);
    }
    let limited = App::start_with(database, &[("RATE_LIMIT", "1/s burst 1")]);
    let bulk = || {
        let operations = json!({ "operations": [{ "op": "delete", "id": 1 }, { "op": "delete", "id": 2 }] });
        limited.request_as("alice", "POST", "/api/tasks/bulk").json(&operations)
    };
    bulk().send();
    expect_words(bulk(), 429, &["RATE_LIMIT", "send the request again in"]);
}

fn texts_of_credentials_have_no_secret(database: Database) {
    let app = App::start(database);
    let send = "send Authorization: Bearer and a JWT or a signed session token, or the session cookie";
    expect_words(app.request("GET", "/api/tasks"), 401, &[send, "request_id", "task-api verify"]);
    let forged = hs256(&json!({ "sub": "alice", "exp": 9_999_999_999_u64 }), "another secret of 32 bytes or more");
    let invalid = app.request("GET", "/api/tasks").bearer(&forged);
    expect_words(invalid.clone(), 401, &[send, "the log has the reason beside the request_id", "task-api verify"]);
    let expired = hs256(&json!({ "sub": "alice", "exp": 1 }), SECRET);
    let expired = app.request("GET", "/api/tasks").bearer(&expired);
    expect_words(expired, 401, &["get a new JWT, or sign in again"]);
    let body = String::from_utf8(invalid.send().body).unwrap();
    assert!(!body.contains(SECRET) && !body.contains(&forged[..20]) && !body.contains("bad_signature"), "{body}");
    let cookie = cookie_header(&app.sign_in("alice"));
    let write = || app.request("POST", "/api/tasks").header("Cookie", &cookie).json(&json!({ "title": "x" }));
    expect_words(write(), 403, &["send the Origin", "TRUSTED_ORIGINS", "Bearer token instead of the cookie"]);
    expect_words(write().header("Origin", "https://evil.test"), 403, &["https://evil.test", "TRUSTED_ORIGINS"]);
}

fn readiness_names_what_is_not_ready(database: Database) {
    let app = App::start(database);
    app.execute("DELETE FROM __diesel_schema_migrations");
    app.wait_for_readiness(503);
    expect_words(app.request("GET", "/readyz"), 503, &["migrations are pending", "task-api migrate run"]);
    let without_tables = App::start_with(database, &[("SESSION_SOURCE", "database")]);
    expect_words(without_tables.request("GET", "/readyz"), 503, &["Better Auth's tables are missing"]);
    let unreachable = start_unreachable(database);
    expect_words(
        unreachable.request("GET", "/readyz"),
        503,
        &["DATABASE_URL", "does not respond", "the log has the cause"],
    );
}

fn an_outage_says_what_a_client_may_do(database: Database) {
    let app = start_unreachable(database);
    let request = app.request_as("alice", "GET", "/api/tasks");
    expect_words(request, 503, &["after the seconds of Retry-After", "Idempotency-Key", "request_id"]);
}
