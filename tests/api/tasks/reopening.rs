//! Marking a completed occurrence as not completed.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    reopening_deletes_an_unchanged_next_occurrence,
    every_reopening_route_deletes_the_next_occurrence,
    reopening_keeps_a_changed_next_occurrence,
    reopening_in_the_middle_of_a_series_keeps_the_series,
    an_update_of_a_pending_task_deletes_nothing,
    a_refused_reopening_deletes_nothing,
    parallel_completions_and_reopenings_leave_one_next_occurrence,
);

fn create(app: &App) -> Value {
    let task = json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "daily" });
    app.request_as("alice", "POST", "/api/tasks").json(&task).send().expect(201)
}

fn patch(app: &App, id: &Value, body: &Value) -> Value {
    app.request_as("alice", "PATCH", &format!("/api/tasks/{id}")).json(body).send().expect(200)
}

/// Returns the ids and due dates of all tasks, also those in the trash.
fn all(app: &App) -> Vec<(Value, Value)> {
    let list =
        |query: &str| app.request_as("alice", "GET", &format!("/api/tasks?sort=due_date&{query}")).send().expect(200);
    let tasks = [list(""), list("deleted=true")];
    let tasks = tasks.iter().flat_map(|list| list.as_array().unwrap());
    tasks.map(|task| (task["id"].clone(), task["due_date"].clone())).collect()
}

fn reopening_deletes_an_unchanged_next_occurrence(database: Database) {
    let app = App::start(database);
    let task = create(&app);
    let completed = patch(&app, &task["id"], &json!({ "completed": true }));
    let next = all(&app)[1].clone();
    assert_eq!(next.1, "2999-12-02");
    let mut reopened = patch(&app, &task["id"], &json!({ "completed": false }));
    assert_eq!((&reopened["series_id"], &reopened["version"]), (&Value::Null, &json!(3)));
    assert_eq!(all(&app), [(task["id"].clone(), task["due_date"].clone())]);
    app.request_as("alice", "GET", &format!("/api/tasks/{}", next.0)).send().expect(404);
    assert_eq!(app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200), reopened);
    // apart from its version, the task is as before
    reopened["version"] = task["version"].clone();
    reopened["updated_at"] = task["updated_at"].clone();
    assert_eq!(reopened, task);
    // another completion creates the next occurrence again
    assert_eq!(patch(&app, &task["id"], &json!({ "completed": true }))["series_id"], completed["series_id"]);
    let again = all(&app);
    assert_eq!((again.len(), &again[1].1), (2, &json!("2999-12-02")));
}

fn every_reopening_route_deletes_the_next_occurrence(database: Database) {
    let app = App::start(database);
    for (method, suffix, body) in [
        ("PATCH", "/complete", json!({})),
        ("PATCH", "/complete", json!({ "completed": false })),
        ("PATCH", "/toggle", json!({})),
        ("PATCH", "/status", json!({ "status": "pending" })),
        ("PUT", "", json!({ "completed": false })),
        ("PATCH", "", json!({ "status": "pending", "title": "renamed", "recurrence_rule": null })),
        ("PATCH", "", json!({ "completed": false, "due_date": "2999-12-24", "recurrence_rule": "weekly" })),
    ] {
        let before = all(&app).len();
        let task = create(&app);
        patch(&app, &task["id"], &json!({ "completed": true }));
        assert_eq!(all(&app).len(), before + 2);
        let path = format!("/api/tasks/{}{suffix}", task["id"]);
        let reopened = app.request_as("alice", method, &path).json(&body).send().expect(200);
        assert_eq!((&reopened["completed"], &reopened["series_id"]), (&json!(false), &Value::Null));
        assert_eq!(all(&app).len(), before + 1, "{method} {suffix} {body}");
    }
    let before = all(&app).len();
    let task = create(&app);
    let operations = json!({ "operations": [
        { "op": "complete", "id": task["id"], "completed": true },
        { "op": "complete", "id": task["id"], "completed": false },
        { "op": "update", "id": task["id"], "completed": true },
        { "op": "complete", "id": task["id"] },
    ] });
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&operations).send().expect(200);
    assert_eq!(all(&app).len(), before + 1);
}

