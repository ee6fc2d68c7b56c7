//! `TASK_SHAPE` and `CAMEL_CASE` in each response that has tasks.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, EventStream};

on_both!(
    each_response_with_one_task_is_wrapped,
    camel_case_is_in_each_response_with_tasks,
    a_stored_response_has_the_format_of_the_instance,
    the_openapi_document_describes_the_format,
    a_user_called_tasks_or_users_has_lists,
);

/// Sends each request that returns one task. Returns the responses, with their names.
fn responses_with_one_task(app: &App) -> Vec<(&'static str, Value)> {
    let created =
        app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t", "due_date": "2026-12-01" }));
    let created = created.header("Idempotency-Key", "k").send();
    let location = created.header("location").expect("a created task has a location").to_owned();
    let send = |method: &str, path: &str, body: Value| {
        let request = app.request_as("alice", method, &format!("{location}{path}")).header("Idempotency-Key", "k");
        if body.is_null() { request.send() } else { request.json(&body).send() }
    };
    let mut responses = vec![("create", created.expect(201))];
    for (name, method, path, body) in [
        ("get", "GET", "", Value::Null),
        ("put", "PUT", "", json!({})),
        ("patch", "PATCH", "", json!({})),
        ("complete", "PATCH", "/complete", Value::Null),
        ("complete by POST", "POST", "/complete", Value::Null),
        ("a repeated POST", "POST", "/complete", Value::Null),
        ("toggle", "PATCH", "/toggle", Value::Null),
        ("status", "PATCH", "/status", json!({ "status": "pending" })),
        ("restore", "POST", "/restore", Value::Null),
        ("a repeated restore", "POST", "/restore", Value::Null),
    ] {
        responses.push((name, send(method, path, body).expect(200)));
    }
    responses
}

fn each_response_with_one_task_is_wrapped(database: Database) {
    for (list_shape, members) in [("array", vec!["task"]), ("tasks", vec!["task"]), ("data", vec!["success", "data"])] {
        let app = App::start_with(database, &[("LIST_SHAPE", list_shape), ("TASK_SHAPE", "wrapped")]);
        for (name, body) in responses_with_one_task(&app) {
            let names: Vec<&String> = body.as_object().unwrap().keys().collect();
            assert_eq!(names, members, "{name}");
            assert_eq!(body[members[members.len() - 1]]["title"], "t", "{name}");
            assert_eq!(body.get("success"), (list_shape == "data").then_some(&json!(true)), "{name}");
        }
        // the results of a bulk are not wrapped
        let bulk = json!({ "operations": [{ "op": "create", "title": "bulk" }] });
        let bulk = app.request_as("alice", "POST", "/api/tasks/bulk").json(&bulk).send().expect(200);
        assert_eq!(bulk["results"][0]["title"], "bulk");
    }
}

const COPIES: [(&str, &str); 4] =
    [("userId", "user_id"), ("createdAt", "created_at"), ("updatedAt", "updated_at"), ("dueDate", "due_date")];

#[track_caller]
fn assert_has_copies(task: &Value, name: &str) {
    for (copy, original) in COPIES {
        assert!(task.get(copy).is_some_and(|value| *value == task[original]), "{name}: {copy} in {task}");
    }
    let members = task.as_object().unwrap().keys().filter(|name| name.contains(char::is_uppercase));
    assert_eq!(members.collect::<Vec<_>>(), COPIES.map(|(copy, _)| copy), "{name}");
}

fn camel_case_is_in_each_response_with_tasks(database: Database) {
    let app = App::start_with(database, &[("CAMEL_CASE", "true")]);
    let start = app.request_as("alice", "GET", "/api/tasks/changes?since=now").send().expect(200);
    let start = start["next"].as_str().unwrap();
    for (name, task) in responses_with_one_task(&app) {
        assert_has_copies(&task, name);
    }
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_has_copies(&list[0], "list");
    for path in ["/api/tasks", "/api/alice/tasks", "/api/users/alice/tasks"] {
        let request = |route: &str| app.request_as("alice", "GET", &format!("{path}/{route}?since={start}"));
        let page = request("changes").send().expect(200);
        assert_has_copies(&page["changes"][0]["task"], path);
        let (_, changes) = EventStream::open(&request("events")).0.ready();
        assert_eq!(json!(changes), page["changes"], "{path}");
    }
    let operations = json!({ "operations": [
        { "op": "create", "title": "x", "dueDate": "2026-12-01" }, { "op": "update", "id": list[0]["id"], "dueDate": null },
        { "op": "delete", "id": list[0]["id"] },
    ] });
    for _ in 0..2 {
        let bulk = app.request_as("alice", "POST", "/api/tasks/bulk").header("Idempotency-Key", "k");
        let results = bulk.json(&operations).send().expect(200)["results"].clone();
        assert_has_copies(&results[0], "bulk create");
        assert_has_copies(&results[1], "bulk update");
        assert_eq!((&results[0]["due_date"], &results[1]["due_date"]), (&json!("2026-12-01"), &json!(null)));
        assert_eq!(results[2], json!({ "message": "Task deleted", "id": list[0]["id"], "success": true }));
    }
    // an export has the format that imports of all versions read
    let export = app.request_as("alice", "GET", "/api/tasks/export").send().chunked_json();
    assert_eq!(export[0].get("dueDate"), None);
}

