//! The user id of a path: any text, compared byte by byte with the user of the credential.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::INVALID;
use crate::on_both;
use crate::support::{App, Database, SECRET, cookie_header, hmac, hs256, jws, jwt};

on_both!(
    a_bearer_takes_precedence_over_a_cookie,
    a_user_id_may_be_any_text,
    user_ids_are_compared_byte_by_byte,
    a_user_id_may_be_tasks,
);

fn a_bearer_takes_precedence_over_a_cookie(database: Database) {
    let app = App::start(database);
    let session = app.sign_in("alice");
    let cookie = cookie_header(&session);
    let get = |path: &str, authorization: &[&str], cookie: &str| {
        let request = app.request("GET", path).header("Cookie", cookie);
        authorization.iter().fold(request, |request, value| request.header("Authorization", value)).send()
    };
    for scheme in ["Basic YTpi", "basic YTpi", "Negotiate abc", "Bearerish abc", "Digest"] {
        get("/api/alice/tasks", &[scheme], &cookie).expect(200);
    }
    let bob = format!("Bearer {}", jwt("bob"));
    for invalid in ["better-auth.session_token=bad.signature", &cookie_header("unknown"), &cookie] {
        get("/api/bob/tasks", &[&bob], invalid).expect(200);
        get("/api/alice/tasks", &[&bob], invalid).expect(403);
    }
    let invalid = ["Bearer bad", "Bearer", "bEaReR bad", "Bearer a.b.c"];
    let invalid = invalid.iter().map(|value| get("/api/alice/tasks", &[value], &cookie));
    let repeated = [["Basic YTpi", &bob], [&bob, "Basic YTpi"]].map(|two| get("/api/bob/tasks", &two, &cookie));
    for answer in invalid.chain(repeated) {
        assert_eq!(answer.expect(401)["error"]["code"], "invalid_credential");
        assert_eq!(answer.header("www-authenticate"), Some(INVALID));
    }
}

fn a_user_id_may_be_any_text(database: Database) {
    let app = App::start(database);
    let special =
        ["a/b", "a%2Fb", "100%", "a b", "+a+b", "ü€🦀", "..", ".", "a.b", "o'neil\"", "\\", "q?x#y", "a;b=c&d", "a\nb"];
    for user in special.into_iter().chain(["42", "api", "{user_id}", "auth0|6", "a@b.c", "(select 1)--"]) {
        let path = format!("/api/{}/tasks", utf8_percent_encode(user, NON_ALPHANUMERIC));
        let created =
            app.request_as(user, "POST", &path).json(&json!({ "title": "t", "user_id": "alice" })).send().expect(201);
        assert_eq!(created["user_id"], user);
        assert_eq!(app.request_as(user, "GET", &path).send().expect(200), json!([created]), "{user}");
        assert_eq!(app.request_as(user, "GET", "/api/tasks").send().expect(200), json!([created]), "{user}");
        assert_eq!(app.request_as("alice", "GET", &path).send().expect(403)["error"]["code"], "not_owner", "{user}");
    }
    // characters may be escaped that need no escape
    for (user, path) in [("..", ".."), (".", "."), ("a.b", "a.b"), ("+a+b", "+a+b"), ("alice", "%61lice"), ("42", "42")]
    {
        app.request_as(user, "GET", &format!("/api/{path}/tasks")).send().expect(200);
    }
    // PostgreSQL cannot store a zero byte
    assert!(app.request_as("a\0b", "GET", "/api/tasks").send().status < 500);
    let exp = chrono::Utc::now().timestamp() + 900;
    let number = hs256(&json!({ "sub": 42, "exp": exp }), SECRET);
    assert_eq!(app.request("GET", "/api/42/tasks").bearer(&number).send().expect(200)[0]["user_id"], "42");
}

fn user_ids_are_compared_byte_by_byte(database: Database) {
    let app = App::start(database);
    let pairs = [
        ("alice", "Alice"),
        ("alice", "alice%20"),
        ("alice", "%20alice"),
        ("alice", "alice%00"),
        ("alice", "alice."),
        ("alice", "alice%2F"),
        ("alice", "%2561lice"),
        ("alice", "%EF%BD%81lice"), // a full-width a
        ("alice ", "alice"),
        ("Alice", "alice"),
        ("a b", "a+b"),
        ("a+b", "a%20b"),
        ("a/b", "a%252Fb"),
        ("a%2Fb", "a%2Fb"),
        ("\u{e9}", "e%CC%81"), // one character, or a letter and its accent
        ("\u{fffd}", "%FF"),   // not UTF-8
        ("42", "042"),
        ("42", "+42"),
        ("42", "42.0"),
    ];
    for (user, path) in pairs {
        let answer = app.request_as(user, "GET", &format!("/api/{path}/tasks")).send();
        assert_eq!(answer.status, 403, "{user:?} at {path}");
    }
    // the service does not resolve `..`
    app.request_as("alice", "GET", "/api/alice/tasks/..%2F..%2Fbob%2Ftasks").send().expect(404);
    app.request_as("alice", "GET", "/api/alice/../bob/tasks").send().expect(404);
}

fn a_user_id_may_be_tasks(database: Database) {
    let app = App::start(database);
    let task = app.create("tasks", &json!({ "title": "t" }));
    for path in ["/api/tasks/tasks", "/api/tasks/tasks/", "/api/tasks"] {
        assert_eq!(app.request_as("tasks", "GET", path).send().expect(200), json!([task]), "{path}");
    }
    assert_eq!(app.request_as("tasks", "GET", &format!("/api/tasks/tasks/{}", task["id"])).send().expect(200), task);
    app.request_as("alice", "GET", "/api/tasks/tasks").send().expect(403);
    app.request("GET", "/api/tasks/tasks").bearer(&jws("{}", "{}", hmac("k"))).send().expect(401);
}
