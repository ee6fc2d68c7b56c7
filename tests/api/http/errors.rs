//! What is answered where something is wrong with the request line or its headers, and in which order it is found out.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Request, cookie_header};

on_both!(
    an_unknown_path_is_404_for_anybody,
    a_method_that_a_path_does_not_serve_is_405,
    what_is_no_id_is_404,
    what_is_wrong_is_found_out_in_order,
    a_request_id_is_kept_or_made,
    a_broken_table_is_a_fault_of_ours_and_says_nothing_of_itself,
);

/// What kind of failure an answer of this status says it is.
#[track_caller]
fn code(request: Request, status: u16) -> String {
    request.send().expect(status)["error"]["code"].as_str().unwrap().to_owned()
}

fn an_unknown_path_is_404_for_anybody(database: Database) {
    let app = App::start(database);
    let paths = [
        "/",
        "/api",
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
                [app.request(method, path), app.by("alice", method, path), app.request(method, path).text("{")]
            {
                assert_eq!(code(request, 404), "path_not_found", "{method} {path}");
            }
        }
    }
}

/// Paths, the methods that they serve, and some that they do not.
type Methods = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const METHODS: [Methods; 5] = [
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

fn a_method_that_a_path_does_not_serve_is_405(database: Database) {
    let app = App::start(database);
    for (paths, served, others) in METHODS {
        for path in paths {
            for method in others {
                for request in [app.by("alice", method, path), app.by("alice", method, path).text("{")] {
                    let answer = request.send();
                    assert_eq!(answer.expect(405)["error"]["code"], "method_not_allowed", "{method} {path}");
                    let mut allow: Vec<&str> = answer.header("allow").unwrap().split(", ").collect();
                    allow.sort_unstable();
                    assert_eq!(allow, served, "{method} {path}");
                }
            }
            if !served.contains(&"HEAD") {
                assert_eq!(app.by("alice", "HEAD", path).send().status, 405, "{path}");
            }
            for method in served {
                assert_ne!(app.by("alice", method, path).send().status, 405, "{method} {path}");
            }
        }
    }
}

fn what_is_no_id_is_404(database: Database) {
    let app = App::start(database);
    // what could be mistaken for an id is mistaken for this one
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
            for (method, below) in
                [("GET", ""), ("DELETE", ""), ("PUT", ""), ("PATCH", ""), ("PATCH", "/complete"), ("PATCH", "/status")]
            {
                let call = || app.by("alice", method, &format!("{path}{below}"));
                let good = json!({ "title": "mistaken", "status": "completed" });
                for request in
                    [call(), call().json(&good), call().text("{"), call().text(r#"{"title":""}"#), call().body(b"x")]
                {
                    assert_eq!(code(request, 404), "task_not_found", "{method} {path}{below}");
                }
            }
        }
    }
    app.by("alice", "GET", "/api/tasks/9223372036854775807").send().expect(404);
    assert_eq!(app.by("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
}

/// Requests with everything wrong with them; what is found out first is put right in the next.
fn what_is_wrong_is_found_out_in_order(database: Database) {
    let app = App::start(database);
    app.make_better_auth_tables();
    let cookie = cookie_header(&app.sign_in("alice"));
    let typed = |request: Request, kind: &str| request.header("Content-Type", kind);
    let nowhere = "/api/alice/tasks/x/nowhere?limit=0";
    let item = "/api/alice/tasks/x";
    let unknown = "/api/alice/tasks/999";
    let large = vec![b'{'; 1];
    let announced = |request: Request| request.header("Content-Length", "65537");
    let steps = [
        (announced(app.request("POST", nowhere)), 404, "path_not_found"),
        (announced(app.request("POST", item)), 401, "no_credential"),
        (announced(app.by("bob", "POST", item)), 403, "not_owner"),
        (announced(app.request("POST", item).header("Cookie", &cookie)), 403, "origin_not_trusted"),
        (announced(app.by("alice", "POST", item)), 405, "method_not_allowed"),
        (announced(typed(app.by("alice", "PUT", item), "text/plain")), 404, "task_not_found"),
        (announced(typed(app.by("alice", "PUT", unknown), "text/plain")), 413, "body_too_large"),
        (typed(app.by("alice", "PUT", unknown), "text/plain").body(&large), 415, "unsupported_media_type"),
        (app.by("alice", "PUT", unknown).text("{"), 400, "malformed_request"),
        (app.by("alice", "PUT", unknown).text(r#"{"title":""}"#), 422, "validation_failed"),
        (app.by("alice", "PUT", unknown).text(r#"{"title":"x"}"#), 404, "task_not_found"),
    ];
    for (number, (request, status, expected)) in steps.into_iter().enumerate() {
        assert_eq!(code(request, status), expected, "step {number}");
    }
    let list = "/api/alice/tasks?limit=0";
    assert_eq!(code(app.request("GET", list), 401), "no_credential");
    assert_eq!(code(app.by("bob", "GET", list), 403), "not_owner");
    assert_eq!(code(app.by("alice", "PUT", list), 405), "method_not_allowed");
    assert_eq!(code(app.by("alice", "GET", list), 422), "validation_failed");
}

fn a_request_id_is_kept_or_made(database: Database) {
    let app = App::start(database);
    let longest = "x".repeat(128);
    for path in ["/livez", "/api/alice/tasks", "/nothing"] {
        for id in ["a", "0", "-", "4bf92f3577b34da6a3ce929d0e0e4736", "A-z.0_9", &longest] {
            let answer = app.request("GET", path).header("X-Request-Id", id).send();
            assert_eq!(answer.header("x-request-id"), Some(id), "{path}");
        }
        for id in
            ["", "a b", "a/b", "a;b", "{}", "\"a\"", "\u{e4}", "a\u{1f600}", "a\tb", "<b>", &format!("{longest}x")]
        {
            let made = [0, 1].map(|_| {
                let answer = app.request("GET", path).header("X-Request-Id", id).send();
                assert_eq!(answer.status, app.request("GET", path).send().status, "{id} changes nothing else");
                answer.header("x-request-id").unwrap().to_owned()
            });
            assert_ne!(made[0], made[1], "{id}");
            for id in made {
                let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
                assert!(plain && (1..=128).contains(&id.len()), "{id}");
            }
        }
    }
}

fn a_broken_table_is_a_fault_of_ours_and_says_nothing_of_itself(database: Database) {
    let app = App::start(database);
    app.execute("ALTER TABLE tasks RENAME TO elsewhere");
    for (method, path) in
        [("GET", "/api/tasks"), ("GET", "/api/tasks/1"), ("POST", "/api/tasks"), ("DELETE", "/api/tasks/1")]
    {
        let answer = app.by("alice", method, path).json(&json!({ "title": "x" })).send();
        assert_eq!(answer.expect(500)["error"]["code"], "internal_error");
        let said = String::from_utf8_lossy(&answer.body).to_lowercase();
        for word in ["table", "relation", "tasks", "sql", "select", "insert", "column", "diesel"] {
            assert!(!said.contains(word), "{word} in {said}");
        }
    }
}
