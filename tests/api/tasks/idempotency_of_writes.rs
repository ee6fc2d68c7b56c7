//! `Idempotency-Key` of each POST that writes.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request, Response};

on_both!(
    a_repeated_bulk_gets_the_stored_response,
    a_repeated_import_gets_the_stored_response,
    a_repeated_completion_gets_the_stored_response,
    a_repeated_restore_gets_the_stored_response,
    a_key_with_another_body_is_422_on_each_route,
    a_key_counts_for_its_route_and_its_task,
    a_failed_write_leaves_its_key_unused,
    an_invalid_key_is_400_on_each_route,
    parallel_requests_with_one_key_write_once,
    large_responses_count_as_several_towards_the_quota,
    a_repeated_bulk_counts_as_one_operation,
    a_completion_by_patch_ignores_the_key,
);

const KEY: (&str, &str) = ("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324");

fn keyed(request: Request) -> Request {
    request.header(KEY.0, KEY.1)
}

fn bulk(app: &App, operations: &Value) -> Request {
    app.request_as("alice", "POST", "/api/alice/tasks/bulk").json(&json!({ "operations": operations }))
}

fn list(app: &App) -> Vec<Value> {
    app.request_as("alice", "GET", "/api/tasks").send().expect(200).as_array().unwrap().clone()
}

#[track_caller]
fn assert_replay(replay: &Response, first: &Response) {
    assert_eq!(replay.expect(first.status), first.json());
    assert_eq!((replay.header("idempotent-replayed"), first.header("idempotent-replayed")), (Some("true"), None));
    assert_eq!(replay.header("etag"), first.header("etag"));
}

fn a_repeated_bulk_gets_the_stored_response(database: Database) {
    let app = App::start(database);
    let id = app.create("alice", &json!({ "title": "old" }))["id"].clone();
    let operations = json!([
        { "op": "create", "title": "new" }, { "op": "complete", "id": id }, { "op": "delete", "id": id },
        { "op": "create", "title": "repeated", "due_date": "2026-12-01", "recurrence_rule": "FREQ=DAILY", "completed": true },
    ]);
    let first = keyed(bulk(&app, &operations)).send();
    first.expect(200);
    let tasks = list(&app);
    for path in ["/api/alice/tasks/bulk", "/api/tasks/bulk/", "/api/users/alice/tasks/bulk"] {
        let request = app.request_as("alice", "POST", path).json(&json!({ "operations": operations }));
        assert_replay(&keyed(request).send(), &first);
    }
    assert_eq!(list(&app), tasks, "nothing was written again");
    for task in tasks {
        app.request_as("alice", "DELETE", &format!("/api/tasks/{}?permanent=true", task["id"])).send().expect(200);
    }
    assert_replay(&keyed(bulk(&app, &operations)).send(), &first);
    // without the key the deleted task is not found
    bulk(&app, &operations).send().expect(404);
}

fn a_repeated_import_gets_the_stored_response(database: Database) {
    let app = App::start(database);
    let import = |body: &str, media_type: &str| {
        let request = app.request_as("alice", "POST", "/api/alice/tasks/import").header("Content-Type", media_type);
        keyed(request.body(body.as_bytes())).send()
    };
    let tasks = r#"[{"title":"one"},{"title":"two"}]"#;
    let first = import(tasks, "application/json");
    assert_eq!(first.expect(200)["created"], 2);
    // the tasks have no uid: without the key, each import creates them
    assert_replay(&import(tasks, "application/json"), &first);
    assert_eq!(list(&app).len(), 2);
    import("[]", "application/json").expect(422);
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:a\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let send = || {
        let request = app.request_as("alice", "POST", "/api/tasks/import").header("Content-Type", "text/calendar");
        request.header(KEY.0, "calendar").body(calendar.as_bytes()).send()
    };
    let first = send();
    assert_eq!(first.expect(200)["created"], 1);
    assert_replay(&send(), &first);
}

