//! Tokens of the change feed: bound to their user, readable by every instance, and valid as long as the tombstones.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::mirror::Mirror;
use crate::on_both;
use crate::support::{App, Database, Response, SECRET, Settings, block_on, config};

on_both!(
    a_token_of_another_user_returns_no_data,
    every_instance_reads_a_token,
    a_token_older_than_the_tombstones_is_gone,
    a_token_from_a_restored_backup_is_gone,
);

fn since(app: &App, user: &str, token: &str) -> Response {
    app.request_as(user, "GET", &format!("/api/tasks/changes?since={token}")).send()
}

fn now(app: &App, user: &str) -> String {
    since(app, user, "now").expect(200)["next"].as_str().unwrap().to_owned()
}

#[track_caller]
fn expect_gone(response: &Response) {
    let problem = response.expect(410);
    assert_eq!(problem["error"]["code"], "changes_expired");
    assert!(problem["detail"].as_str().unwrap().contains("read all tasks again"), "{problem}");
}

fn a_token_of_another_user_returns_no_data(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "hers" }));
    app.create("bob", &json!({ "title": "his" }));
    let alices = now(&app, "alice");
    assert_eq!(since(&app, "alice", &alices).expect(200)["changes"], json!([]));
    expect_gone(&since(&app, "bob", &alices));
    // each changed character
    for index in 0..alices.len() {
        let mut changed = alices.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let response = since(&app, "alice", std::str::from_utf8(&changed).unwrap());
        // unused bits of the last character may have to be zero
        assert!([410, 422].contains(&response.status), "{response:?}");
    }
    let (short, long) = (&alices[..alices.len() - 4], format!("{alices}AAAA"));
    for malformed in ["x", "null", "0", "%00", "a%20b", short, &long, &format!("{alices}=")] {
        let problem = since(&app, "alice", malformed).expect(422);
        assert_eq!(
            problem["errors"][0]["parameter"].as_str().or(problem["errors"][0]["pointer"].as_str()).map(|_| ()),
            Some(())
        );
    }
    assert_eq!(
        since(&app, "alice", "").expect(200)["changes"].as_array().unwrap().len(),
        1,
        "an empty value is absent"
    );
}

/// Starts another instance, with these settings.
fn serve(app: &App, settings: Settings<'_>) -> App {
    App::serve(config(&app.url, settings), app.url.clone(), tempfile::tempdir().unwrap())
}

fn every_instance_reads_a_token(database: Database) {
    let app = App::start(database);
    let token = now(&app, "alice");
    let task = app.create("alice", &json!({ "title": "t" }));
    let same = serve(&app, &[]);
    // this instance has the new secret already
    let secrets = format!("2:kFq3vJt8sWz5yBd1mNx7cRh2gLp9uQe4aTi6oXw0,1:{SECRET}");
    let rotated = serve(&app, &[("BETTER_AUTH_SECRETS", &secrets), ("JWT_SECRET", SECRET)]);
    for instance in [&same, &rotated] {
        assert_eq!(since(instance, "alice", &token).expect(200)["changes"][0]["task"], task);
    }
    let without =
        serve(&app, &[("BETTER_AUTH_SECRETS", "2:kFq3vJt8sWz5yBd1mNx7cRh2gLp9uQe4aTi6oXw0"), ("JWT_SECRET", SECRET)]);
    expect_gone(&since(&without, "alice", &token));
}

fn a_token_older_than_the_tombstones_is_gone(database: Database) {
    let app = App::start_with(database, &[("TOMBSTONE_DAYS", "2")]);
    let ids: Vec<Value> = (0..6).map(|_| app.create("alice", &json!({ "title": "t" }))["id"].clone()).collect();
    let delete = |id: &Value| {
        app.request_as("alice", "DELETE", &format!("/api/tasks/{id}?permanent=true")).send().expect(200);
    };
    let purge = |days| block_on(app.db.purge_expired(Utc::now() + TimeDelta::days(days), TimeDelta::days(30))).unwrap();
    let old = now(&app, "alice");
    delete(&ids[0]);
    // a client in the middle of its first read
    let first_page = app.request_as("alice", "GET", "/api/tasks/changes?limit=2").send().expect(200);
    let middle = first_page["next"].as_str().unwrap();
    let newest = now(&app, "alice");
    purge(1);
    assert_eq!(since(&app, "alice", &old).expect(200)["changes"][0]["deleted"], true);
    purge(3);
    expect_gone(&since(&app, "alice", &old));
    assert_eq!(since(&app, "alice", &newest).expect(200)["changes"], json!([]));
    assert_eq!(since(&app, "alice", middle).expect(200)["changes"].as_array().unwrap().len(), 3, "no task is missing");
    let mut mirror = Mirror::default();
    mirror.sync(&app, "alice", 2);
    mirror.expect_lists(&app, "alice");
    // a later deletion is a change for the clients that read all tasks again
    delete(&ids[1]);
    assert_eq!(mirror.sync(&app, "alice", 2), 1);
    mirror.expect_lists(&app, "alice");
    assert_eq!(since(&app, "alice", &newest).expect(200)["changes"].as_array().unwrap().len(), 1);
}

/// The client knows more than the database.
fn a_token_from_a_restored_backup_is_gone(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "before the backup" }));
    app.create("alice", &json!({ "title": "lost" }));
    let token = now(&app, "alice");
    app.execute(
        "DELETE FROM tasks WHERE title = 'lost'; DELETE FROM tombstones; UPDATE user_state SET seq = 1, tasks = 1",
    );
    expect_gone(&since(&app, "alice", &token));
}
