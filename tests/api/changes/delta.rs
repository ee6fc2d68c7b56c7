//! `GET …/changes`: all writes, in the order of their commits.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::mirror::Mirror;
use crate::on_both;
use crate::support::{App, Database, block_on};
use crate::transfer::{calendar_with_todo, report};

on_both!(
    every_write_is_a_change,
    a_task_is_returned_once_in_its_newest_state,
    small_pages_have_the_same_changes,
    a_list_and_its_token_have_no_gap,
    the_purged_trash_is_a_change,
    concurrent_writes_leave_no_gap,
);

/// Runs every kind of write. Calls `check` after each.
fn write_everything(app: &App, user: &str, mut check: impl FnMut(&str)) {
    let send = |method: &str, path: &str, body: Value| {
        let response = app.request_as(user, method, path).json(&body).send();
        assert!(response.status < 300, "{method} {path}: {response:?}");
        response.json()
    };
    let task = |id: &Value, suffix: &str| format!("/api/tasks/{id}{suffix}");
    let first = send("POST", "/api/tasks", json!({ "title": "first" }))["id"].clone();
    check("create");
    app.request_as(user, "POST", "/api/tasks").header("Idempotency-Key", user).json(&json!({ "title": "k" })).send();
    check("create with a key");
    send("PATCH", &task(&first, ""), json!({ "title": "renamed", "tags": ["home"] }));
    check("update");
    send("PATCH", &task(&first, "/complete"), json!({}));
    check("complete");
    let series = json!({ "title": "series", "recurrence_rule": "daily", "due_date": "2026-12-01" });
    let series = send("POST", "/api/tasks", series)["id"].clone();
    check("create a series");
    send("PATCH", &task(&series, "/complete"), json!({}));
    check("complete a task of a series");
    send("PATCH", &task(&series, "/complete"), json!({ "completed": false }));
    check("reopen a task of a series");
    send("PATCH", &task(&series, "/complete"), json!({ "completed": true }));
    check("complete it again");
    send("DELETE", &task(&first, ""), json!({}));
    check("move to the trash");
    send("POST", &task(&first, "/restore"), json!({}));
    check("restore");
    send("POST", &task(&first, "/restore"), json!({}));
    check("restore again");
    let operations = json!({ "operations": [
        { "op": "create", "title": "in bulk" },
        { "op": "update", "id": first, "title": "once" },
        { "op": "update", "id": first, "title": "twice" },
        { "op": "complete", "id": first },
        { "op": "delete", "id": series },
    ] });
    send("POST", "/api/tasks/bulk", operations);
    check("bulk");
    let failing =
        json!({ "operations": [{ "op": "create", "title": "not stored" }, { "op": "delete", "id": i64::MAX }] });
    app.request_as(user, "POST", "/api/tasks/bulk").json(&failing).send().expect(404);
    check("failed bulk");
    let imports: Vec<Value> =
        (0..70).map(|number| json!({ "uid": format!("u{number}"), "title": "imported" })).collect();
    send("POST", "/api/tasks/import", json!(imports));
    check("import");
    write_by_calendars(app, user, &mut check);
    send("DELETE", &task(&first, "?permanent=true"), json!({}));
    check("delete permanently");
    send("DELETE", &task(&series, "?permanent=true"), json!({}));
    check("delete permanently from the trash");
    for (method, path, status) in [
        ("PATCH", task(&first, ""), 404),
        ("DELETE", task(&first, "?permanent=true"), 404),
        ("POST", task(&first, "/restore"), 404),
    ] {
        app.request_as(user, method, &path).json(&json!({ "title": "x" })).send().expect(status);
        check("missing task");
    }
}

/// Imports calendars that create, update and restore a task.
fn write_by_calendars(app: &App, user: &str, check: &mut impl FnMut(&str)) {
    let import = |title: &str, sequence: u8| {
        let calendar = calendar_with_todo(&format!("UID:calendar\nSUMMARY:{title}\nSEQUENCE:{sequence}"));
        let request = app.request_as(user, "POST", "/api/tasks/import").header("Content-Type", "text/calendar");
        request.text(&calendar).send().expect(200)
    };
    assert_eq!(import("from a calendar", 0), report(1, 0, 0));
    check("import of a calendar");
    assert_eq!(import("newer", 1), report(0, 1, 0));
    check("import of a newer calendar");
    let id = app.request_as(user, "GET", "/api/tasks?search=newer").send().expect(200)[0]["id"].clone();
    for (title, sequence, write) in
        [("newer", 1, "import of a task in the trash"), ("newest", 2, "import of a newer task in the trash")]
    {
        app.request_as(user, "DELETE", &format!("/api/tasks/{id}")).send().expect(200);
        check("move an imported task to the trash");
        assert_eq!(import(title, sequence), report(0, 1, 0));
        check(write);
    }
    assert_eq!(import("newest", 2), report(0, 0, 1));
    check("import without a change");
}