/// An instance with other settings, or of a previous version, may have stored the response.
fn a_stored_response_has_the_format_of_the_instance(database: Database) {
    let (folder, url) = database.migrated();
    let start = |settings: &[(&str, &str)]| {
        App::serve(crate::support::config(&url, settings), url.clone(), tempfile::tempdir().unwrap())
    };
    let send = |app: &App| {
        let request = app.request_as("alice", "POST", "/api/tasks").header("Idempotency-Key", "k");
        request.json(&json!({ "title": "once" })).send().expect(201)
    };
    let plain = send(&start(&[]));
    let app = start(&[("CAMEL_CASE", "true"), ("TASK_SHAPE", "wrapped")]);
    let wrapped = send(&app);
    assert_has_copies(&wrapped["task"], "replay");
    assert_eq!(wrapped["task"]["id"], plain["id"]);
    assert_eq!(send(&start(&[])), plain);
    // the previous version stores no is_completed
    let replaced = "UPDATE idempotent_answers SET task = replace(task, '\"is_completed\":false,', '')";
    app.execute(replaced);
    assert_eq!(send(&app), wrapped);
    drop(folder);
}

fn the_openapi_document_describes_the_format(database: Database) {
    let app = App::start_with(database, &[("CAMEL_CASE", "true"), ("TASK_SHAPE", "wrapped"), ("LIST_SHAPE", "data")]);
    let document = app.request("GET", "/openapi.json").send().expect(200);
    let task = &document["components"]["schemas"]["Task"];
    for (copy, original) in COPIES {
        assert!(task["required"].as_array().unwrap().contains(&json!(copy)), "{copy}");
        assert_eq!(task["properties"][copy]["type"], task["properties"][original]["type"], "{copy}");
    }
    for (path, method, status) in [
        ("/api/{user_id}/tasks", "post", "201"),
        ("/api/users/{user_id}/tasks/{id}", "get", "200"),
        ("/api/tasks/{id}", "put", "200"),
        ("/api/tasks/{id}/toggle", "patch", "200"),
        ("/api/tasks/{id}/restore", "post", "200"),
    ] {
        let content = &document["paths"][path][method]["responses"][status]["content"]["application/json"];
        assert_eq!(content["schema"]["properties"]["data"]["$ref"], "#/components/schemas/Task", "{path}");
        for (_, example) in content["examples"].as_object().into_iter().flatten() {
            assert_has_copies(&example["value"]["data"], path);
        }
    }
    let link = &document["paths"]["/api/{user_id}/tasks"]["post"]["responses"]["201"]["links"]["task"]["parameters"];
    assert_eq!(link["id"], "$response.body#/data/id");
}

fn a_user_called_tasks_or_users_has_lists(database: Database) {
    let app = App::start(database);
    for user in ["tasks", "users"] {
        let task = app.create(user, &json!({ "title": user }));
        for path in [format!("/api/{user}/tasks"), format!("/api/users/{user}/tasks/"), "/api/tasks".to_owned()] {
            assert_eq!(app.request_as(user, "GET", &path).send().expect(200), json!([task]), "{path}");
        }
        let item = format!("/api/users/{user}/tasks/{}", task["id"]);
        assert_eq!(app.request_as(user, "GET", &item).send().expect(200), task);
        app.request_as("alice", "GET", &item).send().expect(403);
        let created = app.request_as(user, "POST", &format!("/api/users/{user}/tasks")).json(&json!({ "title": "x" }));
        let location = created.send().header("location").unwrap().to_owned();
        app.request_as(user, "DELETE", &location).send().expect(200);
    }
}
