//! The names under which members are read, and what is said of several that are wrong.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};
use crate::tasks::text_fields::{assert_read, assert_refused};

on_both!(every_alias_is_read, the_canonical_name_wins, unknown_members_are_ignored, everything_that_is_wrong_is_named,);

/// Canonical name, aliases, two values of it, and one that is none.
type Names = (&'static str, &'static [&'static str], [&'static str; 2], &'static str);

const NAMES: [Names; 3] = [
    ("due_date", &["dueDate", "due_at", "deadline"], ["2026-12-01", "2027-01-02T03:04:05Z"], "someday"),
    (
        "recurrence_rule",
        &["recurrence", "recurrence_pattern", "recurring_rule", "recurringRule"],
        ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO"],
        "sometimes",
    ),
    (
        "remind_at",
        &["reminder_at", "reminderAt", "remindAt", "reminder_time"],
        ["2026-12-01T09:00:00Z", "2027-01-02T03:04:05Z"],
        "soon",
    ),
];

fn every_alias_is_read(database: Database) {
    let app = App::start(database);
    for (name, aliases, [one, other], wrong) in NAMES {
        for alias in aliases {
            assert_read(&app, alias, name, &[(json!(one), json!(one)), (json!(other), json!(other))]);
            assert_refused(&app, alias, &[json!(wrong), json!(7)]);
            let task = app.create("alice", &json!({ "title": "x", name: one }));
            let path = format!("/api/tasks/{}", task["id"]);
            let cleared = app.by("alice", "PATCH", &path).json(&json!({ *alias: null })).send().expect(200);
            assert_eq!(cleared[name], Value::Null, "{alias}");
        }
    }
}

fn the_canonical_name_wins(database: Database) {
    let app = App::start(database);
    for (name, aliases, [one, other], wrong) in NAMES {
        for alias in aliases {
            // the order in which they stand says nothing, and an alias beside the canonical name is not even looked at
            let texts = [
                format!(r#"{{"title":"x","{name}":"{one}","{alias}":"{other}"}}"#),
                format!(r#"{{"title":"x","{alias}":"{other}","{name}":"{one}"}}"#),
                format!(r#"{{"title":"x","{alias}":"{wrong}","{name}":"{one}"}}"#),
            ];
            for text in texts {
                let created = app.by("alice", "POST", "/api/tasks").text(&text).send().expect(201);
                assert_eq!(created[name], *one, "{text}");
                let path = format!("/api/tasks/{}", created["id"]);
                app.by("alice", "PUT", &path).json(&json!({ name: null })).send().expect(200);
                assert_eq!(app.by("alice", "PUT", &path).text(&text).send().expect(200)[name], *one, "{text}");
            }
            let cleared = app.create("alice", &json!({ "title": "x", name: null, *alias: one }));
            assert_eq!(cleared[name], Value::Null, "{alias}");
            let refused = app.by("alice", "POST", "/api/tasks");
            let refused = refused.json(&json!({ "title": "x", name: wrong, *alias: one })).send();
            assert_eq!(refused.wrong(), [format!("#/{name}")], "{alias}");
        }
    }
    for alias in ["is_completed", "done"] {
        let task = app.create("alice", &json!({ "title": "x", "completed": true, alias: "nonsense" }));
        assert_eq!(task["completed"], true);
        let task = app.create("alice", &json!({ "title": "x", "completed": false, alias: true }));
        assert_eq!(task["completed"], false);
    }
}

fn unknown_members_are_ignored(database: Database) {
    let app = App::start(database);
    let foreign = json!({
        "title": "mine", "user_id": "bob", "userId": "bob", "id": 4711, "version": 99, "created_at": "2001-01-01T00:00:00Z",
        "updated_at": "nonsense", "completed_at": "2001-01-01T00:00:00Z", "due_all_day": 7, "subtasks": [{ "title": "" }],
        "Title": "", "__proto__": { "title": 7 }, "": null,
    });
    let task = app.create("alice", &foreign);
    let path = format!("/api/tasks/{}", task["id"]);
    let changed = app.by("alice", "PUT", &path).json(&foreign).send().expect(200);
    for (task, version) in [(&task, 1), (&changed, 2)] {
        assert_eq!((&task["title"], &task["user_id"]), (&json!("mine"), &json!("alice")));
        assert_eq!((&task["version"], &task["completed_at"]), (&json!(version), &json!(null)));
        assert_ne!(task["id"], 4711);
        assert_ne!(task["created_at"], foreign["created_at"]);
        assert_eq!(task.as_object().unwrap().len(), 18);
    }
    assert_eq!(changed["created_at"], task["created_at"]);
    assert_eq!(app.by("bob", "GET", "/api/tasks").send().expect(200), json!([]));
}

fn everything_that_is_wrong_is_named(database: Database) {
    let app = App::start(database);
    let wrong = json!({
        "title": " ", "description": 7, "completed": "yes", "status": "someday", "priority": "urgent", "tags": 7,
        "due_date": "soon", "time_zone": "Mars", "remind_at": "later", "recurrence_rule": "often",
    });
    let mut expected: Vec<String> = wrong.as_object().unwrap().keys().map(|name| format!("#/{name}")).collect();
    expected.sort();
    let task = app.create("alice", &json!({ "title": "x" }));
    for (method, path) in [("POST", "/api/tasks".to_owned()), ("PUT", format!("/api/tasks/{}", task["id"]))] {
        let answer = app.by("alice", method, &path).json(&wrong).send();
        let mut named = answer.wrong();
        named.sort();
        assert_eq!(named, expected);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        for name in wrong.as_object().unwrap().keys() {
            assert!(detail.contains(name), "{name}: {detail}");
        }
    }
    let untitled = app.by("alice", "POST", "/api/tasks").json(&json!({ "priority": "urgent" })).send();
    let mut named = untitled.wrong();
    named.sort();
    assert_eq!(named, ["#/priority", "#/title"]);
}