fn every_write_is_a_change(database: Database) {
    let app = App::start(database);
    let (mut mirror, mut other, mut writes) = (Mirror::default(), Mirror::default(), 0);
    other.sync(&app, "bob", 10);
    write_everything(&app, "alice", |write| {
        let count = mirror.sync(&app, "alice", 10);
        let is_missed = ["restore again", "failed bulk", "missing task", "import without a change"].contains(&write);
        assert_eq!(count == 0, is_missed, "{write}");
        mirror.expect_lists(&app, "alice");
        writes += 1;
        assert_eq!(other.sync(&app, "bob", 10), 0, "{write}");
    });
    assert_eq!(writes, 26);
    let mut complete = Mirror::default();
    complete.sync(&app, "alice", 100);
    assert_eq!((&complete.active, &complete.trash), (&mirror.active, &mirror.trash));
}

fn changes(app: &App, user: &str, query: &str) -> Value {
    app.request_as(user, "GET", &format!("/api/{user}/tasks/changes?{query}")).send().expect(200)
}

fn a_task_is_returned_once_in_its_newest_state(database: Database) {
    let app = App::start(database);
    let empty = changes(&app, "alice", "");
    assert_eq!((&empty["changes"], &empty["more"]), (&json!([]), &json!(false)));
    let token = empty["next"].as_str().unwrap();
    let task = app.create("alice", &json!({ "title": "one" }));
    let path = format!("/api/tasks/{}", task["id"]);
    let second = app.create("alice", &json!({ "title": "two" }));
    let newest = app.request_as("alice", "PATCH", &path).json(&json!({ "title": "newest" })).send().expect(200);
    let page = changes(&app, "alice", &format!("since={token}"));
    let change = |task: &Value, page: &Value, index: usize| {
        let change = &page["changes"][index];
        let (seq, uid) = (change["seq"].clone(), change["uid"].clone());
        assert!(seq.is_u64() && uid.is_string(), "{change}");
        json!({ "seq": seq, "id": task["id"], "uid": uid, "deleted": false, "task": task })
    };
    assert_eq!(page["changes"], json!([change(&second, &page, 0), change(&newest, &page, 1)]));
    assert_eq!(page.as_object().unwrap().keys().collect::<Vec<_>>(), ["changes", "next", "more"]);
    // the same token has the same changes
    assert_eq!(changes(&app, "alice", &format!("since={token}")), page);
    let next = page["next"].as_str().unwrap();
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let in_trash = changes(&app, "alice", &format!("since={next}"));
    assert_eq!(
        (&in_trash["changes"][0]["deleted"], &in_trash["changes"][0]["task"]["version"]),
        (&json!(true), &json!(3))
    );
    app.request_as("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(200);
    let deleted = &changes(&app, "alice", &format!("since={next}"))["changes"];
    let tombstone = json!([{ "seq": deleted[0]["seq"], "id": task["id"], "uid": page["changes"][1]["uid"], "deleted": true, "task": null }]);
    assert_eq!(*deleted, tombstone);
}

fn small_pages_have_the_same_changes(database: Database) {
    let app = App::start(database);
    write_everything(&app, "alice", |_| {});
    let mut whole = Mirror::default();
    let count = whole.sync(&app, "alice", 1000);
    for limit in [1, 2, 7] {
        let mut mirror = Mirror::default();
        assert_eq!(mirror.sync(&app, "alice", limit), count, "{limit}");
        assert_eq!((mirror.active, mirror.trash), (whole.active.clone(), whole.trash.clone()));
    }
    let over_the_maximum = App::serve(
        crate::support::config(&app.url, &[("MAX_LIST", "3")]),
        app.url.clone(),
        tempfile::tempdir().unwrap(),
    );
    for query in ["", "limit=1000"] {
        let page = changes(&over_the_maximum, "alice", query);
        assert_eq!((page["changes"].as_array().unwrap().len(), &page["more"]), (3, &json!(true)));
    }
    for invalid in ["limit=0", "limit=-1", "limit=x"] {
        app.request_as("alice", "GET", &format!("/api/tasks/changes?{invalid}")).send().expect(422);
    }
}

fn a_list_and_its_token_have_no_gap(database: Database) {
    let app = App::start(database);
    let before = app.create("alice", &json!({ "title": "before" }));
    let now = changes(&app, "alice", "since=now");
    assert_eq!((&now["changes"], &now["more"]), (&json!([]), &json!(false)));
    let between = app.create("alice", &json!({ "title": "between the token and the list" }));
    let list = app.request_as("alice", "GET", "/api/tasks?sort=created_at&order=asc").send().expect(200);
    assert_eq!(list, json!([before, between]));
    let after = app.create("alice", &json!({ "title": "after" }));
    let since = changes(&app, "alice", &format!("since={}", now["next"].as_str().unwrap()));
    let ids: Vec<_> = since["changes"].as_array().unwrap().iter().map(|change| change["id"].clone()).collect();
    assert_eq!(ids, [between["id"].clone(), after["id"].clone()]);
}

fn the_purged_trash_is_a_change(database: Database) {
    let app = App::start(database);
    let mut mirrors = [("alice", Mirror::default()), ("bob", Mirror::default())];
    // more than one chunk of the purge
    let operations = |op: &dyn Fn(usize) -> Value| json!({ "operations": (0..100).map(op).collect::<Vec<_>>() });
    for _ in 0..6 {
        let created = app
            .request_as("alice", "POST", "/api/tasks/bulk")
            .json(&operations(&|_| json!({ "op": "create", "title": "t" })));
        let created = created.send().expect(200);
        let deletes = operations(&|index| json!({ "op": "delete", "id": created["results"][index]["id"] }));
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&deletes).send().expect(200);
    }
    let kept = app.create("alice", &json!({ "title": "kept" }));
    let bobs = app.create("bob", &json!({ "title": "bob's" }));
    app.request_as("bob", "DELETE", &format!("/api/tasks/{}", bobs["id"])).send().expect(200);
    for (user, mirror) in &mut mirrors {
        mirror.sync(&app, user, 1000);
        mirror.expect_lists(&app, user);
    }
    let later = Utc::now() + TimeDelta::days(31);
    assert_eq!(block_on(app.db.purge_expired(later, TimeDelta::days(30))).unwrap(), 601);
    for ((user, mirror), count) in mirrors.iter_mut().zip([600, 1]) {
        assert_eq!(mirror.sync(&app, user, 77), count);
        mirror.expect_lists(&app, user);
    }
    assert_eq!(mirrors[0].1.active.keys().collect::<Vec<_>>(), [&kept["id"].as_i64().unwrap()]);
    assert_eq!(block_on(app.db.purge_expired(later, TimeDelta::days(30))).unwrap(), 0);
}

