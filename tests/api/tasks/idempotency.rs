//! `Idempotency-Key`: a retried create returns the stored response.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    a_retry_gets_the_stored_response,
    a_key_with_another_body_is_422,
    keys_are_scoped_to_their_user,
    only_successful_responses_are_stored,
    an_invalid_key_is_400,
    a_key_expires_after_a_day,
    a_hundred_parallel_requests_create_one_task,
);

fn post(app: &App, user: &str, key: &str, body: &Value) -> Response {
    app.request_as(user, "POST", &format!("/api/{user}/tasks")).header("Idempotency-Key", key).json(body).send()
}

fn count(app: &App, user: &str) -> usize {
    app.request_as(user, "GET", "/api/tasks").send().expect(200).as_array().unwrap().len()
}

fn a_retry_gets_the_stored_response(database: Database) {
    let app = App::start(database);
    let body = json!({ "title": "once", "tags": ["a"], "due_date": "2026-12-01" });
    let first = post(&app, "alice", "8e03978e-40d5-43e8-bc93-6894a57f9324", &body);
    let task = first.expect(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let path = format!("/api/alice/tasks/{}", task["id"]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "title": "changed" })).send().expect(200);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    // bare and quoted form are the same key, on both paths of the list
    for (path, key) in [
        ("/api/alice/tasks", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("/api/alice/tasks", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\""),
        ("/api/tasks/", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
    ] {
        let replay = app.request_as("alice", "POST", path).header("Idempotency-Key", key).json(&body).send();
        assert_eq!(replay.expect(201), task, "also after the task was deleted");
        assert_eq!(replay.header("idempotent-replayed"), Some("true"));
        assert_eq!(replay.header("etag"), first.header("etag"));
        assert!(replay.header("location").unwrap().ends_with(&task["id"].to_string()));
    }
    assert_eq!(count(&app, "alice"), 0);
}

fn a_key_with_another_body_is_422(database: Database) {
    let app = App::start(database);
    post(&app, "alice", "k", &json!({ "title": "one" })).expect(201);
    let problem = post(&app, "alice", "k", &json!({ "title": "two" })).expect(422);
    assert_eq!(problem["error"]["code"], "idempotency_key_reused");
    // bodies are compared as bytes, not as JSON
    app.request_as("alice", "POST", "/api/tasks")
        .header("Idempotency-Key", "k")
        .text("{\"title\": \"one\"}")
        .send()
        .expect(422);
    post(&app, "alice", "other", &json!({ "title": "one" })).expect(201);
    assert_eq!(count(&app, "alice"), 2);
}

fn keys_are_scoped_to_their_user(database: Database) {
    let app = App::start(database);
    let alices_task = post(&app, "alice", "k", &json!({ "title": "same" })).expect(201);
    let bobs_task = post(&app, "bob", "k", &json!({ "title": "same" })).expect(201);
    assert_eq!((&alices_task["user_id"], &bobs_task["user_id"]), (&json!("alice"), &json!("bob")));
    assert_ne!(alices_task["id"], bobs_task["id"]);
}

fn only_successful_responses_are_stored(database: Database) {
    let app = App::start(database);
    for _ in 0..2 {
        post(&app, "alice", "k", &json!({ "title": "" })).expect(422);
    }
    let created = post(&app, "alice", "k", &json!({ "title": "good" }));
    created.expect(201);
    assert_eq!(created.header("idempotent-replayed"), None);
    app.request("POST", "/api/alice/tasks").header("Idempotency-Key", "k").send().expect(401);
}

fn an_invalid_key_is_400(database: Database) {
    let app = App::start(database);
    for key in ["", "\"\"", "\"open", "with blank", &"x".repeat(256)] {
        post(&app, "alice", key, &json!({ "title": "t" })).expect(400);
    }
    let two_keys =
        app.request_as("alice", "POST", "/api/tasks").header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    two_keys.json(&json!({ "title": "t" })).send().expect(400);
    post(&app, "alice", &"x".repeat(255), &json!({ "title": "t" })).expect(201);
    assert_eq!(count(&app, "alice"), 1);
}

fn a_key_expires_after_a_day(database: Database) {
    let app = App::start(database);
    let body = json!({ "title": "t" });
    post(&app, "alice", "swept", &body).expect(201);
    post(&app, "alice", "old", &body).expect(201);
    app.execute("UPDATE idempotent_answers SET created_at = '2026-01-01 00:00:00' WHERE idempotency_key = 'old'");
    assert_eq!(post(&app, "alice", "old", &body).header("idempotent-replayed"), None, "the key has expired");
    assert_eq!(post(&app, "alice", "old", &body).header("idempotent-replayed"), Some("true"));
    app.execute("UPDATE idempotent_answers SET created_at = '2026-01-01 00:00:00' WHERE idempotency_key = 'swept'");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap(), 1);
    assert_eq!(runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap(), 0);
    assert_eq!(count(&app, "alice"), 3);
}

fn a_hundred_parallel_requests_create_one_task(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    let senders: Vec<_> = (0..100)
        .map(|_| {
            let request = app.request_as("alice", "POST", "/api/alice/tasks").header("Idempotency-Key", "one");
            let request = request.json(&json!({ "title": "one" }));
            std::thread::spawn(move || request.send())
        })
        .collect();
    let responses: Vec<Response> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let first = responses[0].expect(201);
    for response in &responses {
        assert_eq!(response.expect(201), first);
    }
    let replayed = responses.iter().filter(|response| response.header("idempotent-replayed").is_some()).count();
    assert_eq!(replayed, 99);
    assert_eq!(count(&app, "alice"), 1);
}
