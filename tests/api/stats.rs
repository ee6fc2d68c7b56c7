//! Statistics of a user's tasks.

use chrono::{Days, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(a_user_without_tasks_has_zeros, tasks_are_counted, days_follow_the_time_zone, a_thousand_tags_are_counted,);

fn stats(app: &App, query: &str) -> Value {
    app.request_as("alice", "GET", &format!("/api/alice/tasks/stats?{query}")).send().expect(200)
}

fn create(app: &App, user: &str, task: Value) -> Value {
    app.request_as(user, "POST", "/api/tasks").json(&task).send().expect(201)
}

fn a_user_without_tasks_has_zeros(database: Database) {
    let app = App::start(database);
    let stats = stats(&app, "");
    assert_eq!((&stats["total"], &stats["overdue"], &stats["by_tag"]), (&json!(0), &json!(0), &json!({})));
    let days = stats["completed_per_day"].as_object().unwrap();
    assert!(days.len() == 30 && days.values().all(|count| *count == 0), "{stats}");
}

fn tasks_are_counted(database: Database) {
    let app = App::start(database);
    let today = Utc::now().date_naive();
    create(&app, "alice", json!({ "title": "a", "tags": ["home", "\"odd\" tag"], "due_date": today - Days::new(1) }));
    create(&app, "alice", json!({ "title": "b", "tags": ["home"], "priority": "high" }));
    create(&app, "alice", json!({ "title": "c", "tags": ["home"], "completed": true, "due_date": "2001-01-01" }));
    create(&app, "bob", json!({ "title": "his", "tags": ["home"], "due_date": "2001-01-01" }));
    let deleted = create(&app, "alice", json!({ "title": "gone", "tags": ["gone"], "due_date": "2001-01-01" }));
    app.request_as("alice", "DELETE", &format!("/api/tasks/{}", deleted["id"])).send().expect(200);
    let stats = stats(&app, "");
    assert_eq!(stats["total"], 3);
    assert_eq!(stats["by_status"], json!({ "pending": 2, "completed": 1 }));
    assert_eq!(stats["pending_by_priority"], json!({ "high": 1, "medium": 1, "low": 0, "none": 0 }));
    assert_eq!(stats["overdue"], 1);
    assert_eq!(stats["by_tag"], json!({ "home": 3, "\"odd\" tag": 1 }));
    let per_day = stats["completed_per_day"].as_object().unwrap();
    assert_eq!(per_day.values().filter_map(Value::as_i64).sum::<i64>(), 1);
    assert_eq!(per_day.len(), 30);
}

fn days_follow_the_time_zone(database: Database) {
    let app = App::start(database);
    let newest = |zone: &str| {
        let stats = stats(&app, &format!("time_zone={zone}"));
        stats["completed_per_day"].as_object().unwrap().keys().next_back().unwrap().clone()
    };
    // UTC+14 is always at least one date ahead of UTC-11
    assert!(newest("Pacific/Kiritimati") > newest("Pacific/Niue"));
    app.request_as("alice", "GET", "/api/tasks/stats?time_zone=Mars/Olympus").send().expect(422);
}

/// A task may have 20 tags. The response lists at most 1,000.
fn a_thousand_tags_are_counted(database: Database) {
    let app = App::start(database);
    let task = |number: usize| {
        let unique = (0..19).map(|tag| format!("tag{number}-{tag}"));
        let tags: Vec<String> = unique.chain(["home".to_owned()]).collect();
        json!({ "op": "create", "title": "t", "tags": tags })
    };
    let operations: Vec<Value> = (0..60).map(task).collect();
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send().expect(200);
    let stats = stats(&app, "");
    let tags = stats["by_tag"].as_object().unwrap();
    assert_eq!((tags.len(), &tags["home"]), (1000, &json!(60)));
}
