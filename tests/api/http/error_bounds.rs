//! Error responses have a bounded size.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    an_import_of_10_000_invalid_tasks_lists_20_errors,
    a_bulk_of_100_invalid_operations_lists_20_errors,
    a_repeated_invalid_parameter_is_listed_20_times,
    no_error_contains_a_long_name_or_value,
    more_than_20_tags_are_422,
);

/// The maximum size of a problem document, in bytes.
const MAX_PROBLEM_BYTES: usize = 16 * 1024;

/// Asserts that 20 errors are listed and `more_errors` others are counted.
#[track_caller]
fn assert_20_errors(response: &Response, more_errors: usize) -> Value {
    let problem = response.expect(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 20, "{problem}");
    assert_eq!(problem["more_errors"], more_errors, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.ends_with(&format!("; and {more_errors} more")), "{detail}");
    assert!(response.body.len() < MAX_PROBLEM_BYTES, "{} bytes", response.body.len());
    problem
}

fn an_import_of_10_000_invalid_tasks_lists_20_errors(database: Database) {
    let app = App::start(database);
    let zeros = format!("[{}]", vec!["0"; 10_000].join(","));
    let response = app.request_as("alice", "POST", "/api/tasks/import?strict=true").text(&zeros).send();
    assert_eq!(assert_20_errors(&response, 9980)["errors"][19]["pointer"], "#/19");
    let invalid = json!({ "title": 0, "description": 0, "tags": 0, "priority": 0, "due_date": 0, "remind_at": 0 });
    let response =
        app.request_as("alice", "POST", "/api/tasks/import?strict=true").json(&json!(vec![invalid; 1000])).send();
    assert_20_errors(&response, 5980);
}

fn a_bulk_of_100_invalid_operations_lists_20_errors(database: Database) {
    let app = App::start(database);
    let invalid = json!({ "op": "create", "title": 0, "description": 0, "tags": 0, "priority": 0, "time_zone": 0 });
    let response =
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": vec![invalid; 100] })).send();
    assert_eq!(assert_20_errors(&response, 480)["errors"][19]["pointer"], "#/operations/3/time_zone");
    let one_invalid = json!({ "operations": [{ "op": "create", "title": "" }] });
    let problem = app.request_as("alice", "POST", "/api/tasks/bulk").json(&one_invalid).send().expect(422);
    assert_eq!(problem["more_errors"], Value::Null, "absent if all errors are listed");
}

fn a_repeated_invalid_parameter_is_listed_20_times(database: Database) {
    let app = App::start(database);
    let query = vec!["priority=x"; 1000].join("&");
    assert_20_errors(&app.request_as("alice", "GET", &format!("/api/tasks?{query}")).send(), 980);
    let query = vec!["x"; 1000].join(",");
    assert_20_errors(&app.request_as("alice", "GET", &format!("/api/tasks?priority={query}")).send(), 980);
}

fn no_error_contains_a_long_name_or_value(database: Database) {
    let app = App::start(database);
    let long = "x".repeat(20_000);
    let task = json!({ "title": long, "due_date": long, "time_zone": long, "recurrence_rule": long, "priority": long,
        "status": long, "remind_at": long, "tags": [long], "repeat_from": long, long.as_str(): long });
    let invalid_operation = json!({ "op": long.as_str(), "id": long.as_str() });
    let responses = [
        (422, app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": long })).send()),
        (422, app.request_as("alice", "POST", "/api/tasks/import?strict=true").json(&json!([task])).send()),
        (
            422,
            app.request_as("alice", "POST", "/api/tasks/bulk")
                .json(&json!({ "operations": [invalid_operation] }))
                .send(),
        ),
        (400, app.request_as("alice", "POST", "/api/tasks").text(&format!("{{\"{long}\":1,\"{long}\":2}}")).send()),
        (422, app.request_as("alice", "GET", &format!("/api/tasks?status={long}")).send()),
        (422, app.request_as("alice", "GET", &format!("/api/tasks?cursor={long}")).send()),
        (403, app.request_as("alice", "GET", &format!("/api/{long}/tasks")).send()),
        (404, app.request_as("alice", "GET", &format!("/api/tasks/{long}")).send()),
        (404, app.request_as("alice", "GET", &format!("/{long}")).send()),
    ];
    for (status, response) in &responses {
        response.expect(*status);
        assert!(response.body.len() < MAX_PROBLEM_BYTES, "{} bytes", response.body.len());
        assert!(!String::from_utf8_lossy(&response.body).contains(&long[..1000]));
    }
}

fn more_than_20_tags_are_422(database: Database) {
    let app = App::start(database);
    let tags: Vec<String> = (0..8000).map(|number| format!("{number:x}")).collect();
    for tags in [json!(tags), json!(tags.join(","))] {
        let response =
            app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t", "tags": tags })).send();
        assert_eq!(response.error_pointers(), ["#/tags"]);
        assert!(response.json()["detail"].as_str().unwrap().contains("at most 20"), "{response:?}");
    }
    let repeated: Vec<String> = (0..8000).map(|number| format!("{:x}", number % 20)).collect();
    let task = app.create("alice", &json!({ "title": "t", "tags": repeated }));
    assert_eq!(task["tags"].as_array().unwrap().len(), 20);
}
