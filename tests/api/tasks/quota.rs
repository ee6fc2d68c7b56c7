//! The task quota of a user.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    a_write_beyond_the_quota_is_rejected_as_a_whole,
    the_quota_counts_the_trash_but_not_purged_tasks,
    a_recurring_task_can_be_completed_at_the_quota,
    parallel_creates_stay_within_the_quota,
    two_instances_share_one_quota,
    stored_responses_have_a_quota,
);

fn post(app: &App, user: &str) -> Response {
    app.request_as(user, "POST", "/api/tasks").json(&json!({ "title": "t" })).send()
}

fn count(app: &App, user: &str) -> usize {
    app.request_as(user, "GET", "/api/tasks").send().expect(200).as_array().unwrap().len()
}

#[track_caller]
fn assert_quota_exceeded(response: &Response) {
    let problem = response.expect(409);
    assert_eq!(problem["error"]["code"], "quota_exceeded");
    assert!(problem["detail"].as_str().unwrap().starts_with("The request would exceed the limit of "), "{problem}");
}

fn a_write_beyond_the_quota_is_rejected_as_a_whole(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "3")]);
    let operations = |count: usize| json!({ "operations": vec![json!({ "op": "create", "title": "b" }); count] });
    let bulk = |count| app.request_as("alice", "POST", "/api/tasks/bulk").json(&operations(count)).send();
    let import = |uids: &[&str]| {
        let tasks: Vec<Value> = uids.iter().map(|uid| json!({ "uid": uid, "title": uid })).collect();
        app.request_as("alice", "POST", "/api/tasks/import").json(&json!(tasks)).send()
    };
    assert_quota_exceeded(&bulk(4));
    assert_quota_exceeded(&import(&["a", "b", "c", "d"]));
    assert_eq!(count(&app, "alice"), 0);
    bulk(1).expect(200);
    assert_eq!(import(&["a", "b"]).expect(200)["created"], 2);
    assert_quota_exceeded(&post(&app, "alice"));
    assert_quota_exceeded(&bulk(1));
    assert_quota_exceeded(&import(&["a", "c"]));
    assert_eq!(
        import(&["a", "b"]).expect(200),
        json!({ "created": 0, "updated": 0, "skipped": 2, "rejected": [] }),
        "an import without new tasks needs no quota"
    );
    let post_with_key = || {
        app.request_as("alice", "POST", "/api/tasks")
            .header("Idempotency-Key", "k")
            .json(&json!({ "title": "t" }))
            .send()
    };
    assert_quota_exceeded(&post_with_key());
    assert_eq!(count(&app, "alice"), 3);
    post(&app, "bob").expect(201);
    // a rejection is not stored for the key: with free quota the same request succeeds
    let task_id = app.request_as("alice", "GET", "/api/tasks").send().expect(200)[0]["id"].clone();
    app.request_as("alice", "DELETE", &format!("/api/tasks/{task_id}?permanent=true")).send().expect(200);
    post_with_key().expect(201);
}

fn the_quota_counts_the_trash_but_not_purged_tasks(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "2")]);
    let path = format!("/api/tasks/{}", post(&app, "alice").expect(201)["id"]);
    post(&app, "alice").expect(201);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    assert_quota_exceeded(&post(&app, "alice"));
    app.request_as("alice", "POST", &format!("{path}/restore")).send().expect(200);
    app.request_as("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(200);
    post(&app, "alice").expect(201);
    assert_quota_exceeded(&post(&app, "alice"));
}

fn a_recurring_task_can_be_completed_at_the_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "1")]);
    let task = json!({ "title": "t", "recurrence_rule": "daily", "due_date": "2026-12-01" });
    let path = format!("/api/tasks/{}", app.create("alice", &task)["id"]);
    app.request_as("alice", "PATCH", &format!("{path}/complete")).send().expect(200);
    assert_eq!(count(&app, "alice"), 2);
    assert_quota_exceeded(&post(&app, "alice"));
}

/// Sends `creates` requests in parallel, round-robin to `apps`; returns the number of created tasks.
fn create_in_parallel(apps: &[&App], creates: usize) -> usize {
    let responses: Vec<Response> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..creates).map(|number| scope.spawn(move || post(apps[number % apps.len()], "alice"))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    responses.iter().filter(|response| response.status != 201).for_each(assert_quota_exceeded);
    responses.iter().filter(|response| response.status == 201).count()
}

fn parallel_creates_stay_within_the_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "40"), ("POOL_SIZE", "8"), ("POOL_WAIT", "30s")]);
    let created = create_in_parallel(&[&app], 80);
    assert!((1..=40).contains(&created), "{created}");
    // two parallel requests at the limit may both be rejected, which leaves free quota
    (created..40).for_each(|_| drop(post(&app, "alice").expect(201)));
    assert_quota_exceeded(&post(&app, "alice"));
    assert_eq!(count(&app, "alice"), 40);
}

fn two_instances_share_one_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "15"), ("POOL_SIZE", "4"), ("POOL_WAIT", "30s")]);
    let second_app = App::serve(app.config.clone(), app.url.clone(), tempfile::tempdir().unwrap());
    let created = create_in_parallel(&[&app, &second_app], 30);
    assert_eq!((created, count(&app, "alice")), (15, 15));
}

/// A response is stored for a day, even if its task was permanently deleted.
fn stored_responses_have_a_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "3")]);
    let post_with_key = |user: &str, key: &str| {
        app.request_as(user, "POST", "/api/tasks").header("Idempotency-Key", key).json(&json!({ "title": "t" })).send()
    };
    let mut last = Value::Null;
    for key in ["a", "b", "c"] {
        last = post_with_key("alice", key).expect(201);
        let path = format!("/api/tasks/{}?permanent=true", last["id"]);
        app.request_as("alice", "DELETE", &path).send().expect(200);
    }
    for _ in 0..2 {
        let problem = post_with_key("alice", "d").expect(409);
        assert_eq!(problem["error"]["code"], "quota_exceeded");
        assert!(problem["detail"].as_str().unwrap().contains("3 stored responses"), "{problem}");
    }
    assert_eq!(count(&app, "alice"), 0, "no task was created");
    // stored responses stay valid, and requests without a key need no stored response
    let replay = post_with_key("alice", "c");
    assert_eq!((replay.expect(201), replay.header("idempotent-replayed")), (last, Some("true")));
    post(&app, "alice").expect(201);
    post_with_key("bob", "d").expect(201);
    app.execute("UPDATE idempotent_answers SET created_at = '2026-01-01 00:00:00' WHERE idempotency_key = 'a'");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap(), 1);
    assert_eq!(post_with_key("alice", "d").header("idempotent-replayed"), None);
    assert_eq!(post_with_key("alice", "d").header("idempotent-replayed"), Some("true"));
    assert_eq!(post_with_key("alice", "e").status, 409);
}
