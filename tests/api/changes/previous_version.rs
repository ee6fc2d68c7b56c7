//! Instances of the previous version write while a new version runs: without sequence numbers, counters and tombstones.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::json;

use super::mirror::Mirror;
use crate::support::{App, Database};
use crate::{on_both, on_postgres};

on_both!(writes_of_the_previous_version_are_changes);
on_postgres!(the_purge_of_the_previous_version_is_a_change);

const COLUMNS: &str = "user_id, uid, title, title_folded, created_at, updated_at";

/// Runs the statements of the previous version: on PostgreSQL with row-level security, as the user alice.
fn execute(app: &App, sql: &str) {
    if app.url.starts_with("sqlite:") {
        return app.execute(sql);
    }
    let mut connection = PgConnection::establish(&app.url).unwrap();
    connection
        .batch_execute(&format!("BEGIN; SELECT set_config('app.user_id', 'alice', true); {sql}; COMMIT"))
        .unwrap();
}

fn writes_of_the_previous_version_are_changes(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "4")]);
    let mut mirror = Mirror::default();
    let row = |uid: &str| format!("('alice', '{uid}', '{uid}', '{uid}', '2026-11-21 00:00:00', '2026-11-21 00:00:00')");
    for (sql, changes) in [
        (format!("INSERT INTO tasks ({COLUMNS}) VALUES {}, {}, {}", row("a"), row("b"), row("c")), 3),
        ("UPDATE tasks SET title = 'renamed', version = version + 1 WHERE uid = 'a'".to_owned(), 1),
        ("UPDATE tasks SET deleted_at = '2026-11-22 00:00:00', version = version + 1 WHERE uid = 'b'".to_owned(), 1),
        ("UPDATE tasks SET deleted_at = NULL, version = version + 1 WHERE uid = 'b'".to_owned(), 1),
        ("UPDATE tasks SET deleted_at = '2026-11-22 00:00:00' WHERE uid IN ('b', 'c')".to_owned(), 2),
        ("DELETE FROM tasks WHERE uid = 'b'".to_owned(), 1),
    ] {
        execute(&app, &sql);
        assert_eq!(mirror.sync(&app, "alice", 10), changes, "{sql}");
        mirror.expect_lists(&app, "alice");
    }
    assert_eq!((mirror.active.len(), mirror.trash.len()), (1, 1));
    // the counter has these writes, and the purge finds the trash
    app.create("alice", &json!({ "title": "third" }));
    app.create("alice", &json!({ "title": "fourth" }));
    app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "fifth" })).send().expect(409);
    let purged = crate::support::block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::zero()));
    assert_eq!(purged.unwrap(), 1);
    mirror.sync(&app, "alice", 10);
    mirror.expect_lists(&app, "alice");
    app.create("alice", &json!({ "title": "fifth" }));
}

fn the_purge_of_the_previous_version_is_a_change() {
    let app = App::start(Database::Postgres);
    let mut mirrors = [("alice", Mirror::default()), ("bob", Mirror::default())];
    for (user, mirror) in &mut mirrors {
        let task = app.create(user, &json!({ "title": "old" }));
        app.create(user, &json!({ "title": "kept" }));
        app.request_as(user, "DELETE", &format!("/api/tasks/{}", task["id"])).send().expect(200);
        mirror.sync(&app, user, 10);
    }
    let mut connection = PgConnection::establish(&app.url).unwrap();
    connection
        .batch_execute(
            "DELETE FROM tasks WHERE (SELECT set_config('app.purge_before', '2100-01-01', true)) IS NOT NULL",
        )
        .unwrap();
    for (user, mirror) in &mut mirrors {
        assert_eq!(mirror.sync(&app, user, 10), 1);
        mirror.expect_lists(&app, user);
    }
}
