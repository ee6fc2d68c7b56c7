//! Tests the CSRF check: a write authenticated by a cookie needs a trusted origin.
//!
//! Browsers also send cookies with requests that other sites trigger.

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, NO_KEYS, Response, cookie_header, jwt};

const BASE_ORIGIN: &str = "http://localhost:3000";
const TRUSTED_ORIGIN: &str = "https://app.example.com";

on_both!(
    every_write_with_a_cookie_needs_a_trusted_origin,
    trusted_and_same_origin_writes_are_accepted,
    untrusted_origins_are_rejected,
    reads_and_bearer_writes_need_no_origin,
    trusted_origins_follow_the_configuration,
    checks_run_in_the_order_of_the_contract,
);

/// A service with the session cookie of alice and the path of her task.
struct Fixture {
    app: App,
    cookie: String,
    task: String,
}

impl Fixture {
    fn new(database: Database) -> Self {
        let app = App::start_with(
            database,
            &[("BETTER_AUTH_URL", BASE_ORIGIN), ("TRUSTED_ORIGINS", TRUSTED_ORIGIN), NO_KEYS],
        );
        let cookie = cookie_header(&app.sign_in("alice"));
        let id = app.create("alice", &json!({ "title": "t" }))["id"].clone();
        Self { app, cookie, task: format!("/api/alice/tasks/{id}") }
    }

    /// Sends a write with the session cookie and these headers.
    fn write(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.app.request(method, path).header("Cookie", &self.cookie).json(&json!({ "title": "new" }));
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
    }

    fn patch(&self, headers: &[(&str, &str)]) -> u16 {
        let answer = self.write("PATCH", &self.task, headers);
        if answer.status == 403 {
            assert_eq!(answer.expect(403)["error"]["code"], "origin_not_trusted");
        }
        answer.status
    }
}

fn every_write_with_a_cookie_needs_a_trusted_origin(database: Database) {
    let fixture = Fixture::new(database);
    let list = || fixture.app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    let tasks_before = list();
    let complete = format!("{}/complete", fixture.task);
    let without_user = fixture.task.replace("/alice", "");
    let writes = [
        ("POST", "/api/alice/tasks"),
        ("POST", "/api/tasks/"),
        ("PUT", &fixture.task),
        ("PATCH", &without_user),
        ("DELETE", &fixture.task),
        ("PATCH", &complete),
        ("POST", &complete),
        ("PATCH", &complete.replace("complete", "toggle")),
        ("PATCH", &complete.replace("complete", "status")),
    ];
    for (method, path) in writes {
        let answer = fixture.write(method, path, &[]);
        assert_eq!(answer.expect(403)["error"]["code"], "origin_not_trusted", "{method} {path}");
    }
    assert_eq!(list(), tasks_before, "nothing was written");
    assert_eq!(fixture.write("DELETE", &fixture.task, &[("Origin", BASE_ORIGIN)]).status, 200);
    assert_eq!(list(), json!([]));
}

