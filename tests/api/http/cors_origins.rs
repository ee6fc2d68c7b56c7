//! Origins of apps and patterns in `TRUSTED_ORIGINS`, requested headers, and refusals that name the origin and the setting.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, NO_KEYS, Request, Response, Service, cookie_header, production, task_api};

on_both!(
    a_trusted_origin_may_send_all_headers_that_it_requests,
    origins_of_apps_and_patterns_are_trusted,
    a_refused_preflight_names_the_origin_and_the_setting,
    a_preflight_of_another_method_names_the_methods,
    a_refused_write_names_the_origin_and_the_setting,
    the_log_names_refused_origins,
    the_log_lines_of_refused_origins_are_limited,
);

const SETTINGS: &[(&str, &str)] = &[
    (
        "TRUSTED_ORIGINS",
        "tauri://localhost, capacitor://localhost,chrome-extension://abcdefghijklmnopabcdefghijklmnop,https://*.example.com,\
         http://localhost:*",
    ),
    NO_KEYS,
];

fn preflight(request: Request, origin: &str, headers: &str) -> Response {
    let request = request.header("Origin", origin).header("Access-Control-Request-Method", "PATCH");
    request.header("Access-Control-Request-Headers", headers).send()
}

fn a_trusted_origin_may_send_all_headers_that_it_requests(database: Database) {
    let app = App::start_with(database, SETTINGS);
    for headers in [
        "x-csrf-token",
        "sentry-trace, baggage",
        "X-Requested-With",
        "authorization,content-type,if-match,idempotency-key,x-anything-else",
        "traceparent,tracestate",
    ] {
        let response = preflight(app.request("OPTIONS", "/api/tasks/1"), "tauri://localhost", headers);
        assert_eq!(response.status, 200, "{headers}");
        let allowed = response.header("access-control-allow-headers").unwrap().to_lowercase();
        let names = |list: &str| list.split(',').map(|name| name.trim().to_lowercase()).collect::<Vec<_>>();
        assert_eq!(names(&allowed), names(headers));
        assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
        assert!(response.header("vary").unwrap().to_lowercase().contains("access-control-request-headers"));
    }
}

fn origins_of_apps_and_patterns_are_trusted(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let cookie = cookie_header(&app.sign_in("alice"));
    for (origin, is_trusted) in [
        ("tauri://localhost", true),
        ("capacitor://localhost", true),
        ("chrome-extension://abcdefghijklmnopabcdefghijklmnop", true),
        ("https://a.example.com", true),
        ("https://a.b.example.com", true),
        ("http://localhost:5173", true),
        ("tauri://evil", false),
        ("ionic://localhost", false),
        ("chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba", false),
        ("https://example.com", false),
        ("http://a.example.com", false),
        ("https://a.example.com:8443", false),
        ("https://a.example.com.evil.test", false),
        ("https://evil.test/.example.com", false),
        ("https://evil.test#.example.com", false),
        ("https://A.example.com", false),
        ("http://localhost", false),
        ("null", false),
    ] {
        let allowed_origin = is_trusted.then_some(origin);
        let preflighted = preflight(app.request("OPTIONS", "/api/tasks"), origin, "content-type");
        assert_eq!(preflighted.status, if is_trusted { 200 } else { 403 }, "{origin}");
        assert_eq!(preflighted.header("access-control-allow-origin"), allowed_origin, "{origin}");
        let list = app.request_as("alice", "GET", "/api/tasks").header("Origin", origin).send();
        assert_eq!((list.status, list.header("access-control-allow-origin")), (200, allowed_origin), "{origin}");
        let write = app.request("POST", "/api/tasks").header("Cookie", &cookie).header("Origin", origin);
        let write = write.json(&json!({ "title": "t" })).send();
        assert_eq!(write.status, if is_trusted { 201 } else { 403 }, "{origin}");
        assert_eq!(write.header("access-control-allow-origin"), allowed_origin, "{origin}");
    }
}

