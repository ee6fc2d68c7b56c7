//! Aliases of member names, unknown members, and reporting of several invalid members.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};
use crate::tasks::text_fields::{assert_rejected, assert_stored_as};

on_both!(
    every_alias_is_accepted,
    the_canonical_name_takes_precedence,
    the_changed_completion_of_a_whole_task_applies,
    unknown_members_are_ignored,
    every_invalid_member_is_reported,
);

/// The canonical name, its aliases, two valid values, and an invalid value.
type FieldNames = (&'static str, &'static [&'static str], [&'static str; 2], &'static str);

const FIELD_NAMES: [FieldNames; 4] = [
    ("due_date", &["dueDate", "due_at", "deadline"], ["2026-12-01", "2027-01-02T03:04:05Z"], "someday"),
    (
        "recurrence_rule",
        &["recurrenceRule", "recurrence", "recurrence_pattern", "recurring_rule", "recurringRule"],
        ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO"],
        "sometimes",
    ),
    (
        "remind_at",
        &["reminder_at", "reminderAt", "remindAt", "reminder_time"],
        ["2026-12-01T09:00:00Z", "2027-01-02T03:04:05Z"],
        "soon",
    ),
    ("time_zone", &["timeZone"], ["Europe/Vienna", "America/New_York"], "Mars"),
];

fn every_alias_is_accepted(database: Database) {
    let app = App::start(database);
    for (name, aliases, [value, other_value], invalid) in FIELD_NAMES {
        for alias in aliases {
            assert_stored_as(
                &app,
                alias,
                name,
                &[(json!(value), json!(value)), (json!(other_value), json!(other_value))],
            );
            assert_rejected(&app, alias, &[json!(invalid), json!(7)]);
            let task = app.create("alice", &json!({ "title": "x", name: value }));
            let path = format!("/api/tasks/{}", task["id"]);
            let cleared = app.request_as("alice", "PATCH", &path).json(&json!({ *alias: null })).send().expect(200);
            assert_eq!(cleared[name], Value::Null, "{alias}");
        }
    }
}

fn the_canonical_name_takes_precedence(database: Database) {
    let app = App::start(database);
    for (name, aliases, [value, other_value], invalid) in FIELD_NAMES {
        for alias in aliases {
            // the order of members has no effect, and an alias beside the canonical name is not validated
            let bodies = [
                format!(r#"{{"title":"x","{name}":"{value}","{alias}":"{other_value}"}}"#),
                format!(r#"{{"title":"x","{alias}":"{other_value}","{name}":"{value}"}}"#),
                format!(r#"{{"title":"x","{alias}":"{invalid}","{name}":"{value}"}}"#),
            ];
            for body in bodies {
                let created = app.request_as("alice", "POST", "/api/tasks").text(&body).send().expect(201);
                assert_eq!(created[name], *value, "{body}");
                let path = format!("/api/tasks/{}", created["id"]);
                app.request_as("alice", "PUT", &path).json(&json!({ name: null })).send().expect(200);
                assert_eq!(
                    app.request_as("alice", "PUT", &path).text(&body).send().expect(200)[name],
                    *value,
                    "{body}"
                );
            }
            let cleared = app.create("alice", &json!({ "title": "x", name: null, *alias: value }));
            assert_eq!(cleared[name], Value::Null, "{alias}");
            let response = app.request_as("alice", "POST", "/api/tasks");
            let response = response.json(&json!({ "title": "x", name: invalid, *alias: value })).send();
            assert_eq!(response.error_pointers(), [format!("#/{name}")], "{alias}");
        }
    }
    for alias in ["is_completed", "isCompleted", "done"] {
        let task = app.create("alice", &json!({ "title": "x", "completed": true, alias: "nonsense" }));
        assert_eq!(task["completed"], true);
        let task = app.create("alice", &json!({ "title": "x", "completed": false, alias: true }));
        assert_eq!(task["completed"], false);
    }
}

/// Clients send a whole task back with one changed member.
fn the_changed_completion_of_a_whole_task_applies(database: Database) {
    let app = App::start(database);
    let mut task = app.create("alice", &json!({ "title": "x" }));
    let path = format!("/api/tasks/{}", task["id"]);
    for (name, value, completed) in [
        ("is_completed", json!(true), true),
        ("is_completed", json!(false), false),
        ("completed", json!(true), true),
        ("completed", json!(false), false),
        ("status", json!("completed"), true),
        ("is_completed", json!(false), false),
        ("is_completed", json!(false), false),
    ] {
        task[name] = value;
        task = app.request_as("alice", "PUT", &path).json(&task).send().expect(200);
        assert_eq!((&task["completed"], &task["is_completed"]), (&json!(completed), &json!(completed)), "{name}");
    }
}

fn unknown_members_are_ignored(database: Database) {
    let app = App::start(database);
    let ignored = json!({
        "title": "mine", "user_id": "bob", "userId": "bob", "id": 4711, "version": 99, "created_at": "2001-01-01T00:00:00Z",
        "updated_at": "nonsense", "completed_at": "2001-01-01T00:00:00Z", "due_all_day": 7, "subtasks": [{ "title": "" }],
        "Title": "", "__proto__": { "title": 7 }, "": null,
    });
    let task = app.create("alice", &ignored);
    let path = format!("/api/tasks/{}", task["id"]);
    let changed = app.request_as("alice", "PUT", &path).json(&ignored).send().expect(200);
    for (task, version) in [(&task, 1), (&changed, 2)] {
        assert_eq!((&task["title"], &task["user_id"]), (&json!("mine"), &json!("alice")));
        assert_eq!((&task["version"], &task["completed_at"]), (&json!(version), &json!(null)));
        assert_ne!(task["id"], 4711);
        assert_ne!(task["created_at"], ignored["created_at"]);
        assert_eq!(task.as_object().unwrap().len(), 19);
    }
    assert_eq!(changed["created_at"], task["created_at"]);
    assert_eq!(app.request_as("bob", "GET", "/api/tasks").send().expect(200), json!([]));
}

fn every_invalid_member_is_reported(database: Database) {
    let app = App::start(database);
    let invalid = json!({
        "title": " ", "description": 7, "completed": "yes", "status": "someday", "priority": "urgent", "tags": 7,
        "due_date": "soon", "time_zone": "Mars", "remind_at": "later", "recurrence_rule": "often",
    });
    let mut expected: Vec<String> = invalid.as_object().unwrap().keys().map(|name| format!("#/{name}")).collect();
    expected.sort();
    let task = app.create("alice", &json!({ "title": "x" }));
    for (method, path) in [("POST", "/api/tasks".to_owned()), ("PUT", format!("/api/tasks/{}", task["id"]))] {
        let response = app.request_as("alice", method, &path).json(&invalid).send();
        let mut pointers = response.error_pointers();
        pointers.sort();
        assert_eq!(pointers, expected);
        let detail = response.json()["detail"].as_str().unwrap().to_owned();
        for name in invalid.as_object().unwrap().keys() {
            assert!(detail.contains(name), "{name}: {detail}");
        }
    }
    let response = app.request_as("alice", "POST", "/api/tasks").json(&json!({ "priority": "urgent" })).send();
    let mut pointers = response.error_pointers();
    pointers.sort();
    assert_eq!(pointers, ["#/priority", "#/title"]);
}
