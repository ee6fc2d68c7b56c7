//! Creating, fetching and deleting a task.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_created_task_has_every_member_and_can_be_fetched,
    task_routes_accept_paths_without_user_id_and_with_trailing_slash,
    a_user_id_may_be_any_text,
    a_deleted_task_is_404_and_its_id_is_not_reused,
    head_returns_the_headers_of_get_without_a_body,
    a_user_cannot_read_or_change_tasks_of_another_user,
);

/// The members of a task. Every response contains all of them.
const MEMBERS: [&str; 20] = [
    "completed",
    "completed_at",
    "created_at",
    "description",
    "due_date",
    "excluded_dates",
    "id",
    "is_completed",
    "priority",
    "recurrence_rule",
    "remind_at",
    "repeat_from",
    "series_id",
    "status",
    "tags",
    "time_zone",
    "title",
    "updated_at",
    "user_id",
    "version",
];

/// Returns a task with a value in every member that a client can set.
pub fn full_task() -> Value {
    json!({
        "title": "Buy milk", "description": "two\nlitres", "priority": "high", "tags": ["home", "shop"],
        "due_date": "2026-12-01T09:00:00Z", "time_zone": "Europe/Vienna", "remind_at": "2026-12-01T08:00:00Z",
        "recurrence_rule": "FREQ=WEEKLY;BYDAY=MO",
    })
}

#[track_caller]
pub fn assert_timestamp(value: &Value) {
    let text = value.as_str().unwrap();
    assert_eq!((text.len(), &text[10..11], &text[19..20], &text[23..]), (24, "T", ".", "Z"), "{text}");
    chrono::DateTime::parse_from_rfc3339(text).unwrap();
}

fn a_created_task_has_every_member_and_can_be_fetched(database: Database) {
    let app = App::start(database);
    let response = app.request_as("alice", "POST", "/api/alice/tasks").json(&json!({ "title": "Buy milk" })).send();
    let task = response.expect(201);
    let mut keys: Vec<&String> = task.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, MEMBERS);
    let expected = json!({
        "id": task["id"], "user_id": "alice", "title": "Buy milk", "description": null, "completed": false,
        "is_completed": false, "status": "pending", "completed_at": null, "priority": "medium", "tags": [], "due_date": null,
        "time_zone": null, "remind_at": null, "recurrence_rule": null, "repeat_from": "due_date",
        "excluded_dates": [],
        "series_id": null, "version": 1,
        "created_at": task["created_at"], "updated_at": task["created_at"],
    });
    assert_eq!(task, expected);
    assert!(task["id"].as_i64().unwrap() > 0);
    assert_timestamp(&task["created_at"]);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let location = response.header("location").unwrap();
    assert_eq!(location, format!("/api/alice/tasks/{}", task["id"]));
    assert_eq!(app.request_as("alice", "GET", location).send().expect(200), task);
}

fn task_routes_accept_paths_without_user_id_and_with_trailing_slash(database: Database) {
    let app = App::start(database);
    for list in ["/api/alice/tasks", "/api/alice/tasks/", "/api/tasks", "/api/tasks/"] {
        let created = app.request_as("alice", "POST", list).json(&full_task()).send();
        let task = created.expect(201);
        assert_eq!(app.request_as("alice", "GET", created.header("location").unwrap()).send().expect(200), task);
        assert_eq!(app.request_as("alice", "GET", list).send().expect(200)[0], task, "{list}");
        let base = format!("{}/{}", list.trim_end_matches('/'), task["id"]);
        let trailing_slash = if list.ends_with('/') { "/" } else { "" };
        let item = format!("{base}{trailing_slash}");
        assert_eq!(app.request_as("alice", "GET", &item).send().expect(200), task);
        for method in ["PUT", "PATCH"] {
            let changed = app.request_as("alice", method, &item).json(&json!({ "title": method })).send().expect(200);
            assert_eq!(changed["title"], method);
        }
        let complete = app.request_as("alice", "PATCH", &format!("{base}/complete{trailing_slash}")).send().expect(200);
        assert_eq!(complete["completed"], true);
        assert_eq!(app.request_as("alice", "DELETE", &item).send().expect(200)["id"], task["id"]);
    }
}

