//! The service fails as documented, and lists have the documented shape.

use serde_json::json;

use super::{SHAPES, assert_documented, document, operations};
use crate::on_both;
use crate::support::{App, Database, Request, jwt};

on_both!(failures_are_documented, lists_have_the_configured_shape);

/// Provokes common failures at each operation that documents them, and other failures at one operation.
fn failures_are_documented(database: Database) {
    let document = document(&[]);
    let app = App::start(database);
    app.create("demo", &json!({ "title": "Buy milk" }));
    let is_guarded = |path: &str| path.starts_with("/api/");
    for (path, method, operation) in operations(&document).into_iter().filter(|(path, ..)| is_guarded(path)) {
        let send = |user: &str, id: &str, with: &dyn Fn(Request) -> Request, status: u16| {
            let target = path.replace("{user_id}", "demo").replace("{id}", id);
            let request = app.request(&method.to_uppercase(), &target);
            let request = if user.is_empty() { request } else { request.bearer(&jwt(user)) };
            let answer = with(request).send();
            answer.expect(status);
            assert_documented(&document, (path, method), &answer);
        };
        let plain = |request: Request| request;
        send("", "1", &plain, 401);
        if path.contains("{user_id}") {
            send("other", "1", &plain, 403);
        }
        if path.contains("{id}") {
            let object = |request: Request| request.json(&json!({ "status": "pending", "completed": false }));
            send("demo", "9", &object, 404);
            send("demo", "one", &object, 404);
            if !matches!(method, "get") && !path.ends_with("restore") {
                send("demo", "1", &|request| object(request).header("If-Match", "\"1-9\""), 412);
            }
        }
        if operation.get("requestBody").is_some() {
            let large = |request: Request| {
                request.header("Content-Type", "application/json").header("Content-Length", "99999999")
            };
            send("demo", "1", &large, 413);
            send("demo", "1", &|request| request.header("Content-Type", "text/plain").body(b"{}"), 415);
            send("demo", "1", &|request| request.text("{"), 400);
            if operation["responses"].get("422").is_some() {
                send("demo", "1", &|request| request.text("1"), 422);
            }
        }
    }
    let create = |title: &str| {
        let request = app.request_as("demo", "POST", "/api/tasks").header("Idempotency-Key", "k");
        request.json(&json!({ "title": title })).send()
    };
    for (title, status) in [("a", 201), ("a", 201), ("b", 422)] {
        let answer = create(title);
        assert_eq!(answer.status, status);
        assert_documented(&document, ("/api/tasks", "post"), &answer);
    }
    let unchanged = app.request_as("demo", "GET", "/api/tasks/1").header("If-None-Match", "*").send();
    assert_eq!(unchanged.status, 304);
    assert_documented(&document, ("/api/tasks/{id}", "get"), &unchanged);
    app.execute("DROP TABLE tasks");
    let failed = app.request_as("demo", "GET", "/api/tasks").send();
    failed.expect(500);
    assert_documented(&document, ("/api/tasks", "get"), &failed);
}

fn lists_have_the_configured_shape(database: Database) {
    for shape in SHAPES {
        let settings = [("LIST_SHAPE", shape)];
        let app = App::start_with(database, &settings);
        app.create("demo", &json!({ "title": "Buy milk" }));
        let answer = app.request_as("demo", "GET", "/api/tasks?count=exact&limit=1").send();
        let served = app.request("GET", "/openapi.json").send().expect(200);
        assert_eq!(served, document(&settings));
        assert_documented(&served, ("/api/tasks", "get"), &answer);
    }
}
