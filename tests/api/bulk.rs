//! Bulk operations: all succeed, or none takes effect.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response, mask};

on_both!(
    operations_run_in_order_and_each_has_a_result,
    a_failing_operation_rolls_back_all,
    invalid_operations_are_named,
    operations_do_not_reach_other_users_tasks,
);

fn bulk(app: &App, user: &str, operations: Value) -> Response {
    app.request_as(user, "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send()
}

fn create(app: &App, title: &str) -> Value {
    app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": title })).send().expect(201)
}

fn list(app: &App) -> Value {
    app.request_as("alice", "GET", "/api/tasks?sort=title").send().expect(200)
}

fn operations_run_in_order_and_each_has_a_result(database: Database) {
    let app = App::start(database);
    let [a, b, c] = ["a", "b", "c"].map(|title| create(&app, title)["id"].clone());
    let answer = bulk(
        &app,
        "alice",
        json!([
            { "op": "create", "title": "new", "tags": ["x"] },
            { "op": "UPDATE", "id": a, "title": "renamed", "version": 1 },
            { "op": "complete", "id": b },
            { "op": "complete", "id": b, "completed": false },
            { "op": "delete", "id": c },
        ]),
    );
    let results = answer.expect(200);
    assert_eq!((&results["results"][1]["id"], &results["results"][4]["id"]), (&a, &c));
    assert_snapshot!("results", serde_json::to_string_pretty(&mask(&results)).unwrap());
    let titles: Vec<Value> = list(&app).as_array().unwrap().iter().map(|task| task["title"].clone()).collect();
    assert_eq!(titles, ["b", "new", "renamed"]);
    assert_eq!(bulk(&app, "alice", json!([])).expect(200), json!({ "results": [] }));
}

fn a_failing_operation_rolls_back_all(database: Database) {
    let app = App::start(database);
    let task = create(&app, "t");
    let recurring = json!({ "op": "create", "title": "x", "recurrence_rule": "daily" });
    let before = list(&app);
    for (failing, status) in [
        (json!({ "op": "update", "id": 999_999, "title": "x" }), 404),
        (json!({ "op": "complete", "id": 999_999 }), 404),
        (json!({ "op": "delete", "id": 999_999 }), 404),
        (json!({ "op": "delete", "id": task["id"], "version": 7 }), 412),
    ] {
        let operations =
            json!([recurring, { "op": "update", "id": task["id"], "title": "changed" }, failing, recurring]);
        let problem = bulk(&app, "alice", operations).expect(status);
        assert_eq!(problem["errors"][0]["pointer"], "#/operations/2", "{problem}");
        assert_eq!(list(&app), before, "a failed bulk request writes nothing");
    }
}

fn invalid_operations_are_named(database: Database) {
    let app = App::start(database);
    let problem = bulk(
        &app,
        "alice",
        json!([{ "op": "create", "title": "good" }, { "op": "create", "title": "", "priority": "x" }, { "op": "jump" }]),
    );
    let problem = problem.expect(422);
    let pointers: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["#/operations/1/title", "#/operations/1/priority", "#/operations/2/op"]);
    for invalid in [
        json!({}),
        json!([]),
        json!({ "operations": {} }),
        json!({ "operations": [7] }),
        json!({ "operations": [{ "op": "delete", "id": "x" }] }),
    ] {
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&invalid).send().expect(422);
    }
    let operations: Vec<Value> =
        (0..101).map(|number| json!({ "op": "create", "title": number.to_string() })).collect();
    bulk(&app, "alice", json!(operations)).expect(422);
    assert_eq!(list(&app), json!([]));
    bulk(&app, "alice", json!(operations[..100])).expect(200);
    assert_eq!(list(&app).as_array().unwrap().len(), 100);
}

fn operations_do_not_reach_other_users_tasks(database: Database) {
    let app = App::start(database);
    let task = create(&app, "hers");
    for operation in ["update", "complete", "delete"] {
        bulk(&app, "bob", json!([{ "op": operation, "id": task["id"], "title": "his" }])).expect(404);
    }
    let created = bulk(&app, "bob", json!([{ "op": "create", "title": "his", "user_id": "alice" }])).expect(200);
    assert_eq!(created["results"][0]["user_id"], "bob");
    assert_eq!(list(&app), json!([task]));
}