/// User ids are opaque. `tasks` is a valid user id: `/api/tasks/tasks` is the list of that user.
fn a_user_id_may_be_any_text(database: Database) {
    let app = App::start(database);
    let users = [
        ("6DLBcOCD", "6DLBcOCD"),
        ("7", "7"),
        ("tasks", "tasks"),
        ("0b9d7a3e-4c55-4a65-8a36-6a2d0f0a5d3c", "0b9d7a3e-4c55-4a65-8a36-6a2d0f0a5d3c"),
        ("%61lice", "alice"),
        ("a%20b", "a b"),
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("a%2Fb", "a/b"),
        ("50%25", "50%"),
        ("a%252Fb", "a%2Fb"),
        ("%C3%BC", "ü"),
        ("me@example.com", "me@example.com"),
    ];
    for (in_path, user) in users {
        let path = format!("/api/{in_path}/tasks");
        let created = app.request_as(user, "POST", &path).json(&json!({ "title": "mine" })).send();
        let task = created.expect(201);
        assert_eq!(task["user_id"], user);
        assert_eq!(app.request_as(user, "GET", created.header("location").unwrap()).send().expect(200), task);
        assert_eq!(app.request_as(user, "GET", &path).send().expect(200)[0], task);
    }
    app.request_as("alice", "GET", "/api/tasks/tasks").send().expect(403);
}

fn a_deleted_task_is_404_and_its_id_is_not_reused(database: Database) {
    let app = App::start(database);
    let remaining = app.create("alice", &full_task());
    let mut last = remaining["id"].as_i64().unwrap();
    for _ in 0..2 {
        let id = app.create("alice", &full_task())["id"].as_i64().unwrap();
        assert!(id > last, "{id} was used before");
        let path = format!("/api/alice/tasks/{id}");
        let response = app.request_as("alice", "DELETE", &path).send().expect(200);
        assert_eq!(response, json!({ "message": "Task deleted", "id": id, "success": true }));
        for method in ["GET", "DELETE"] {
            app.request_as("alice", method, &path).send().expect(404);
        }
        app.request_as("alice", "PUT", &path).json(&json!({ "title": "still there?" })).send().expect(404);
        app.request_as("alice", "PATCH", &format!("{path}/complete")).send().expect(404);
        last = id;
    }
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([remaining]));
}

fn head_returns_the_headers_of_get_without_a_body(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &full_task());
    for path in ["/api/tasks".to_owned(), format!("/api/alice/tasks/{}", task["id"]), "/livez".to_owned()] {
        let get = app.request_as("alice", "GET", &path).send();
        let head = app.request_as("alice", "HEAD", &path).send();
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert!(!get.body.is_empty());
        for name in ["content-type", "content-length", "cache-control"] {
            assert!(get.header(name).is_some(), "{path} {name}");
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    let missing = app.request_as("alice", "HEAD", "/api/tasks/999999").send();
    assert_eq!((missing.status, missing.body.len()), (404, 0));
}

fn a_user_cannot_read_or_change_tasks_of_another_user(database: Database) {
    let app = App::start(database);
    let alices_task = app.create("alice", &full_task());
    let bobs_task = app.create("bob", &json!({ "title": "His" }));
    assert_ne!(alices_task["id"], bobs_task["id"]);
    assert_eq!(app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200), json!([alices_task]));
    assert_eq!(app.request_as("bob", "GET", "/api/tasks").send().expect(200), json!([bobs_task]));
    for base in ["/api/bob/tasks", "/api/tasks"] {
        let path = format!("{base}/{}", alices_task["id"]);
        app.request_as("bob", "GET", &path).send().expect(404);
        app.request_as("bob", "DELETE", &path).send().expect(404);
        app.request_as("bob", "PUT", &path).json(&json!({ "title": "Mine now" })).send().expect(404);
        app.request_as("bob", "PATCH", &path).json(&json!({ "title": "Mine now" })).send().expect(404);
        app.request_as("bob", "PATCH", &format!("{path}/complete")).send().expect(404);
    }
    assert_eq!(
        app.request_as("alice", "GET", &format!("/api/tasks/{}", alices_task["id"])).send().expect(200),
        alices_task
    );
}
