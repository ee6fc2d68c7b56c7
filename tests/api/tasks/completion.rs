//! Completing a task, and opening it again.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request};

on_both!(
    a_call_without_a_boolean_toggles,
    a_body_that_is_no_object_is_refused,
    a_boolean_sets,
    every_alias_does_the_same,
    a_status_is_read_in_all_its_words,
    the_moment_of_completion_is_set_once_and_kept,
);

/// `PATCH …/complete` of this task, without a body.
fn complete(app: &App, task: &Value) -> Request {
    app.by("alice", "PATCH", &format!("/api/alice/tasks/{}/complete", task["id"]))
}

#[track_caller]
fn assert_completed(task: &Value, completed: bool) {
    assert_eq!(task["completed"], completed, "{task}");
    assert_eq!(task["status"], if completed { "completed" } else { "pending" });
    assert_eq!(task["completed_at"].is_string(), completed, "{task}");
}

fn a_call_without_a_boolean_toggles(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "toggled" }));
    let call = || complete(&app, &task);
    let calls = [
        ("no body", call()),
        ("an empty body", call().body(b"")),
        ("an empty body with a type", call().text("")),
        ("an empty body of another type", call().header("Content-Type", "text/plain").body(b"")),
        ("an empty object", call().text("{}")),
        ("null", call().text(r#"{"completed":null}"#)),
        ("another member", call().text(r#"{"other":1}"#)),
        ("a text", call().text(r#"{"completed":"true"}"#)),
    ];
    for (number, (what, request)) in calls.into_iter().enumerate() {
        let after = request.send().expect(200);
        assert_eq!(after["completed"], number % 2 == 0, "{what}");
        assert_completed(&after, number % 2 == 0);
    }
}

fn a_body_that_is_no_object_is_refused(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "left as it is" }));
    for body in ["1", "true", r#""completed""#, "[]", "[true]"] {
        assert_eq!(complete(&app, &task).text(body).send().status, 422, "{body}");
    }
    assert_completed(&app.by("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200), false);
}

fn a_boolean_sets(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "set" }));
    for completed in [false, true, true, false, false] {
        let after = complete(&app, &task).json(&json!({ "completed": completed })).send().expect(200);
        assert_completed(&after, completed);
    }
}

fn every_alias_does_the_same(database: Database) {
    let app = App::start(database);
    for (method, below) in [("PATCH", "complete"), ("POST", "complete"), ("PATCH", "toggle")] {
        let task = app.create("alice", &json!({ "title": below }));
        for base in ["/api/alice/tasks", "/api/tasks"] {
            for slash in ["", "/"] {
                let call = || app.by("alice", method, &format!("{base}/{}/{below}{slash}", task["id"]));
                assert_completed(&call().send().expect(200), true);
                assert_completed(&call().json(&json!({})).send().expect(200), false);
                assert_completed(&call().json(&json!({ "completed": true })).send().expect(200), true);
                assert_completed(&call().json(&json!({ "completed": false })).send().expect(200), false);
            }
        }
    }
}

fn a_status_is_read_in_all_its_words(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "by status" }));
    for path in [format!("/api/alice/tasks/{}/status", task["id"]), format!("/api/tasks/{}/status/", task["id"])] {
        for (word, completed) in [("completed", true), ("pending", false), ("Completed", true), ("PENDING", false)] {
            for _ in 0..2 {
                let set = app.by("alice", "PATCH", &path).json(&json!({ "status": word })).send().expect(200);
                assert_completed(&set, completed);
            }
        }
        for wrong in [json!("someday"), json!(""), json!(7), json!(["completed"])] {
            let refused = app.by("alice", "PATCH", &path).json(&json!({ "status": wrong })).send();
            assert_eq!(refused.wrong(), ["#/status"], "{wrong}");
        }
    }
}

fn the_moment_of_completion_is_set_once_and_kept(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "done" }));
    let path = format!("/api/tasks/{}", task["id"]);
    // long ago, so that a moment that is set again cannot look like the one that was kept
    let long_ago = "2020-02-03T04:05:06.789Z";
    complete(&app, &task).send().expect(200);
    app.execute("UPDATE tasks SET completed_at = '2020-02-03 04:05:06.789'");
    let keeping = [
        complete(&app, &task).json(&json!({ "completed": true })),
        app.by("alice", "PUT", &path).json(&json!({ "completed": true })),
        app.by("alice", "PATCH", &path).json(&json!({ "title": "still done" })),
        app.by("alice", "PATCH", &format!("{path}/status")).json(&json!({ "status": "completed" })),
        app.by("alice", "GET", &path),
    ];
    for request in keeping {
        assert_eq!(request.send().expect(200)["completed_at"], long_ago);
    }
    assert_eq!(complete(&app, &task).send().expect(200)["completed_at"], Value::Null);
    let again = complete(&app, &task).send().expect(200);
    assert!(again["completed_at"].as_str().unwrap() >= task["created_at"].as_str().unwrap(), "{again}");
}
