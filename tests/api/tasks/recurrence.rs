//! Recurring tasks: completing one creates the next occurrence.

use chrono::{Days, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    completing_creates_the_next_occurrence_once,
    the_series_filter_lists_every_occurrence,
    every_completing_route_creates_the_next_occurrence,
    repeat_from_completion_starts_at_the_completion_date,
    a_finished_rule_creates_no_occurrence,
    parallel_completions_create_one_occurrence,
);

/// A due date far in the future. Occurrences in the past are skipped.
const DUE: &str = "2999-11-26T08:00:00Z";

fn create(app: &App, task: Value) -> Value {
    app.request_as("alice", "POST", "/api/alice/tasks").json(&task).send().expect(201)
}

fn list(app: &App, query: &str) -> Vec<Value> {
    let list = app.request_as("alice", "GET", &format!("/api/alice/tasks?sort=due_date&{query}")).send().expect(200);
    list.as_array().unwrap().clone()
}

fn complete(app: &App, task: &Value) -> Value {
    let path = format!("/api/alice/tasks/{}/complete", task["id"]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "completed": true })).send().expect(200)
}

fn completing_creates_the_next_occurrence_once(database: Database) {
    let app = App::start(database);
    let task = create(
        &app,
        json!({
            "title": "water", "description": "all", "priority": "high", "tags": ["home"], "due_date": DUE,
            "time_zone": "Europe/Vienna", "remind_at": "2999-11-26T07:30:00Z", "recurrence_rule": "weekly",
        }),
    );
    assert_eq!((&task["series_id"], &task["repeat_from"]), (&Value::Null, &json!("due_date")));
    let completed = complete(&app, &task);
    assert_eq!(
        (&completed["completed"], &completed["id"], &completed["version"]),
        (&json!(true), &task["id"], &json!(2))
    );
    assert_eq!(completed["series_id"], task["id"]);
    assert_eq!(
        app.request_as("alice", "GET", &format!("/api/alice/tasks/{}", task["id"])).send().expect(200),
        completed
    );
    let pending = list(&app, "status=pending");
    assert_eq!(pending.len(), 1);
    let next = &pending[0];
    assert_eq!(
        (&next["due_date"], &next["remind_at"]),
        (&json!("2999-12-03T08:00:00Z"), &json!("2999-12-03T07:30:00Z"))
    );
    for key in ["title", "description", "priority", "tags", "time_zone", "recurrence_rule", "repeat_from"] {
        assert_eq!(next[key], task[key], "{key}");
    }
    assert_eq!((&next["completed"], &next["version"], &next["series_id"]), (&json!(false), &json!(1), &task["id"]));
    // completing again creates no second occurrence; reopening and completing once more replaces it
    let toggle = format!("/api/alice/tasks/{}/complete", task["id"]);
    complete(&app, &task);
    app.request_as("alice", "PATCH", &toggle).send().expect(200);
    app.request_as("alice", "PATCH", &toggle).send().expect(200);
    assert_eq!(list(&app, "").len(), 2);
}

fn the_series_filter_lists_every_occurrence(database: Database) {
    let app = App::start(database);
    let first = create(&app, json!({ "title": "daily", "due_date": "2999-12-30", "recurrence_rule": "daily" }));
    create(&app, json!({ "title": "other", "due_date": "2999-12-30", "recurrence_rule": "daily" }));
    let mut task = first.clone();
    for _ in 0..3 {
        complete(&app, &task);
        task = list(&app, &format!("status=pending&series={}", first["id"])).remove(0);
    }
    let series = list(&app, &format!("series={}", first["id"]));
    let dates: Vec<&Value> = series.iter().map(|task| &task["due_date"]).collect();
    assert_eq!(dates, ["2999-12-30", "2999-12-31", "3000-01-01", "3000-01-02"]);
    assert_eq!(list(&app, &format!("series={}&status=completed", first["id"])).len(), 3);
    assert_eq!(list(&app, "series=999999"), Vec::<Value>::new());
    app.request_as("alice", "GET", "/api/alice/tasks?series=first").send().expect(422);
    assert_eq!(
        app.request_as("bob", "GET", &format!("/api/tasks?series={}", first["id"])).send().expect(200),
        json!([])
    );
}

fn every_completing_route_creates_the_next_occurrence(database: Database) {
    let app = App::start(database);
    for (method, suffix, body) in [
        ("PATCH", "/complete", json!({})),
        ("PATCH", "/toggle", json!({})),
        ("PATCH", "/status", json!({ "status": "completed" })),
        ("PUT", "", json!({ "completed": true })),
        ("PATCH", "", json!({ "status": "done", "title": "renamed" })),
    ] {
        let before = list(&app, "").len();
        let task = create(&app, json!({ "title": "t", "due_date": DUE, "recurrence_rule": "daily" }));
        let path = format!("/api/alice/tasks/{}{suffix}", task["id"]);
        app.request_as("alice", method, &path).json(&body).send().expect(200);
        assert_eq!(list(&app, "").len(), before + 2, "{method} {suffix}");
    }
    // a task created as completed has no next occurrence
    let before = list(&app, "").len();
    let created_completed =
        create(&app, json!({ "title": "t", "completed": true, "due_date": DUE, "recurrence_rule": "daily" }));
    app.request_as("alice", "PUT", &format!("/api/alice/tasks/{}", created_completed["id"]))
        .json(&created_completed)
        .send()
        .expect(200);
    assert_eq!(list(&app, "").len(), before + 1);
}

fn repeat_from_completion_starts_at_the_completion_date(database: Database) {
    let app = App::start(database);
    let before = Utc::now().date_naive();
    let task = create(
        &app,
        json!({ "title": "t", "due_date": "2001-01-01", "recurrence_rule": "FREQ=DAILY;INTERVAL=10", "repeat_from": "Completion" }),
    );
    assert_eq!(task["repeat_from"], "completion");
    complete(&app, &task);
    let next = list(&app, "status=pending").remove(0);
    let after = Utc::now().date_naive();
    let possible = [before, after].map(|day| json!((day + Days::new(10)).to_string()));
    assert!(possible.contains(&next["due_date"]), "{next}");
    let path = format!("/api/alice/tasks/{}", next["id"]);
    let changed = app.request_as("alice", "PATCH", &path).json(&json!({ "repeat_from": null })).send().expect(200);
    assert_eq!(changed["repeat_from"], "due_date");
    app.request_as("alice", "PATCH", &path).json(&json!({ "repeat_from": "whenever" })).send().expect(422);
}

fn a_finished_rule_creates_no_occurrence(database: Database) {
    let app = App::start(database);
    let task = create(&app, json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "FREQ=DAILY;COUNT=2" }));
    complete(&app, &task);
    let last = list(&app, "status=pending").remove(0);
    assert_eq!((&last["due_date"], &last["recurrence_rule"]), (&json!("2999-12-02"), &json!("FREQ=DAILY;COUNT=1")));
    assert_eq!(complete(&app, &last)["completed"], true);
    assert_eq!(list(&app, "status=pending"), Vec::<Value>::new());
    assert_eq!(list(&app, "").len(), 2);
}

fn parallel_completions_create_one_occurrence(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    let task = create(&app, json!({ "title": "t", "due_date": DUE, "recurrence_rule": "daily" }));
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let path = format!("/api/alice/tasks/{}/complete", task["id"]);
            let request = app.request_as("alice", "PATCH", &path).json(&json!({ "completed": true }));
            std::thread::spawn(move || request.send().status)
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.join().unwrap(), 200);
    }
    assert_eq!(list(&app, "status=pending").len(), 1);
}
