//! Tests of export and import.

pub mod calendar_files;
pub mod calendar_input;
pub mod calendar_series;
pub mod calendar_zones;
pub mod export_and_import;
pub mod export_bounds;
pub mod import_bounds;
pub mod import_memory;
pub mod import_updates;

use serde_json::{Value, json};

use crate::support::{App, Response};

/// Imports a calendar as alice.
fn import_calendar(app: &App, body: &[u8]) -> Response {
    app.request_as("alice", "POST", "/api/tasks/import").header("Content-Type", "text/calendar").body(body).send()
}

/// Returns a calendar with these lines.
fn calendar(lines: &str) -> String {
    let lines: String = lines.trim().lines().map(|line| format!("{}\r\n", line.trim_start())).collect();
    format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n")
}

/// Returns a calendar with one task.
pub fn calendar_with_todo(lines: &str) -> String {
    calendar(&format!("BEGIN:VTODO\n{}\nEND:VTODO", lines.trim()))
}

/// Returns the report of an import without rejected tasks.
pub fn report(created: usize, updated: usize, skipped: usize) -> Value {
    json!({ "created": created, "updated": updated, "skipped": skipped, "rejected": [] })
}

/// Returns alice's task with this uid, as exported.
fn task(app: &App, uid: &str) -> Value {
    let tasks = app.request_as("alice", "GET", "/api/tasks/export").send().chunked_json();
    let task = tasks.as_array().unwrap().iter().find(|task| task["uid"] == uid);
    task.unwrap_or_else(|| panic!("there is no task {uid} in {tasks}")).clone()
}

/// Asserts some members of alice's task with this uid.
#[track_caller]
fn assert_members(app: &App, uid: &str, expected: &Value) {
    let task = task(app, uid);
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&task[name], value, "{name} of {uid}: {task}");
    }
}

/// Completes alice's task with this uid, and returns the pending tasks of its series.
fn complete(app: &App, uid: &str) -> Vec<Value> {
    let task = task(app, uid);
    let path = format!("/api/tasks/{}/complete", task["id"]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "completed": true })).send().expect(200);
    let list = format!("/api/tasks?series={}&status=pending", task["id"]);
    app.request_as("alice", "GET", &list).send().expect(200).as_array().unwrap().clone()
}
