//! Completing and reopening a task.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request};

on_both!(
    a_request_without_a_body_toggles,
    any_other_body_is_422,
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
    assert_eq!((&task["completed"], &task["is_completed"]), (&json!(completed), &json!(completed)), "{task}");
    assert_eq!(task["status"], if completed { "completed" } else { "pending" });
    assert_eq!(task["completed_at"].is_string(), completed, "{task}");
}

fn a_request_without_a_body_toggles(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "toggled" }));
    let request = || complete(&app, &task);
    let requests = [
        ("no body", request()),
        ("an empty body", request().body(b"")),
        ("an empty body with a type", request().text("")),
        ("an empty body of another type", request().header("Content-Type", "text/plain").body(b"")),
        ("an empty object", request().text("{}")),
    ];
    for (number, (description, request)) in requests.into_iter().enumerate() {
        let after = request.send().expect(200);
        assert_eq!(after["completed"], number % 2 == 0, "{description}");
        assert_completed(&after, number % 2 == 0);
    }
}

fn any_other_body_is_422(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "left as it is" }));
    let id = &task["id"];
    for (method, route) in [("PATCH", "complete"), ("POST", "complete"), ("PATCH", "toggle")] {
        let send = |body: &str| {
            app.request_as("alice", method, &format!("/api/tasks/{id}/{route}")).text(body).send().error_pointers()
        };
        for body in ["1", "true", r#""completed""#, "[]", "[true]", "null"] {
            assert_eq!(send(body), ["#"], "{body}");
        }
        for value in [r#""yes""#, r#""true""#, "null", "1", "0", "[]", "{}"] {
            assert_eq!(send(&format!(r#"{{"completed":{value}}}"#)), ["#/completed"], "{value}");
            assert_eq!(send(&format!(r#"{{"is_completed":{value}}}"#)), ["#/is_completed"], "{value}");
        }
        for body in [r#"{"other":1}"#, r#"{"status":"completed"}"#, r#"{"title":"x"}"#] {
            assert_eq!(send(body), ["#/completed"], "{body}");
        }
    }
    for value in [json!("yes"), json!(1), json!(null)] {
        let operation = json!({ "op": "complete", "id": id, "completed": value });
        let bulk = app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": [operation] }));
        assert_eq!(bulk.send().error_pointers(), ["#/operations/0/completed"], "{value}");
    }
    assert_completed(&app.request_as("alice", "GET", &format!("/api/tasks/{id}")).send().expect(200), false);
    let toggle = json!({ "operations": [{ "op": "complete", "id": id, "version": null }] });
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&toggle).send().expect(200);
    assert_completed(&app.request_as("alice", "GET", &format!("/api/tasks/{id}")).send().expect(200), true);
}

fn a_boolean_sets_the_completion(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "set" }));
    for completed in [false, true, true, false, false] {
        for name in ["completed", "is_completed", "isCompleted", "done"] {
            let after = complete(&app, &task).json(&json!({ name: completed, "other": 1 })).send().expect(200);
            assert_completed(&after, completed);
        }
    }
}

fn every_route_alias_toggles_and_sets(database: Database) {
    let app = App::start(database);
    for (method, route) in [("PATCH", "complete"), ("POST", "complete"), ("PATCH", "toggle")] {
        let task = app.create("alice", &json!({ "title": route }));
        for base in ["/api/alice/tasks", "/api/users/alice/tasks", "/api/tasks"] {
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