fn reopening_keeps_a_changed_next_occurrence(database: Database) {
    let app = App::start(database);
    for change in ["rename", "complete", "trash", "restore"] {
        let before = all(&app).len();
        let task = create(&app);
        let series = patch(&app, &task["id"], &json!({ "completed": true }))["series_id"].clone();
        let path = format!("/api/tasks?status=pending&series={series}");
        let next = app.request_as("alice", "GET", &path).send().expect(200)[0]["id"].clone();
        let path = format!("/api/tasks/{next}");
        match change {
            "rename" => drop(patch(&app, &next, &json!({ "title": "changed" }))),
            "complete" => drop(patch(&app, &next, &json!({ "completed": true }))),
            _ => drop(app.request_as("alice", "DELETE", &path).send().expect(200)),
        }
        if change == "restore" {
            app.request_as("alice", "POST", &format!("{path}/restore")).send().expect(200);
        }
        let kept = all(&app).len();
        let reopened = patch(&app, &task["id"], &json!({ "completed": false }));
        assert_eq!(reopened["series_id"], series, "{change}");
        // completing it again creates no second occurrence
        patch(&app, &task["id"], &json!({ "completed": true }));
        assert_eq!(all(&app).len(), kept, "{change}");
        assert!(kept >= before + 2, "{change}");
    }
}

fn reopening_in_the_middle_of_a_series_keeps_the_series(database: Database) {
    let app = App::start(database);
    let first = create(&app);
    let series = patch(&app, &first["id"], &json!({ "completed": true }))["series_id"].clone();
    let second = all(&app)[1].0.clone();
    patch(&app, &second, &json!({ "completed": true }));
    assert_eq!(all(&app).len(), 3);
    assert_eq!(patch(&app, &second, &json!({ "completed": false }))["series_id"], series);
    assert_eq!(all(&app), [(first["id"].clone(), json!("2999-12-01")), (second.clone(), json!("2999-12-02"))]);
    // the second one was changed
    assert_eq!(patch(&app, &first["id"], &json!({ "completed": false }))["series_id"], series);
    assert_eq!(all(&app).len(), 2);
}

/// An earlier version kept the unchanged next occurrence of a reopened task.
fn an_update_of_a_pending_task_deletes_nothing(database: Database) {
    let app = App::start(database);
    let task = create(&app);
    patch(&app, &task["id"], &json!({ "completed": true }));
    app.execute(&format!("UPDATE tasks SET completed = FALSE, completed_at = NULL WHERE id = {}", task["id"]));
    let mut stored = app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200);
    stored["title"] = json!("renamed");
    assert_eq!(patch(&app, &task["id"], &stored)["title"], "renamed");
    assert_eq!(all(&app).len(), 2);
    patch(&app, &task["id"], &json!({ "completed": true }));
    assert_eq!(all(&app).len(), 2);
    patch(&app, &task["id"], &json!({ "completed": false }));
    assert_eq!(all(&app).len(), 1);
}

fn a_refused_reopening_deletes_nothing(database: Database) {
    let app = App::start(database);
    let task = create(&app);
    patch(&app, &task["id"], &json!({ "completed": true }));
    let path = format!("/api/tasks/{}", task["id"]);
    let body = json!({ "completed": false });
    let stale = format!("\"{}-1\"", task["id"]);
    app.request_as("alice", "PATCH", &path).header("If-Match", &stale).json(&body).send().expect(412);
    app.request_as("bob", "PATCH", &path.replace("/api/", "/api/bob/")).json(&body).send().expect(404);
    let failing = json!({ "operations": [
        { "op": "complete", "id": task["id"], "completed": false },
        { "op": "complete", "id": 999_999 },
    ] });
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&failing).send().expect(404);
    assert_eq!(all(&app).len(), 2);
    let current = format!("\"{}-2\"", task["id"]);
    app.request_as("alice", "PATCH", &path).header("If-Match", &current).json(&body).send().expect(200);
    assert_eq!(all(&app).len(), 1);
}

fn parallel_completions_and_reopenings_leave_one_next_occurrence(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    let task = create(&app);
    let path = format!("/api/tasks/{}", task["id"]);
    let writers: Vec<_> = (0..16)
        .map(|number| {
            let request = app.request_as("alice", "PATCH", &path).json(&json!({ "completed": number % 2 == 0 }));
            std::thread::spawn(move || request.send().status)
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.join().unwrap(), 200);
    }
    patch(&app, &task["id"], &json!({ "completed": true }));
    assert_eq!(all(&app).len(), 2);
    patch(&app, &task["id"], &json!({ "completed": false }));
    assert_eq!(all(&app).len(), 1);
}
