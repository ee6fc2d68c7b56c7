//! Several writes at once: all of them, or none.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(
    every_operation_is_done_and_answered,
    one_that_fails_undoes_all_and_is_named,
    what_cannot_be_read_is_named,
    another_users_tasks_do_not_exist,
);

fn bulk(app: &App, user: &str, operations: Value) -> Answer {
    app.by(user, "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send()
}

fn create(app: &App, title: &str) -> Value {
    app.by("alice", "POST", "/api/tasks").json(&json!({ "title": title })).send().expect(201)
}

fn list(app: &App) -> Value {
    app.by("alice", "GET", "/api/tasks?sort=title").send().expect(200)
}

fn every_operation_is_done_and_answered(database: Database) {
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
    let answer = answer.expect(200);
    let results = answer["results"].as_array().unwrap();
    assert_eq!((&results[0]["title"], &results[0]["version"]), (&json!("new"), &json!(1)));
    assert_eq!((&results[1]["title"], &results[1]["version"]), (&json!("renamed"), &json!(2)));
    assert_eq!((&results[2]["completed"], &results[3]["completed"]), (&json!(true), &json!(false)));
    assert_eq!(results[4], json!({ "message": "Task deleted", "id": c, "success": true }));
    let titles: Vec<Value> = list(&app).as_array().unwrap().iter().map(|task| task["title"].clone()).collect();
    assert_eq!(titles, ["b", "new", "renamed"]);
    assert_eq!(bulk(&app, "alice", json!([])).expect(200), json!({ "results": [] }));
}

fn one_that_fails_undoes_all_and_is_named(database: Database) {
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
        assert_eq!(list(&app), before, "nothing was written");
    }
}

fn what_cannot_be_read_is_named(database: Database) {
    let app = App::start(database);
    let problem = bulk(
        &app,
        "alice",
        json!([{ "op": "create", "title": "good" }, { "op": "create", "title": "", "priority": "x" }, { "op": "jump" }]),
    );
    let problem = problem.expect(422);
    let pointers: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["#/operations/1/title", "#/operations/1/priority", "#/operations/2/op"]);
    for wrong in [
        json!({}),
        json!([]),
        json!({ "operations": {} }),
        json!({ "operations": [7] }),
        json!({ "operations": [{ "op": "delete", "id": "x" }] }),
    ] {
        app.by("alice", "POST", "/api/tasks/bulk").json(&wrong).send().expect(422);
    }
    let many: Vec<Value> = (0..101).map(|number| json!({ "op": "create", "title": number.to_string() })).collect();
    bulk(&app, "alice", json!(many)).expect(422);
    assert_eq!(list(&app), json!([]));
    bulk(&app, "alice", json!(many[..100])).expect(200);
    assert_eq!(list(&app).as_array().unwrap().len(), 100);
}

fn another_users_tasks_do_not_exist(database: Database) {
    let app = App::start(database);
    let task = create(&app, "hers");
    for operation in ["update", "complete", "delete"] {
        bulk(&app, "bob", json!([{ "op": operation, "id": task["id"], "title": "his" }])).expect(404);
    }
    let made = bulk(&app, "bob", json!([{ "op": "create", "title": "his", "user_id": "alice" }])).expect(200);
    assert_eq!(made["results"][0]["user_id"], "bob");
    assert_eq!(list(&app), json!([task]));
}
