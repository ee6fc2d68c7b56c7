//! Errors of the request line and the headers, and the order of the checks.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Request, cookie_header};

on_both!(
    an_unknown_path_is_404_with_or_without_credential,
    an_unsupported_method_is_405,
    an_invalid_task_id_is_404,
    errors_are_checked_in_a_fixed_order,
    a_valid_request_id_is_kept_and_an_invalid_one_replaced,
    a_missing_table_is_500_without_internal_details,
);

/// Sends a request, asserts the status, and returns the error code.
#[track_caller]
fn error_code(request: Request, status: u16) -> String {
    request.send().expect(status)["error"]["code"].as_str().unwrap().to_owned()
}

fn an_unknown_path_is_404_with_or_without_credential(database: Database) {
    let app = App::start(database);
    let paths = [
        "/api",
        "//",
        "/api/",
        "/api/alice",
        "/api/alice/task",
        "/API/tasks",
        "/api//tasks",
        "//api/tasks",
        "/api/tasks//",
        "/api/tasks//1",
        "/api/alice/tasks//1",
        "/api/tasks/1/unknown",
        "/api/alice/tasks/1/complete/2",
        "/api/alice/tasks/1//complete",
        "/nothing?status=x",
        "/favicon.ico",
        "/livez/x",
        "/readyz.html",
    ];
    for path in paths {
        for method in ["GET", "POST", "DELETE", "FOO"] {
            for request in
                [app.request(method, path), app.request_as("alice", method, path), app.request(method, path).text("{")]
            {
                assert_eq!(error_code(request, 404), "path_not_found", "{method} {path}");
            }
        }
    }
}

