//! Tests `SESSION_SOURCE=http`: session look-ups at Better Auth's get-session endpoint, with valid and invalid responses.

use better_auth_guard::{Secret, signed_cookie_value};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::on_both;
use crate::support::{
    App, Database, Response, SECRET, Settings, cookie_header, expect_outage, expect_rejected, session_json,
};

on_both!(the_front_end_authenticates_the_user, an_invalid_front_end_response_is_an_outage);

const TOKEN: &str = "BIfvTDeOfchaVY0tPUJwZoAMK1vCwCxx";

/// Starts a service with this front end as its session source. It fetches no keys, so the front end gets session requests only.
fn app_with_front_end(database: Database, front_end: &KeyServer, extra_settings: Settings<'_>) -> App {
    let base = front_end.base();
    let base_settings = [("SESSION_SOURCE", "http"), ("BETTER_AUTH_URL", &*base), ("JWKS_FILE", "/dev/null")];
    App::start_with(database, &[&base_settings, extra_settings].concat())
}

fn list(app: &App) -> Response {
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie_header(TOKEN)).send()
}

fn alice() -> Value {
    session_json(TOKEN, "alice", Utc::now() + TimeDelta::hours(1))
}

fn json(value: &Value) -> Reply {
    Reply::body("200 OK", "Content-Type: application/json", &value.to_string())
}

fn the_front_end_authenticates_the_user(database: Database) {
    let front_end = KeyServer::start(json(&alice()));
    let app = app_with_front_end(database, &front_end, &[]);
    let create = app.request("POST", "/api/alice/tasks").header("Cookie", &cookie_header(TOKEN));
    let task = create.header("Origin", &front_end.base()).json(&json!({ "title": "t" })).send().expect(201);
    assert_eq!(list(&app).expect(200), json!([task]));
    app.request("GET", "/api/bob/tasks").header("Cookie", &cookie_header(TOKEN)).send().expect(403);
    front_end.reply(json(&Value::Null));
    expect_rejected(&list(&app), "is not valid");
    front_end.reply(json(&session_json(TOKEN, "alice", Utc::now() - TimeDelta::seconds(2))));
    expect_rejected(&list(&app), "has expired");
    let mut banned = alice();
    banned["user"]["banned"] = true.into();
    front_end.reply(json(&banned));
    expect_rejected(&list(&app), "is not valid");
    banned["user"]["banExpires"] = "2001-01-01T00:00:00.000Z".into();
    front_end.reply(json(&banned));
    list(&app).expect(200);
    assert_eq!(app.request("GET", "/readyz").send().expect(200)["sessions"], "ok");
}

#[test]
fn only_the_session_cookie_is_sent_to_the_front_end() {
    let front_end = KeyServer::start(json(&alice()));
    let app = app_with_front_end(Database::Sqlite, &front_end, &[("BEARER_UNSIGNED", "true")]);
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    let cookie_request =
        app.request("GET", "/api/tasks").header("Cookie", &format!("a=b; {}; c=d", cookie_header(TOKEN)));
    let requests = [
        cookie_request.header("X-Request-Id", "mine").header("Origin", "https://evil.example"),
        app.request("GET", "/api/tasks").bearer(&value),
        app.request("GET", "/api/tasks").bearer(TOKEN),
    ];
    for request in requests {
        request.send().expect(200);
        let head = front_end.last_head();
        let mut lines = head.lines();
        const TARGET: &str = "GET /api/auth/get-session?disableCookieCache=true&disableRefresh=true HTTP/1.1";
        assert_eq!(lines.next(), Some(TARGET));
        let mut names: Vec<String> =
            lines.map(|line| line.split_once(": ").expect("a header").0.to_ascii_lowercase()).collect();
        names.sort();
        assert_eq!(names, ["accept", "cookie", "host", "user-agent"]);
        assert!(
            head.lines().any(|line| line.eq_ignore_ascii_case(&format!("cookie: {}", cookie_header(TOKEN)))),
            "{head}"
        );
    }
}

#[test]
fn unsigned_tokens_cause_no_request_to_the_front_end() {
    let front_end = KeyServer::start(json(&alice()));
    let app = app_with_front_end(Database::Sqlite, &front_end, &[]);
    let forged = signed_cookie_value(TOKEN, &Secret::new("another secret of more than 32 bytes"));
    for value in ["x", TOKEN, &forged] {
        let cookie = format!("better-auth.session_token={value}");
        expect_rejected(&app.request("GET", "/api/tasks").header("Cookie", &cookie).send(), "is not valid");
        expect_rejected(&app.request("GET", "/api/tasks").bearer(value).send(), "is not valid");
    }
    app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
    assert_eq!(front_end.requests(), 0);
}

fn an_invalid_front_end_response_is_an_outage(database: Database) {
    let mut front_end = KeyServer::start(json(&alice()));
    let app = app_with_front_end(database, &front_end, &[]);
    list(&app).expect(200);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let other_host = KeyServer::start(json(&alice()));
    let replies = [
        Reply::status("500 Internal Server Error"),
        Reply::status("401 Unauthorized"),
        Reply::status("404 Not Found"),
        Reply::status("429 Too Many Requests"),
        Reply::status("204 No Content"),
        Reply::redirect(&format!("{}/api/auth/get-session", other_host.base())),
        Reply::redirect(&format!("{}/other", front_end.base())),
        Reply::Silence,
        Reply::Endless(format!("{head}\r\n").into_bytes()),
        Reply::Bytes(format!("{head}Content-Length: 9999999\r\n\r\n{{").into_bytes()),
        Reply::Bytes(b"no HTTP".to_vec()),
        json(&json!({})),
        json(&json!({ "session": null, "user": null })),
        json(&session_json("another0another0another0another0", "alice", Utc::now() + TimeDelta::hours(1))),
        Reply::body("200 OK", "Content-Type: text/html", "<!doctype html>"),
        Reply::body("200 OK", "Content-Type: application/json", ""),
    ];
    for reply in replies {
        front_end.reply(reply);
        expect_outage(&list(&app));
        front_end.reply(json(&alice()));
        list(&app).expect(200);
    }
    assert_eq!(other_host.requests(), 0);
    front_end.stop();
    expect_outage(&list(&app));
    app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
    app.request("GET", "/readyz").send().expect(200);
    front_end.resume();
    list(&app).expect(200);
}
