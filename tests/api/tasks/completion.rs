//! Completing and reopening a task.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request};

on_both!(
    a_request_without_a_boolean_toggles,
    a_body_that_is_not_an_object_is_422,
    a_boolean_sets_the_completion,
    every_route_alias_toggles_and_sets,
    the_status_route_accepts_both_words_in_any_case,
    completed_at_is_set_once_and_kept,
);

/// Returns a `PATCH …/complete` request for this task, without a body.
fn complete(app: &App, task: &Value) -> Request {
    app.request_as("alice", "PATCH", &format!("/api/alice/tasks/{}/complete", task["id"]))
}

#[track_caller]
fn assert_completed(task: &Value, completed: bool) {
    assert_eq!(task["completed"], completed, "{task}");
    assert_eq!(task["status"], if completed { "completed" } else { "pending" });
    assert_eq!(task["completed_at"].is_string(), completed, "{task}");
}

fn a_request_without_a_boolean_toggles(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "toggled" }));
    let request = || complete(&app, &task);
    let requests = [
        ("no body", request()),
        ("an empty body", request().body(b"")),
        ("an empty body with a type", request().text("")),
        ("an empty body of another type", request().header("Content-Type", "text/plain").body(b"")),
        ("an empty object", request().text("{}")),
        ("null", request().text(r#"{"completed":null}"#)),
        ("another member", request().text(r#"{"other":1}"#)),
        ("a text", request().text(r#"{"completed":"true"}"#)),
    ];
    for (number, (description, request)) in requests.into_iter().enumerate() {
        let after = request.send().expect(200);
        assert_eq!(after["completed"], number % 2 == 0, "{description}");
        assert_completed(&after, number % 2 == 0);
    }
}

fn a_body_that_is_not_an_object_is_422(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "left as it is" }));
    for body in ["1", "true", r#""completed""#, "[]", "[true]"] {
        assert_eq!(complete(&app, &task).text(body).send().status, 422, "{body}");
    }
    assert_completed(&app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200), false);
}

fn a_boolean_sets_the_completion(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "set" }));
    for completed in [false, true, true, false, false] {
        let after = complete(&app, &task).json(&json!({ "completed": completed })).send().expect(200);
        assert_completed(&after, completed);
    }
}

fn every_route_alias_toggles_and_sets(database: Database) {
    let app = App::start(database);
    for (method, route) in [("PATCH", "complete"), ("POST", "complete"), ("PATCH", "toggle")] {
        let task = app.create("alice", &json!({ "title": route }));
        for base in ["/api/alice/tasks", "/api/tasks"] {
            for slash in ["", "/"] {
                let request = || app.request_as("alice", method, &format!("{base}/{}/{route}{slash}", task["id"]));
                assert_completed(&request().send().expect(200), true);
                assert_completed(&request().json(&json!({})).send().expect(200), false);
                assert_completed(&request().json(&json!({ "completed": true })).send().expect(200), true);
                assert_completed(&request().json(&json!({ "completed": false })).send().expect(200), false);
            }
        }
    }
}

fn the_status_route_accepts_both_words_in_any_case(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "by status" }));
    for path in [format!("/api/alice/tasks/{}/status", task["id"]), format!("/api/tasks/{}/status/", task["id"])] {
        for (word, completed) in [("completed", true), ("pending", false), ("Completed", true), ("PENDING", false)] {
            for _ in 0..2 {
                let updated =
                    app.request_as("alice", "PATCH", &path).json(&json!({ "status": word })).send().expect(200);
                assert_completed(&updated, completed);
            }
        }
        for invalid in [json!("someday"), json!(""), json!(7), json!(["completed"])] {
            let response = app.request_as("alice", "PATCH", &path).json(&json!({ "status": invalid })).send();
            assert_eq!(response.error_pointers(), ["#/status"], "{invalid}");
        }
    }
}

fn completed_at_is_set_once_and_kept(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "done" }));
    let path = format!("/api/tasks/{}", task["id"]);
    // a past timestamp distinguishes the kept value from a new one
    let long_ago = "2020-02-03T04:05:06.789Z";
    complete(&app, &task).send().expect(200);
    app.execute("UPDATE tasks SET completed_at = '2020-02-03 04:05:06.789'");
    let keeping_requests = [
        complete(&app, &task).json(&json!({ "completed": true })),
        app.request_as("alice", "PUT", &path).json(&json!({ "completed": true })),
        app.request_as("alice", "PATCH", &path).json(&json!({ "title": "still done" })),
        app.request_as("alice", "PATCH", &format!("{path}/status")).json(&json!({ "status": "completed" })),
        app.request_as("alice", "GET", &path),
    ];
    for request in keeping_requests {
        assert_eq!(request.send().expect(200)["completed_at"], long_ago);
    }
    assert_eq!(complete(&app, &task).send().expect(200)["completed_at"], Value::Null);
    let completed_again = complete(&app, &task).send().expect(200);
    assert!(
        completed_again["completed_at"].as_str().unwrap() >= task["created_at"].as_str().unwrap(),
        "{completed_again}"
    );
}