/// Paths, their supported methods, and unsupported methods.
type PathMethods = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const PATH_METHODS: [PathMethods; 5] = [
    (
        &["/api/alice/tasks", "/api/alice/tasks/", "/api/tasks", "/api/tasks/"],
        &["GET", "HEAD", "POST"],
        &["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"],
    ),
    (
        &["/api/alice/tasks/1", "/api/tasks/1/", "/api/tasks/temp-1"],
        &["DELETE", "GET", "HEAD", "PATCH", "PUT"],
        &["POST", "OPTIONS", "TRACE", "FOO"],
    ),
    (
        &["/api/alice/tasks/1/complete", "/api/tasks/1/complete/", "/api/tasks/temp-1/complete"],
        &["PATCH", "POST"],
        &["GET", "PUT", "DELETE", "OPTIONS"],
    ),
    (
        &["/api/alice/tasks/1/toggle", "/api/tasks/1/toggle/", "/api/alice/tasks/1/status/", "/api/tasks/1/status"],
        &["PATCH"],
        &["GET", "POST", "PUT", "DELETE", "OPTIONS"],
    ),
    (&["/livez", "/readyz", "/healthz", "/livez/"], &["GET", "HEAD"], &["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
];

fn an_unsupported_method_is_405(database: Database) {
    let app = App::start(database);
    for (paths, supported, unsupported) in PATH_METHODS {
        for path in paths {
            for method in unsupported {
                for request in [app.request_as("alice", method, path), app.request_as("alice", method, path).text("{")]
                {
                    let response = request.send();
                    assert_eq!(response.expect(405)["error"]["code"], "method_not_allowed", "{method} {path}");
                    let mut allow: Vec<&str> = response.header("allow").unwrap().split(", ").collect();
                    allow.sort_unstable();
                    assert_eq!(allow, supported, "{method} {path}");
                }
            }
            if !supported.contains(&"HEAD") {
                assert_eq!(app.request_as("alice", "HEAD", path).send().status, 405, "{path}");
            }
            for method in supported {
                assert_ne!(app.request_as("alice", method, path).send().status, 405, "{method} {path}");
            }
        }
    }
}

fn an_invalid_task_id_is_404(database: Database) {
    let app = App::start(database);
    // a lenient parser would resolve some of the ids to this task
    let task = app.create("alice", &json!({ "title": "the first" }));
    assert_eq!(task["id"], 1);
    let ids = [
        "temp-1",
        "undefined",
        "null",
        "NaN",
        "0",
        "-1",
        "+1",
        "%2B1",
        "1.0",
        "1e0",
        "0x1",
        "1;",
        "1,2",
        "%201",
        "1%20",
        "1%00",
        "%00",
        "%D9%A1",
        "%EF%BC%91",
        "99999999999999999999",
        "9223372036854775808",
        "018f6e2c-0000-7000-8000-000000000001",
        "1%2Fcomplete",
        "..%2F1",
        "%",
        "%ZZ",
    ];
    for id in ids {
        for base in ["/api/alice/tasks", "/api/tasks"] {
            let path = format!("{base}/{id}");
            for (method, suffix) in
                [("GET", ""), ("DELETE", ""), ("PUT", ""), ("PATCH", ""), ("PATCH", "/complete"), ("PATCH", "/status")]
            {
                let request = || app.request_as("alice", method, &format!("{path}{suffix}"));
                let valid_body = json!({ "title": "mistaken", "status": "completed" });
                for request in [
                    request(),
                    request().json(&valid_body),
                    request().text("{"),
                    request().text(r#"{"title":""}"#),
                    request().body(b"x"),
                ] {
                    assert_eq!(error_code(request, 404), "task_not_found", "{method} {path}{suffix}");
                }
            }
        }
    }
    app.request_as("alice", "GET", "/api/tasks/9223372036854775807").send().expect(404);
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
}

/// Each request fixes the error that the previous response reported.
fn errors_are_checked_in_a_fixed_order(database: Database) {
    let app = App::start(database);
    app.make_better_auth_tables();
    let cookie = cookie_header(&app.sign_in("alice"));
    let with_content_type = |request: Request, media_type: &str| request.header("Content-Type", media_type);
    let unknown_path = "/api/alice/tasks/x/nowhere?limit=0";
    let item = "/api/alice/tasks/x";
    let unknown_task = "/api/alice/tasks/999";
    let invalid_body = vec![b'{'; 1];
    let with_large_content_length = |request: Request| request.header("Content-Length", "65537");
    let steps = [
        (with_large_content_length(app.request("POST", unknown_path)), 404, "path_not_found"),
        (with_large_content_length(app.request("POST", item)), 401, "no_credential"),
        (with_large_content_length(app.request_as("bob", "POST", item)), 403, "not_owner"),
        (with_large_content_length(app.request("POST", item).header("Cookie", &cookie)), 403, "origin_not_trusted"),
        (with_large_content_length(app.request_as("alice", "POST", item)), 405, "method_not_allowed"),
        (
            with_large_content_length(with_content_type(app.request_as("alice", "PUT", item), "text/plain")),
            404,
            "task_not_found",
        ),
        (
            with_large_content_length(with_content_type(app.request_as("alice", "PUT", unknown_task), "text/plain")),
            413,
            "body_too_large",
        ),
        (
            with_content_type(app.request_as("alice", "PUT", unknown_task), "text/plain").body(&invalid_body),
            415,
            "unsupported_media_type",
        ),
        (app.request_as("alice", "PUT", unknown_task).text("{"), 400, "malformed_request"),
        (app.request_as("alice", "PUT", unknown_task).text(r#"{"title":""}"#), 422, "validation_failed"),
        (app.request_as("alice", "PUT", unknown_task).text(r#"{"title":"x"}"#), 404, "task_not_found"),
    ];
    for (number, (request, status, expected_code)) in steps.into_iter().enumerate() {
        assert_eq!(error_code(request, status), expected_code, "step {number}");
    }
    let list = "/api/alice/tasks?limit=0";
    assert_eq!(error_code(app.request("GET", list), 401), "no_credential");
    assert_eq!(error_code(app.request_as("bob", "GET", list), 403), "not_owner");
    assert_eq!(error_code(app.request_as("alice", "PUT", list), 405), "method_not_allowed");
    assert_eq!(error_code(app.request_as("alice", "GET", list), 422), "validation_failed");
}

fn a_valid_request_id_is_kept_and_an_invalid_one_replaced(database: Database) {
    let app = App::start(database);
    let longest = "x".repeat(128);
    for path in ["/livez", "/api/alice/tasks", "/nothing"] {
        for id in ["a", "0", "-", "4bf92f3577b34da6a3ce929d0e0e4736", "A-z.0_9", &longest] {
            let response = app.request("GET", path).header("X-Request-Id", id).send();
            assert_eq!(response.header("x-request-id"), Some(id), "{path}");
        }
        for id in
            ["", "a b", "a/b", "a;b", "{}", "\"a\"", "\u{e4}", "a\u{1f600}", "a\tb", "<b>", &format!("{longest}x")]
        {
            let generated = [0, 1].map(|_| {
                let response = app.request("GET", path).header("X-Request-Id", id).send();
                assert_eq!(response.status, app.request("GET", path).send().status, "{id} does not change the status");
                response.header("x-request-id").unwrap().to_owned()
            });
            assert_ne!(generated[0], generated[1], "{id}");
            for id in generated {
                let has_allowed_characters =
                    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
                assert!(has_allowed_characters && (1..=128).contains(&id.len()), "{id}");
            }
        }
    }
}

fn a_missing_table_is_500_without_internal_details(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "x" }));
    app.execute("ALTER TABLE tasks RENAME TO elsewhere");
    for (method, path) in
        [("GET", "/api/tasks"), ("GET", "/api/tasks/1"), ("POST", "/api/tasks"), ("DELETE", "/api/tasks/1")]
    {
        let response = app.request_as("alice", method, path).json(&json!({ "title": "x" })).send();
        assert_eq!(response.expect(500)["error"]["code"], "internal_error");
        let body = String::from_utf8_lossy(&response.body).to_lowercase();
        for word in ["table", "relation", "tasks", "sql", "select", "insert", "column", "diesel"] {
            assert!(!body.contains(word), "{word} in {body}");
        }
    }
}