fn trusted_and_same_origin_writes_are_accepted(database: Database) {
    let fixture = Fixture::new(database);
    for origin in [BASE_ORIGIN, TRUSTED_ORIGIN] {
        assert_eq!(fixture.patch(&[("Origin", origin)]), 200);
        for site in ["same-origin", "same-site", "cross-site", "none", "nonsense"] {
            assert_eq!(fixture.patch(&[("Origin", origin), ("Sec-Fetch-Site", site)]), 200, "{origin} {site}");
        }
    }
    // A page that reaches the service through its own host needs no trusted origin: the browser reports `same-origin`.
    assert_eq!(fixture.patch(&[("Sec-Fetch-Site", "same-origin")]), 200);
    assert_eq!(fixture.patch(&[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://proxied.example")]), 200);
}

fn untrusted_origins_are_rejected(database: Database) {
    let fixture = Fixture::new(database);
    assert_eq!(fixture.patch(&[]), 403);
    let origins = [
        "null",
        "",
        "*",
        "https://evil.example",
        "https://localhost:3000",
        "http://localhost",
        "http://localhost:3001",
        "http://localhost:30000",
        "http://localhost:3000/",
        "http://localhost:3000.evil.example",
        "http://localhost:3000@evil.example",
        "http://evil.localhost:3000",
        "http://127.0.0.1:3000",
        "http://app.example.com",
        "https://app.example.com.evil.example",
        "https://app.example.com:443",
        "https://sub.app.example.com",
        "https://evilapp.example.com",
        "https://example.com",
        "http://localhost:3000, https://app.example.com",
        "http://localhost:3000 https://app.example.com",
    ];
    for origin in origins {
        assert_eq!(fixture.patch(&[("Origin", origin)]), 403, "{origin}");
        assert_eq!(fixture.patch(&[("Origin", origin), ("Sec-Fetch-Site", "cross-site")]), 403, "{origin}");
    }
    for site in ["same-site", "cross-site", "none", "", "Same-Origin-ish", "same-origin, same-origin"] {
        assert_eq!(fixture.patch(&[("Sec-Fetch-Site", site)]), 403, "{site}");
    }
    // Repeated headers are rejected, even with trusted origins.
    assert_eq!(fixture.patch(&[("Origin", BASE_ORIGIN), ("Origin", "https://evil.example")]), 403);
    assert_eq!(fixture.patch(&[("Origin", "https://evil.example"), ("Origin", BASE_ORIGIN)]), 403);
    assert_eq!(fixture.patch(&[("Origin", BASE_ORIGIN), ("Origin", BASE_ORIGIN)]), 403);
    assert_eq!(fixture.patch(&[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")]), 403);
    // A page can set these headers, or the browser can omit them. They are no proof of origin.
    for (name, value) in
        [("Referer", BASE_ORIGIN), ("X-Requested-With", "XMLHttpRequest"), ("X-Forwarded-Host", BASE_ORIGIN)]
    {
        assert_eq!(fixture.patch(&[(name, value)]), 403, "{name}");
    }
}

fn reads_and_bearer_writes_need_no_origin(database: Database) {
    let fixture = Fixture::new(database);
    for headers in [vec![], vec![("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")]] {
        for method in ["GET", "HEAD"] {
            assert_eq!(fixture.write(method, &fixture.task, &headers).status, 200);
        }
        let session = fixture.cookie.split_once('=').unwrap().1;
        let decoded = percent_decode_str(session).decode_utf8().unwrap().into_owned();
        for bearer in [jwt("alice"), session.to_owned(), decoded] {
            let authorization = format!("Bearer {bearer}");
            let with_bearer = [vec![("Authorization", authorization.as_str())], headers.clone()].concat();
            assert_eq!(fixture.patch(&with_bearer), 200);
        }
    }
}

fn trusted_origins_follow_the_configuration(database: Database) {
    let settings = [
        ("BETTER_AUTH_URL", "HTTPS://Auth.Example.com:443/api/auth"),
        ("TRUSTED_ORIGINS", "http://localhost:5173 , https://app.example.com/"),
        ("COOKIE_SECURE", "false"),
        NO_KEYS,
    ];
    let no_origins = [("BETTER_AUTH_URL", ""), ("TRUSTED_ORIGINS", "")];
    let cases = [
        (&settings[..], "https://auth.example.com", 201),
        (&settings[..], "http://localhost:5173", 201),
        (&settings[..], "https://app.example.com", 201),
        (&settings[..], "http://auth.example.com", 403),
        (&settings[..], BASE_ORIGIN, 403),
        (&no_origins[..], BASE_ORIGIN, 403),
        (&no_origins[..], "", 403),
    ];
    for (settings, origin, status) in cases {
        let app = App::start_with(database, settings);
        let cookie = cookie_header(&app.sign_in("alice"));
        let write = |headers: [(&str, &str); 2]| {
            let request = app.request("POST", "/api/tasks").json(&json!({ "title": "t" }));
            headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
        };
        assert_eq!(write([("Cookie", &cookie), ("Origin", origin)]).status, status, "{origin}");
        assert_eq!(write([("Cookie", &cookie), ("Sec-Fetch-Site", "same-origin")]).status, 201, "{origin}");
    }
}

fn checks_run_in_the_order_of_the_contract(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_URL", BASE_ORIGIN), NO_KEYS]);
    let cookie = cookie_header(&app.sign_in("bob"));
    let id = app.create("bob", &json!({ "title": "his" }))["id"].clone();
    let (oversized, bobs_task) = (" ".repeat(64 * 1024 + 1), format!("/api/bob/tasks/{id}"));
    let (oversized, bobs_task, text, json) = (oversized.as_str(), bobs_task.as_str(), "text/plain", "application/json");
    let (cookie, origin) = (("Cookie", cookie.as_str()), ("Origin", BASE_ORIGIN));
    // Each row fixes one error of the row before. Columns: method, path, headers, content type, body, status, error code.
    let rows = [
        ("BREW", "/api/alice/nothing", vec![], text, oversized, 404, "path_not_found"),
        ("BREW", "/api/alice/tasks/x", vec![], text, oversized, 401, "no_credential"),
        ("BREW", "/api/alice/tasks/x", vec![cookie], text, oversized, 403, "not_owner"),
        ("BREW", "/api/bob/tasks/x", vec![cookie], text, oversized, 403, "origin_not_trusted"),
        ("BREW", "/api/bob/tasks/x", vec![cookie, origin], text, oversized, 405, "method_not_allowed"),
        ("PUT", "/api/bob/tasks/x", vec![cookie, origin], text, oversized, 404, "task_not_found"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], text, oversized, 413, "body_too_large"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], text, "{", 415, "unsupported_media_type"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], json, "{", 400, "malformed_request"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], json, r#"{"title":""}"#, 422, "validation_failed"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], json, r#"{"title":"t"}"#, 404, "task_not_found"),
        ("PUT", bobs_task, vec![cookie, origin], json, r#"{"title":"t"}"#, 200, ""),
    ];
    for (method, path, headers, content_type, body, status, code) in rows {
        let request = app.request(method, path).header("Content-Type", content_type).body(body.as_bytes());
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = request.send().expect(status);
        assert_eq!(answer["error"]["code"].as_str().unwrap_or(""), code, "{method} {path}");
    }
}