/// Readers with small pages run while several threads write on two instances.
fn concurrent_writes_leave_no_gap(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "6"), ("WORKERS", "2")]);
    let second = App::serve(app.config.clone(), app.url.clone(), tempfile::tempdir().unwrap());
    let is_done = AtomicBool::new(false);
    let apps = [&app, &second];
    let mirrors: Vec<Mirror> = std::thread::scope(|scope| {
        let readers: Vec<_> = apps
            .iter()
            .zip([3, 10])
            .map(|(app, limit)| {
                let is_done = &is_done;
                scope.spawn(move || {
                    let mut mirror = Mirror::default();
                    while !is_done.load(Ordering::SeqCst) {
                        mirror.sync(app, "alice", limit);
                    }
                    mirror.sync(app, "alice", limit);
                    mirror
                })
            })
            .collect();
        let writers: Vec<_> = (0..4)
            .map(|number| {
                let app = apps[number % 2];
                scope.spawn(move || {
                    for round in 0..15 {
                        let path = format!("/api/tasks/{}", app.create("alice", &json!({ "title": "t" }))["id"]);
                        app.request_as("alice", "PATCH", &path).json(&json!({ "title": "u" })).send().expect(200);
                        match (number + round) % 3 {
                            0 => app.request_as("alice", "DELETE", &path).send().expect(200),
                            1 => {
                                app.request_as("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(200)
                            }
                            _ => app.request_as("alice", "PATCH", &format!("{path}/complete")).send().expect(200),
                        };
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
        is_done.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().expect("a reader")).collect()
    });
    for mirror in mirrors {
        mirror.expect_lists(&app, "alice");
    }
}