#[track_caller]
fn assert_names(problem: &Value, origin: &str) {
    assert_eq!(problem["error"]["code"], "origin_not_trusted");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(origin) && detail.contains("TRUSTED_ORIGINS"), "{detail}");
    assert!(detail.is_ascii() || detail.contains('…'), "{detail}");
}

fn a_refused_preflight_names_the_origin_and_the_setting(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let long = format!("https://{}.test", "a".repeat(5000));
    for (origin, named) in [
        ("https://evil.test", "https://evil.test"),
        ("null", "null"),
        ("", "\"\""),
        ("https://a.test https://b.test", "https://a.test?https://b.test"),
        (long.as_str(), "aaaa…"),
    ] {
        for path in ["/api/alice/tasks", "/api/tasks/1/complete", "/livez", "/nothing"] {
            let response = preflight(app.request("OPTIONS", path), origin, "authorization");
            assert_names(&response.expect(403), named);
            assert!(response.body.len() < 2000 && response.header("access-control-allow-origin").is_none());
        }
    }
}

fn a_preflight_of_another_method_names_the_methods(database: Database) {
    let app = App::start_with(database, SETTINGS);
    for method in ["TRACE", "patch", "FOO", ""] {
        let request = app.request("OPTIONS", "/api/tasks").header("Origin", "tauri://localhost");
        let problem = request.header("Access-Control-Request-Method", method).send().expect(400);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("GET, HEAD, POST, PUT, PATCH or DELETE"), "{method}: {detail}");
    }
}

fn a_refused_write_names_the_origin_and_the_setting(database: Database) {
    let app = App::start_with(database, SETTINGS);
    let cookie = cookie_header(&app.sign_in("alice"));
    let write = || app.request("POST", "/api/tasks").header("Cookie", &cookie).json(&json!({ "title": "t" }));
    assert_names(&write().header("Origin", "https://evil.test").send().expect(403), "https://evil.test");
    assert_names(&write().send().expect(403), "the request has no Origin header");
    assert_names(
        &write().header("Sec-Fetch-Site", "cross-site").send().expect(403),
        "the request has no Origin header",
    );
}

fn start_service(database: Database) -> (tempfile::TempDir, Service) {
    let (folder, url) = database.empty();
    let mut command = task_api(folder.path(), &production(&url));
    command.envs(SETTINGS.iter().copied());
    let service = Service::start(command);
    (folder, service)
}

fn the_log_names_refused_origins(database: Database) {
    let (_folder, service) = start_service(database);
    preflight(service.request("OPTIONS", "/api/tasks"), "https://evil.test", "authorization").expect(403);
    let line = service.wait_for_line("https://evil.test");
    for part in ["the preflight was refused", "TRUSTED_ORIGINS", "BETTER_AUTH_URL", "task_api::refused"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let read = service.request_as("alice", "GET", "/api/tasks").header("Origin", "https://reader.test");
    read.header("Sec-Fetch-Site", "cross-site").send().expect(200);
    assert!(service.wait_for_line("https://reader.test").contains("the browser hides the response"));
    // a page that reaches the service through its own host needs no trusted origin
    let same_origin = service.request_as("alice", "GET", "/api/tasks").header("Origin", "https://proxied.test");
    same_origin.header("Sec-Fetch-Site", "same-origin").send().expect(200);
    let (log, _) = service.stop("-TERM");
    assert!(!log.iter().any(|line| line.contains("proxied.test")), "{log:?}");
}

/// The burst is 200 lines, then 50 a second. A line with the number of suppressed lines follows.
fn the_log_lines_of_refused_origins_are_limited(database: Database) {
    let (_folder, service) = start_service(database);
    let requests = 1000;
    for _ in 0..requests {
        preflight(service.request("OPTIONS", "/api/tasks"), "https://evil.test", "authorization").expect(403);
    }
    let (log, _) = service.stop("-TERM");
    let lines = log.iter().filter(|line| line.contains("https://evil.test")).count();
    assert!(lines >= 200, "{lines}");
    // a slow machine needs many seconds for the requests: only the limit itself is certain
    assert!(lines < requests || log.iter().any(|line| line.contains("suppressed")), "{lines}");
}
