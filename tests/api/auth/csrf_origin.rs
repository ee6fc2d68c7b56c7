//! A browser sends cookies along with requests that other sites make it send: a write with a cookie must prove where it comes from.

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::on_both;
use crate::support::{Answer, App, Database, NO_KEYS, cookie_header, jwt};

const HOME: &str = "http://localhost:3000";
const TRUSTED: &str = "https://app.example.com";

on_both!(
    every_write_with_a_cookie_needs_a_proof,
    what_proves_an_origin,
    what_does_not,
    reads_and_bearers_need_none,
    trust_follows_the_configuration,
    refusals_come_in_the_order_of_the_contract,
);

/// A service, the cookie of its user alice, and the path of a task of hers.
struct Scene {
    app: App,
    cookie: String,
    task: String,
}

impl Scene {
    fn new(database: Database) -> Self {
        let app = App::start_with(database, &[("BETTER_AUTH_URL", HOME), ("TRUSTED_ORIGINS", TRUSTED), NO_KEYS]);
        let cookie = cookie_header(&app.sign_in("alice"));
        let id = app.create("alice", &json!({ "title": "t" }))["id"].clone();
        Self { app, cookie, task: format!("/api/alice/tasks/{id}") }
    }

    /// A write with the cookie and these headers.
    fn write(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
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

fn every_write_with_a_cookie_needs_a_proof(database: Database) {
    let scene = Scene::new(database);
    let list = || scene.app.by("alice", "GET", "/api/tasks").send().expect(200);
    let before = list();
    let complete = format!("{}/complete", scene.task);
    let ownerless = scene.task.replace("/alice", "");
    let writes = [
        ("POST", "/api/alice/tasks"),
        ("POST", "/api/tasks/"),
        ("PUT", &scene.task),
        ("PATCH", &ownerless),
        ("DELETE", &scene.task),
        ("PATCH", &complete),
        ("POST", &complete),
        ("PATCH", &complete.replace("complete", "toggle")),
        ("PATCH", &complete.replace("complete", "status")),
    ];
    for (method, path) in writes {
        let answer = scene.write(method, path, &[]);
        assert_eq!(answer.expect(403)["error"]["code"], "origin_not_trusted", "{method} {path}");
    }
    assert_eq!(list(), before, "nothing was written");
    assert_eq!(scene.write("DELETE", &scene.task, &[("Origin", HOME)]).status, 200);
    assert_eq!(list(), json!([]));
}

fn what_proves_an_origin(database: Database) {
    let scene = Scene::new(database);
    for origin in [HOME, TRUSTED] {
        assert_eq!(scene.patch(&[("Origin", origin)]), 200);
        for site in ["same-origin", "same-site", "cross-site", "none", "nonsense"] {
            assert_eq!(scene.patch(&[("Origin", origin), ("Sec-Fetch-Site", site)]), 200, "{origin} {site}");
        }
    }
    // a page that reaches the service through its own host: the browser vouches, and that origin need not be known here
    assert_eq!(scene.patch(&[("Sec-Fetch-Site", "same-origin")]), 200);
    assert_eq!(scene.patch(&[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://proxied.example")]), 200);
}

fn what_does_not(database: Database) {
    let scene = Scene::new(database);
    assert_eq!(scene.patch(&[]), 403);
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
        assert_eq!(scene.patch(&[("Origin", origin)]), 403, "{origin}");
        assert_eq!(scene.patch(&[("Origin", origin), ("Sec-Fetch-Site", "cross-site")]), 403, "{origin}");
    }
    for site in ["same-site", "cross-site", "none", "", "Same-Origin-ish", "same-origin, same-origin"] {
        assert_eq!(scene.patch(&[("Sec-Fetch-Site", site)]), 403, "{site}");
    }
    // two origins are none, even two good ones
    assert_eq!(scene.patch(&[("Origin", HOME), ("Origin", "https://evil.example")]), 403);
    assert_eq!(scene.patch(&[("Origin", "https://evil.example"), ("Origin", HOME)]), 403);
    assert_eq!(scene.patch(&[("Origin", HOME), ("Origin", HOME)]), 403);
    assert_eq!(scene.patch(&[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")]), 403);
    // what a page can set, or its reader's browser may leave out, proves nothing
    for (name, value) in [("Referer", HOME), ("X-Requested-With", "XMLHttpRequest"), ("X-Forwarded-Host", HOME)] {
        assert_eq!(scene.patch(&[(name, value)]), 403, "{name}");
    }
}

fn reads_and_bearers_need_none(database: Database) {
    let scene = Scene::new(database);
    for headers in [vec![], vec![("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")]] {
        for method in ["GET", "HEAD"] {
            assert_eq!(scene.write(method, &scene.task, &headers).status, 200);
        }
        let session = scene.cookie.split_once('=').unwrap().1;
        let decoded = percent_decode_str(session).decode_utf8().unwrap().into_owned();
        for bearer in [jwt("alice"), session.to_owned(), decoded] {
            let authorization = format!("Bearer {bearer}");
            let with_bearer = [vec![("Authorization", authorization.as_str())], headers.clone()].concat();
            assert_eq!(scene.patch(&with_bearer), 200);
        }
    }
}

fn trust_follows_the_configuration(database: Database) {
    let settings = [
        ("BETTER_AUTH_URL", "HTTPS://Auth.Example.com:443/api/auth"),
        ("TRUSTED_ORIGINS", "http://localhost:5173 , https://app.example.com/"),
        ("COOKIE_SECURE", "false"),
        NO_KEYS,
    ];
    let nobody = [("BETTER_AUTH_URL", ""), ("TRUSTED_ORIGINS", "")];
    let expected = [
        (&settings[..], "https://auth.example.com", 201),
        (&settings[..], "http://localhost:5173", 201),
        (&settings[..], "https://app.example.com", 201),
        (&settings[..], "http://auth.example.com", 403),
        (&settings[..], HOME, 403),
        (&nobody[..], HOME, 403),
        (&nobody[..], "", 403),
    ];
    for (settings, origin, status) in expected {
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

fn refusals_come_in_the_order_of_the_contract(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_URL", HOME), NO_KEYS]);
    let cookie = cookie_header(&app.sign_in("bob"));
    let id = app.create("bob", &json!({ "title": "his" }))["id"].clone();
    let (big, his) = (" ".repeat(64 * 1024 + 1), format!("/api/bob/tasks/{id}"));
    let (big, his, text, json) = (big.as_str(), his.as_str(), "text/plain", "application/json");
    let (cookie, origin) = (("Cookie", cookie.as_str()), ("Origin", HOME));
    // each row is the one before with one thing mended: method, path, what is sent along, content type, body
    let rows = [
        ("BREW", "/api/alice/nothing", vec![], text, big, 404, "path_not_found"),
        ("BREW", "/api/alice/tasks/x", vec![], text, big, 401, "no_credential"),
        ("BREW", "/api/alice/tasks/x", vec![cookie], text, big, 403, "not_owner"),
        ("BREW", "/api/bob/tasks/x", vec![cookie], text, big, 403, "origin_not_trusted"),
        ("BREW", "/api/bob/tasks/x", vec![cookie, origin], text, big, 405, "method_not_allowed"),
        ("PUT", "/api/bob/tasks/x", vec![cookie, origin], text, big, 404, "task_not_found"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], text, big, 413, "body_too_large"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], text, "{", 415, "unsupported_media_type"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], json, "{", 400, "malformed_request"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], json, r#"{"title":""}"#, 422, "validation_failed"),
        ("PUT", "/api/bob/tasks/999", vec![cookie, origin], json, r#"{"title":"t"}"#, 404, "task_not_found"),
        ("PUT", his, vec![cookie, origin], json, r#"{"title":"t"}"#, 200, ""),
    ];
    for (method, path, along, kind, body, status, code) in rows {
        let request = app.request(method, path).header("Content-Type", kind).body(body.as_bytes());
        let request = along.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = request.send().expect(status);
        assert_eq!(answer["error"]["code"].as_str().unwrap_or(""), code, "{method} {path}");
    }
}
