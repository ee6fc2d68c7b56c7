//! Updating a task with PUT and PATCH.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};
use crate::tasks::lifecycle::{assert_timestamp, full_task};

on_both!(
    put_and_patch_keep_absent_members,
    null_resets_a_member_to_its_default,
    only_successful_writes_increment_the_version,
    sending_back_a_fetched_task_changes_nothing,
    sending_back_a_task_with_another_status_changes_its_completion,
);

/// Removes the members that every write changes.
fn without_version(mut task: Value) -> Value {
    for key in ["version", "updated_at"] {
        task.as_object_mut().unwrap().remove(key).unwrap();
    }
    task
}

fn put_and_patch_keep_absent_members(database: Database) {
    let app = App::start(database);
    let changes = [
        ("title", json!("Buy oats")),
        ("description", json!("one kilo")),
        ("priority", json!("low")),
        ("tags", json!(["kitchen"])),
        ("due_date", json!("2027-01-02")),
        ("time_zone", json!("Asia/Tokyo")),
        ("remind_at", json!("2027-01-01T07:30:00Z")),
        ("recurrence_rule", json!("FREQ=DAILY")),
    ];
    for method in ["PUT", "PATCH"] {
        let mut expected = app.create("alice", &full_task());
        let path = format!("/api/tasks/{}", expected["id"]);
        for (name, value) in &changes {
            let changed = app.request_as("alice", method, &path).json(&json!({ *name: value })).send().expect(200);
            expected[*name] = value.clone();
            assert_eq!(without_version(changed.clone()), without_version(expected.clone()), "{method} {name}");
            assert_eq!(app.request_as("alice", "GET", &path).send().expect(200), changed);
        }
    }
}

fn null_resets_a_member_to_its_default(database: Database) {
    let app = App::start(database);
    let defaults = [
        ("description", json!(null)),
        ("priority", json!("medium")),
        ("tags", json!([])),
        ("due_date", json!(null)),
        ("time_zone", json!(null)),
        ("remind_at", json!(null)),
        ("recurrence_rule", json!(null)),
    ];
    for method in ["PUT", "PATCH"] {
        let mut expected = app.create("alice", &full_task());
        let path = format!("/api/tasks/{}", expected["id"]);
        for (name, value) in &defaults {
            let changed = app.request_as("alice", method, &path).json(&json!({ *name: null })).send().expect(200);
            expected[*name] = value.clone();
            assert_eq!(without_version(changed), without_version(expected.clone()), "{method} {name}");
        }
        // the title is required
        assert_eq!(
            app.request_as("alice", method, &path).json(&json!({ "title": null })).send().error_pointers(),
            ["#/title"]
        );
        assert_eq!(app.request_as("alice", "GET", &path).send().expect(200)["title"], "Buy milk");
    }
}

fn only_successful_writes_increment_the_version(database: Database) {
    let app = App::start(database);
    let mut before = app.create("alice", &full_task());
    let path = format!("/api/tasks/{}", before["id"]);
    let writes = [
        ("PUT", "", json!({})),
        ("PATCH", "", json!({})),
        ("PUT", "", json!({ "title": "Buy milk" })),
        ("PATCH", "/complete", json!({})),
        ("PATCH", "/complete", json!({ "completed": true })),
        ("PATCH", "/toggle", json!({})),
        ("PATCH", "/status", json!({ "status": "completed" })),
    ];
    for (method, suffix, body) in writes {
        let after = app.request_as("alice", method, &format!("{path}{suffix}")).json(&body).send().expect(200);
        assert_eq!(
            after["version"].as_i64(),
            before["version"].as_i64().map(|version| version + 1),
            "{method}{suffix}"
        );
        assert_eq!(after["created_at"], before["created_at"]);
        assert_timestamp(&after["updated_at"]);
        assert!(after["updated_at"].as_str() >= before["updated_at"].as_str());
        before = after;
    }
    app.request_as("alice", "PUT", &path).json(&json!({ "title": "" })).send().expect(422);
    app.request_as("alice", "PUT", &path).text("{").send().expect(400);
    app.request_as("alice", "PATCH", &format!("{path}/status")).json(&json!({ "status": "x" })).send().expect(422);
    app.request_as("bob", "PUT", &path).json(&json!({})).send().expect(404);
    app.request_as("bob", "PATCH", &format!("{path}/complete")).send().expect(404);
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(app.request_as("alice", "GET", &path).send().expect(200), before);
}

/// Front ends fetch a task, change one member and send all members.
fn sending_back_a_fetched_task_changes_nothing(database: Database) {
    let app = App::start(database);
    let mut all_day = full_task();
    all_day["due_date"] = json!("2026-12-01");
    let mut completed = full_task();
    completed["completed"] = json!(true);
    for task in [full_task(), all_day, completed, json!({ "title": "bare" })] {
        let before = app.create("alice", &task);
        let path = format!("/api/tasks/{}", before["id"]);
        for method in ["PUT", "PATCH"] {
            let fetched = app.request_as("alice", "GET", &path).send().expect(200);
            let after = app.request_as("alice", method, &path).json(&fetched).send().expect(200);
            assert_eq!(without_version(after), without_version(before.clone()));
        }
    }
}

fn sending_back_a_task_with_another_status_changes_its_completion(database: Database) {
    let app = App::start(database);
    let mut task = app.create("alice", &full_task());
    let path = format!("/api/tasks/{}", task["id"]);
    let changes = [
        ("status", json!("completed"), true),
        ("status", json!("pending"), false),
        ("completed", json!(true), true),
        ("completed", json!(false), false),
    ];
    for (name, value, expected) in changes {
        task[name] = value;
        task = app.request_as("alice", "PUT", &path).json(&task).send().expect(200);
        let status = if expected { "completed" } else { "pending" };
        assert_eq!((&task["completed"], &task["status"]), (&json!(expected), &json!(status)));
        assert_eq!(task["completed_at"].is_string(), expected);
    }
}
