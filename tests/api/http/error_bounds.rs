//! Error responses stay small, whatever is sent.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(
    an_import_of_10_000_wrong_tasks_lists_20_errors,
    a_bulk_of_100_wrong_operations_lists_20_errors,
    a_repeated_wrong_parameter_is_listed_20_times,
    no_error_repeats_a_long_name_or_value,
    more_than_20_tags_are_refused_at_the_first_one_too_many,
);

/// The largest problem document, in bytes.
const LARGEST: usize = 16 * 1024;

/// Asserts that 20 errors are listed and so many others counted.
#[track_caller]
fn lists_20(answer: &Answer, more: usize) -> Value {
    let problem = answer.expect(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 20, "{problem}");
    assert_eq!(problem["more_errors"], more, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.ends_with(&format!("; and {more} more")), "{detail}");
    assert!(answer.body.len() < LARGEST, "{} bytes", answer.body.len());
    problem
}

fn an_import_of_10_000_wrong_tasks_lists_20_errors(database: Database) {
    let app = App::start(database);
    let zeros = format!("[{}]", vec!["0"; 10_000].join(","));
    let answer = app.by("alice", "POST", "/api/tasks/import").text(&zeros).send();
    assert_eq!(lists_20(&answer, 9980)["errors"][19]["pointer"], "#/19");
    let wrong = json!({ "title": 0, "description": 0, "tags": 0, "priority": 0, "due_date": 0, "remind_at": 0 });
    let answer = app.by("alice", "POST", "/api/tasks/import").json(&json!(vec![wrong; 1000])).send();
    lists_20(&answer, 5980);
}

fn a_bulk_of_100_wrong_operations_lists_20_errors(database: Database) {
    let app = App::start(database);
    let wrong = json!({ "op": "create", "title": 0, "description": 0, "tags": 0, "priority": 0, "time_zone": 0 });
    let answer = app.by("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": vec![wrong; 100] })).send();
    assert_eq!(lists_20(&answer, 480)["errors"][19]["pointer"], "#/operations/3/time_zone");
    let few = json!({ "operations": [{ "op": "create", "title": "" }] });
    let problem = app.by("alice", "POST", "/api/tasks/bulk").json(&few).send().expect(422);
    assert_eq!(problem["more_errors"], Value::Null, "absent where all errors are listed");
}

fn a_repeated_wrong_parameter_is_listed_20_times(database: Database) {
    let app = App::start(database);
    let query = vec!["priority=x"; 1000].join("&");
    lists_20(&app.by("alice", "GET", &format!("/api/tasks?{query}")).send(), 980);
    let query = vec!["x"; 1000].join(",");
    lists_20(&app.by("alice", "GET", &format!("/api/tasks?priority={query}")).send(), 980);
}

fn no_error_repeats_a_long_name_or_value(database: Database) {
    let app = App::start(database);
    let long = "x".repeat(20_000);
    let task = json!({ "title": long, "due_date": long, "time_zone": long, "recurrence_rule": long, "priority": long,
        "status": long, "remind_at": long, "tags": [long], "repeat_from": long, long.as_str(): long });
    let one = json!({ "op": long.as_str(), "id": long.as_str() });
    let answers = [
        (422, app.by("alice", "POST", "/api/tasks").json(&json!({ "title": long })).send()),
        (422, app.by("alice", "POST", "/api/tasks/import").json(&json!([task])).send()),
        (422, app.by("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": [one] })).send()),
        (400, app.by("alice", "POST", "/api/tasks").text(&format!("{{\"{long}\":1,\"{long}\":2}}")).send()),
        (422, app.by("alice", "GET", &format!("/api/tasks?status={long}")).send()),
        (422, app.by("alice", "GET", &format!("/api/tasks?cursor={long}")).send()),
        (403, app.by("alice", "GET", &format!("/api/{long}/tasks")).send()),
        (404, app.by("alice", "GET", &format!("/api/tasks/{long}")).send()),
        (404, app.by("alice", "GET", &format!("/{long}")).send()),
    ];
    for (status, answer) in &answers {
        answer.expect(*status);
        assert!(answer.body.len() < LARGEST, "{} bytes", answer.body.len());
        assert!(!String::from_utf8_lossy(&answer.body).contains(&long[..1000]));
    }
}

fn more_than_20_tags_are_refused_at_the_first_one_too_many(database: Database) {
    let app = App::start(database);
    let many: Vec<String> = (0..8000).map(|number| format!("{number:x}")).collect();
    for tags in [json!(many), json!(many.join(","))] {
        let answer = app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "t", "tags": tags })).send();
        assert_eq!(answer.wrong(), ["#/tags"]);
        assert!(answer.json()["detail"].as_str().unwrap().contains("at most 20"), "{answer:?}");
    }
    let repeated: Vec<String> = (0..8000).map(|number| format!("{:x}", number % 20)).collect();
    let task = app.create("alice", &json!({ "title": "t", "tags": repeated }));
    assert_eq!(task["tags"].as_array().unwrap().len(), 20);
}
