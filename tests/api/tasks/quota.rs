//! The most tasks that a user may have.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(
    what_goes_beyond_the_quota_is_refused_whole,
    the_trash_counts_and_what_is_gone_does_not,
    a_task_that_repeats_can_be_completed_at_the_quota,
    of_many_at_once_no_more_than_fit_are_made,
    two_instances_keep_to_one_quota,
    stored_answers_have_a_quota_too,
);

fn post(app: &App, user: &str) -> Answer {
    app.by(user, "POST", "/api/tasks").json(&json!({ "title": "t" })).send()
}

fn count(app: &App, user: &str) -> usize {
    app.by(user, "GET", "/api/tasks").send().expect(200).as_array().unwrap().len()
}

#[track_caller]
fn refused(answer: &Answer) {
    let problem = answer.expect(409);
    assert_eq!(problem["error"]["code"], "quota_exceeded");
    assert!(problem["detail"].as_str().unwrap().starts_with("The request would exceed the limit of "), "{problem}");
}

fn what_goes_beyond_the_quota_is_refused_whole(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "3")]);
    let operations = |count: usize| json!({ "operations": vec![json!({ "op": "create", "title": "b" }); count] });
    let bulk = |count| app.by("alice", "POST", "/api/tasks/bulk").json(&operations(count)).send();
    let import = |uids: &[&str]| {
        let tasks: Vec<Value> = uids.iter().map(|uid| json!({ "uid": uid, "title": uid })).collect();
        app.by("alice", "POST", "/api/tasks/import").json(&json!(tasks)).send()
    };
    refused(&bulk(4));
    refused(&import(&["a", "b", "c", "d"]));
    assert_eq!(count(&app, "alice"), 0);
    bulk(1).expect(200);
    assert_eq!(import(&["a", "b"]).expect(200)["created"], 2);
    refused(&post(&app, "alice"));
    refused(&bulk(1));
    refused(&import(&["a", "c"]));
    assert_eq!(import(&["a", "b"]).expect(200), json!({ "created": 0, "skipped": 2 }), "nothing new needs no room");
    let once =
        || app.by("alice", "POST", "/api/tasks").header("Idempotency-Key", "k").json(&json!({ "title": "t" })).send();
    refused(&once());
    assert_eq!(count(&app, "alice"), 3);
    post(&app, "bob").expect(201);
    // a refusal is not kept for the key: with room the same request is served
    let first = app.by("alice", "GET", "/api/tasks").send().expect(200)[0]["id"].clone();
    app.by("alice", "DELETE", &format!("/api/tasks/{first}?permanent=true")).send().expect(200);
    once().expect(201);
}

fn the_trash_counts_and_what_is_gone_does_not(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "2")]);
    let path = format!("/api/tasks/{}", post(&app, "alice").expect(201)["id"]);
    post(&app, "alice").expect(201);
    app.by("alice", "DELETE", &path).send().expect(200);
    refused(&post(&app, "alice"));
    app.by("alice", "POST", &format!("{path}/restore")).send().expect(200);
    app.by("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(200);
    post(&app, "alice").expect(201);
    refused(&post(&app, "alice"));
}

fn a_task_that_repeats_can_be_completed_at_the_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "1")]);
    let task = json!({ "title": "t", "recurrence_rule": "daily", "due_date": "2026-12-01" });
    let path = format!("/api/tasks/{}", app.create("alice", &task)["id"]);
    app.by("alice", "PATCH", &format!("{path}/complete")).send().expect(200);
    assert_eq!(count(&app, "alice"), 2);
    refused(&post(&app, "alice"));
}

/// Sends so many creates at once, to these in turn; gives how many were made.
fn at_once(apps: &[&App], creates: usize) -> usize {
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let sent: Vec<_> =
            (0..creates).map(|number| scope.spawn(move || post(apps[number % apps.len()], "alice"))).collect();
        sent.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    answers.iter().filter(|answer| answer.status != 201).for_each(refused);
    answers.iter().filter(|answer| answer.status == 201).count()
}

fn of_many_at_once_no_more_than_fit_are_made(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "40"), ("POOL_SIZE", "8"), ("POOL_WAIT", "30s")]);
    let made = at_once(&[&app], 80);
    assert!((1..=40).contains(&made), "{made}");
    // of two that meet at the very limit both may be refused; there is room then
    (made..40).for_each(|_| drop(post(&app, "alice").expect(201)));
    refused(&post(&app, "alice"));
    assert_eq!(count(&app, "alice"), 40);
}

fn two_instances_keep_to_one_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "15"), ("POOL_SIZE", "4"), ("POOL_WAIT", "30s")]);
    let other = App::serve(app.config.clone(), app.url.clone(), tempfile::tempdir().unwrap());
    let made = at_once(&[&app, &other], 30);
    assert_eq!((made, count(&app, "alice")), (15, 15));
}

/// An answer stays for a day, also when its task was deleted for ever.
fn stored_answers_have_a_quota_too(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "3")]);
    let once = |user: &str, key: &str| {
        app.by(user, "POST", "/api/tasks").header("Idempotency-Key", key).json(&json!({ "title": "t" })).send()
    };
    let mut first = Value::Null;
    for key in ["a", "b", "c"] {
        first = once("alice", key).expect(201);
        let path = format!("/api/tasks/{}?permanent=true", first["id"]);
        app.by("alice", "DELETE", &path).send().expect(200);
    }
    for _ in 0..2 {
        let problem = once("alice", "d").expect(409);
        assert_eq!(problem["error"]["code"], "quota_exceeded");
        assert!(problem["detail"].as_str().unwrap().contains("3 stored responses"), "{problem}");
    }
    assert_eq!(count(&app, "alice"), 0, "nothing was made");
    // the answers that are there stay good, and requests without a key need no answer
    let again = once("alice", "c");
    assert_eq!((again.expect(201), again.header("idempotent-replayed")), (first, Some("true")));
    post(&app, "alice").expect(201);
    once("bob", "d").expect(201);
    app.execute("UPDATE idempotent_answers SET created_at = '2026-01-01 00:00:00' WHERE idempotency_key = 'a'");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap(), 1);
    assert_eq!(once("alice", "d").header("idempotent-replayed"), None);
    assert_eq!(once("alice", "d").header("idempotent-replayed"), Some("true"));
    assert_eq!(once("alice", "e").status, 409);
}
