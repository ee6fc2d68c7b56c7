//! `SET_USER_BY=transaction`: the user is part of the text of a statement, and a failed transaction rolls back only its own writes.

use serde_json::json;

use crate::on_postgres;
use crate::support::{App, Database};

on_postgres!(every_user_id_is_only_a_value, a_failed_bulk_request_keeps_earlier_writes);

const SETTINGS: [(&str, &str); 2] = [("SET_USER_BY", "transaction"), ("REQUIRE_ROW_SECURITY", "true")];

fn every_user_id_is_only_a_value() {
    let app = App::start_with(Database::Postgres, &SETTINGS);
    let users = ["o'brien", r"back\slash\", r"\'; DROP TABLE tasks; --", "'; DROP TABLE tasks; --", "''", "$$", "ü 🦀"];
    for user in users {
        app.create(user, &json!({ "title": "own" }));
    }
    for user in users {
        let list = app.request_as(user, "GET", "/api/tasks").send().expect(200);
        let owners: Vec<_> = list.as_array().unwrap().iter().map(|task| task["user_id"].as_str().unwrap()).collect();
        assert_eq!(owners, [user]);
    }
}

fn a_failed_bulk_request_keeps_earlier_writes() {
    let app = App::start_with(Database::Postgres, &SETTINGS);
    let task = app.create("alice", &json!({ "title": "first" }));
    let operations = json!({ "operations": [
        { "op": "update", "id": task["id"], "title": "lost" },
        { "op": "create", "title": "lost" },
        { "op": "delete", "id": 999_999 },
    ]});
    let bulk = app.request_as("alice", "POST", "/api/tasks/bulk").header("Idempotency-Key", "k").json(&operations);
    bulk.send().expect(404);
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(list, json!([task]));
    let retry = json!({ "operations": [{ "op": "create", "title": "second" }] });
    app.request_as("alice", "POST", "/api/tasks/bulk").header("Idempotency-Key", "k").json(&retry).send().expect(200);
}