fn a_repeated_completion_gets_the_stored_response(database: Database) {
    let app = App::start(database);
    for body in [None, Some(json!({})), Some(json!({ "completed": true }))] {
        let recurring = json!({ "title": "daily", "due_date": "2026-12-01", "recurrence_rule": "FREQ=DAILY" });
        for task in [json!({ "title": "toggled" }), recurring] {
            let task = app.create("alice", &task);
            let send = || {
                let request = app.request_as("alice", "POST", &format!("/api/alice/tasks/{}/complete", task["id"]));
                let request = keyed(request).header("If-Match", &format!("\"{}-1\"", task["id"]));
                body.as_ref().map_or_else(|| request.clone().send(), |body| request.clone().json(body).send())
            };
            let first = send();
            assert_eq!(first.expect(200)["completed"], true);
            let tasks = list(&app);
            assert_replay(&send(), &first);
            assert_eq!(list(&app), tasks, "neither toggled back nor repeated");
        }
    }
}

fn a_repeated_restore_gets_the_stored_response(database: Database) {
    let app = App::start(database);
    let path = format!("/api/tasks/{}", app.create("alice", &json!({ "title": "t" }))["id"]);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let restore = || keyed(app.request_as("alice", "POST", &format!("{path}/restore"))).send();
    let first = restore();
    assert_eq!(first.expect(200)["version"], 3);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    assert_replay(&restore(), &first);
    app.request_as("alice", "GET", &path).send().expect(404);
}

/// Returns a request for each route that accepts a key, with this text in its body. The task exists.
fn keyed_requests(app: &App, id: &Value, text: &str) -> Vec<(&'static str, Request)> {
    let post = |path: &str| app.request_as("alice", "POST", path);
    vec![
        ("create", post("/api/tasks").json(&json!({ "title": text }))),
        ("bulk", bulk(app, &json!([{ "op": "create", "title": text }]))),
        ("import", post("/api/tasks/import").json(&json!([{ "title": text }]))),
        ("complete", post(&format!("/api/tasks/{id}/complete")).json(&json!({ "completed": true, "other": text }))),
    ]
}

fn a_key_with_another_body_is_422_on_each_route(database: Database) {
    let app = App::start(database);
    let id = app.create("alice", &json!({ "title": "t" }))["id"].clone();
    let others = keyed_requests(&app, &id, "other");
    for ((name, request), (_, other)) in keyed_requests(&app, &id, "one").into_iter().zip(others) {
        keyed(request).send().json();
        let problem = keyed(other).send().expect(422);
        assert_eq!(problem["error"]["code"], "idempotency_key_reused", "{name}");
    }
    assert!(list(&app).iter().all(|task| task["title"] != "other"));
}

fn a_key_counts_for_its_route_and_its_task(database: Database) {
    let app = App::start(database);
    let ids = [1, 2].map(|_| app.create("alice", &json!({ "title": "t" }))["id"].clone());
    for id in &ids {
        for (name, request) in keyed_requests(&app, id, "one") {
            let response = keyed(request).send();
            let is_replay = response.header("idempotent-replayed").is_some();
            assert_eq!(is_replay, name != "complete" && *id == ids[1], "{name}: {response:?}");
        }
    }
    // a key of a create cannot imitate the key of another route
    let create = app.request_as("alice", "POST", "/api/tasks").header(KEY.0, &format!("bulk {}", KEY.1));
    create.json(&json!({ "title": "x" })).send().expect(400);
}

