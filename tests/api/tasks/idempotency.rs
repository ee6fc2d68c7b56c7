//! `Idempotency-Key`: a create that is sent again makes nothing new.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(
    a_repeat_is_answered_as_the_first_was,
    another_body_is_no_repeat,
    keys_belong_to_their_user,
    only_success_is_kept,
    a_bad_key_is_malformed,
    a_key_is_kept_for_a_day,
    a_hundred_at_once_make_one_task,
);

fn post(app: &App, user: &str, key: &str, body: &Value) -> Answer {
    app.by(user, "POST", &format!("/api/{user}/tasks")).header("Idempotency-Key", key).json(body).send()
}

fn count(app: &App, user: &str) -> usize {
    app.by(user, "GET", "/api/tasks").send().expect(200).as_array().unwrap().len()
}

fn a_repeat_is_answered_as_the_first_was(database: Database) {
    let app = App::start(database);
    let body = json!({ "title": "once", "tags": ["a"], "due_date": "2026-12-01" });
    let first = post(&app, "alice", "8e03978e-40d5-43e8-bc93-6894a57f9324", &body);
    let task = first.expect(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let path = format!("/api/alice/tasks/{}", task["id"]);
    app.by("alice", "PATCH", &path).json(&json!({ "title": "changed" })).send().expect(200);
    app.by("alice", "DELETE", &path).send().expect(200);
    // bare and quoted are one key; so are the two paths of a list
    for (path, key) in [
        ("/api/alice/tasks", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("/api/alice/tasks", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\""),
        ("/api/tasks/", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
    ] {
        let again = app.by("alice", "POST", path).header("Idempotency-Key", key).json(&body).send();
        assert_eq!(again.expect(201), task, "also after the task is gone");
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("etag"), first.header("etag"));
        assert!(again.header("location").unwrap().ends_with(&task["id"].to_string()));
    }
    assert_eq!(count(&app, "alice"), 0);
}

fn another_body_is_no_repeat(database: Database) {
    let app = App::start(database);
    post(&app, "alice", "k", &json!({ "title": "one" })).expect(201);
    let problem = post(&app, "alice", "k", &json!({ "title": "two" })).expect(422);
    assert_eq!(problem["error"]["code"], "idempotency_key_reused");
    // the bytes count, not what they mean
    app.by("alice", "POST", "/api/tasks")
        .header("Idempotency-Key", "k")
        .text("{\"title\": \"one\"}")
        .send()
        .expect(422);
    post(&app, "alice", "other", &json!({ "title": "one" })).expect(201);
    assert_eq!(count(&app, "alice"), 2);
}

fn keys_belong_to_their_user(database: Database) {
    let app = App::start(database);
    let hers = post(&app, "alice", "k", &json!({ "title": "same" })).expect(201);
    let his = post(&app, "bob", "k", &json!({ "title": "same" })).expect(201);
    assert_eq!((&hers["user_id"], &his["user_id"]), (&json!("alice"), &json!("bob")));
    assert_ne!(hers["id"], his["id"]);
}

fn only_success_is_kept(database: Database) {
    let app = App::start(database);
    for _ in 0..2 {
        post(&app, "alice", "k", &json!({ "title": "" })).expect(422);
    }
    let made = post(&app, "alice", "k", &json!({ "title": "good" }));
    made.expect(201);
    assert_eq!(made.header("idempotent-replayed"), None);
    app.request("POST", "/api/alice/tasks").header("Idempotency-Key", "k").send().expect(401);
}

fn a_bad_key_is_malformed(database: Database) {
    let app = App::start(database);
    for key in ["", "\"\"", "\"open", "with blank", &"x".repeat(256)] {
        post(&app, "alice", key, &json!({ "title": "t" })).expect(400);
    }
    let twice = app.by("alice", "POST", "/api/tasks").header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    twice.json(&json!({ "title": "t" })).send().expect(400);
    post(&app, "alice", &"x".repeat(255), &json!({ "title": "t" })).expect(201);
    assert_eq!(count(&app, "alice"), 1);
}

fn a_key_is_kept_for_a_day(database: Database) {
    let app = App::start(database);
    let body = json!({ "title": "t" });
    post(&app, "alice", "swept", &body).expect(201);
    post(&app, "alice", "old", &body).expect(201);
    app.execute("UPDATE idempotent_answers SET created_at = '2026-01-01 00:00:00' WHERE idempotency_key = 'old'");
    assert_eq!(post(&app, "alice", "old", &body).header("idempotent-replayed"), None, "it has run out");
    assert_eq!(post(&app, "alice", "old", &body).header("idempotent-replayed"), Some("true"));
    app.execute("UPDATE idempotent_answers SET created_at = '2026-01-01 00:00:00' WHERE idempotency_key = 'swept'");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap(), 1);
    assert_eq!(runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap(), 0);
    assert_eq!(count(&app, "alice"), 3);
}

fn a_hundred_at_once_make_one_task(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    let senders: Vec<_> = (0..100)
        .map(|_| {
            let request = app.by("alice", "POST", "/api/alice/tasks").header("Idempotency-Key", "one");
            let request = request.json(&json!({ "title": "one" }));
            std::thread::spawn(move || request.send())
        })
        .collect();
    let answers: Vec<Answer> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let first = answers[0].expect(201);
    for answer in &answers {
        assert_eq!(answer.expect(201), first);
    }
    let replayed = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_some()).count();
    assert_eq!(replayed, 99);
    assert_eq!(count(&app, "alice"), 1);
}