fn a_failed_write_leaves_its_key_unused(database: Database) {
    let app = App::start(database);
    let missing = json!([{ "op": "create", "title": "x" }, { "op": "delete", "id": 999_999 }]);
    for _ in 0..2 {
        keyed(bulk(&app, &missing)).send().expect(404);
    }
    assert_eq!(list(&app).len(), 0);
    let first = keyed(bulk(&app, &json!([{ "op": "create", "title": "x" }]))).send();
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None));
    let task = app.create("alice", &json!({ "title": "t" }));
    let complete = || keyed(app.request_as("alice", "POST", &format!("/api/tasks/{}/complete", task["id"])));
    complete().header("If-Match", "\"1-99\"").send().expect(412);
    assert_eq!(complete().send().expect(200)["completed"], true);
    let import = |body: &str| keyed(app.request_as("alice", "POST", "/api/tasks/import").text(body)).send();
    import(r#"[{"title":""}]"#);
    import("{").expect(400);
    assert_eq!(import(r#"[{"title":"x"}]"#).expect(200)["created"], 1);
}

fn an_invalid_key_is_400_on_each_route(database: Database) {
    let app = App::start(database);
    let id = app.create("alice", &json!({ "title": "t" }))["id"].clone();
    for key in ["", "with blank", &"x".repeat(256)] {
        for (name, request) in keyed_requests(&app, &id, "one") {
            assert_eq!(request.header(KEY.0, key).send().status, 400, "{name} {key}");
        }
        let restore = app.request_as("alice", "POST", &format!("/api/tasks/{id}/restore")).header(KEY.0, key);
        restore.send().expect(400);
    }
    assert_eq!(list(&app).len(), 1);
}

fn parallel_requests_with_one_key_write_once(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    let task = app.create("alice", &json!({ "title": "t" }));
    let requests: [fn(&App, &Value) -> Request; 2] = [
        |app, _| bulk(app, &json!([{ "op": "create", "title": "bulk" }])),
        |app, task| app.request_as("alice", "POST", &format!("/api/tasks/{}/complete", task["id"])),
    ];
    for request in requests {
        let senders: Vec<_> = (0..20)
            .map(|_| {
                let request = keyed(request(&app, &task));
                std::thread::spawn(move || request.send())
            })
            .collect();
        let responses: Vec<Response> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
        let first = responses[0].expect(200);
        assert!(responses.iter().all(|response| response.expect(200) == first));
        assert_eq!(responses.iter().filter(|response| response.header("idempotent-replayed").is_some()).count(), 19);
    }
    let tasks = list(&app);
    assert_eq!((tasks.len(), &tasks[0]["title"]), (2, &json!("bulk")));
    assert_eq!((&tasks[1]["completed"], &tasks[1]["version"]), (&json!(true), &json!(2)));
}

/// A stored response counts once for each 16 KiB.
fn large_responses_count_as_several_towards_the_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "60")]);
    let operation = json!({ "op": "create", "title": "x", "description": "y".repeat(1000) });
    let large = json!(vec![operation; 40]);
    let send = |key: &str, operations: &Value| bulk(&app, operations).header(KEY.0, key).send();
    // 40 tasks of some 1,500 bytes
    send("large", &large).expect(200);
    let small = json!([{ "op": "update", "id": 0 }]);
    let task = list(&app)[0]["id"].clone();
    let mut small = small;
    small[0]["id"] = task;
    let stored = (0..60).take_while(|number| send(&format!("small-{number}"), &small).status == 200).count();
    assert!((54..59).contains(&stored), "{stored}");
    let problem = send("more", &small).expect(409);
    assert_eq!(problem["error"]["code"], "quota_exceeded");
    assert_eq!(send("large", &large).header("idempotent-replayed"), Some("true"));
    bulk(&app, &small).send().expect(200);
}

fn a_repeated_bulk_counts_as_one_operation(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 60")]);
    let operations = json!(vec![json!({ "op": "create", "title": "x" }); 50]);
    let first = keyed(bulk(&app, &operations)).send();
    first.expect(200);
    for _ in 0..5 {
        assert_replay(&keyed(bulk(&app, &operations)).send(), &first);
    }
}

/// The header is for POST. A PATCH that toggles twice toggles back.
fn a_completion_by_patch_ignores_the_key(database: Database) {
    let app = App::start(database);
    let path = format!("/api/tasks/{}/complete", app.create("alice", &json!({ "title": "t" }))["id"]);
    for completed in [true, false] {
        assert_eq!(keyed(app.request_as("alice", "PATCH", &path)).send().expect(200)["completed"], completed);
    }
}
