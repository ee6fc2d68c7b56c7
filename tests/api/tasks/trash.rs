//! Deleting, restoring and permanently deleting a task.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use task_api::db::Db;

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_deleted_task_is_listed_only_in_the_trash,
    a_deleted_task_can_be_restored,
    a_permanently_deleted_task_cannot_be_restored,
    the_trash_is_purged_after_its_retention_time,
    several_instances_can_purge_the_trash_in_parallel,
    the_trash_of_another_user_is_inaccessible,
);

fn create(app: &App, title: &str) -> String {
    let task = app.request_as("alice", "POST", "/api/alice/tasks").json(&json!({ "title": title })).send().expect(201);
    format!("/api/alice/tasks/{}", task["id"])
}

fn titles(app: &App, query: &str) -> Vec<String> {
    let list = app.request_as("alice", "GET", &format!("/api/alice/tasks?sort=title&{query}")).send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

fn a_deleted_task_is_listed_only_in_the_trash(database: Database) {
    let app = App::start(database);
    let path = create(&app, "gone");
    create(&app, "here");
    app.request_as("alice", "DELETE", &path).send().expect(200);
    assert_eq!((titles(&app, ""), titles(&app, "deleted=true")), (vec!["here".to_owned()], vec!["gone".to_owned()]));
    assert_eq!(titles(&app, "deleted=false"), ["here"]);
    assert_eq!(titles(&app, "deleted=true&q=here"), Vec::<String>::new());
    for (method, path) in [
        ("GET", path.clone()),
        ("PATCH", path.clone()),
        ("PATCH", format!("{path}/complete")),
        ("DELETE", path.clone()),
    ] {
        app.request_as("alice", method, &path).json(&json!({})).send().expect(404);
    }
    let stale = app.request_as("alice", "PATCH", &path).header("If-Match", "\"0-0\"").json(&json!({}));
    stale.send().expect(404);
    app.request_as("alice", "GET", "/api/alice/tasks?deleted=perhaps").send().expect(422);
}

fn a_deleted_task_can_be_restored(database: Database) {
    let app = App::start(database);
    let path = create(&app, "back");
    let before = app.request_as("alice", "GET", &path).send().expect(200);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let stale = app.request_as("alice", "POST", &format!("{path}/restore")).header("If-Match", "\"1-99\"");
    stale.send().expect(412);
    let restored = app.request_as("alice", "POST", &format!("{path}/restore")).send();
    let task = restored.expect(200);
    assert_eq!(task["version"], 3);
    let without_version = |mut task: Value| {
        for key in ["version", "updated_at"] {
            task.as_object_mut().unwrap().remove(key);
        }
        task
    };
    assert_eq!(without_version(task.clone()), without_version(before));
    assert_eq!(app.request_as("alice", "GET", &path).send().expect(200), task);
    // a second restore changes nothing
    assert_eq!(app.request_as("alice", "POST", &format!("{path}/restore")).send().expect(200), task);
    assert_eq!(titles(&app, "deleted=true"), Vec::<String>::new());
    app.request_as("alice", "POST", "/api/alice/tasks/999999/restore").send().expect(404);
}

fn a_permanently_deleted_task_cannot_be_restored(database: Database) {
    let app = App::start(database);
    let (active, trashed) = (create(&app, "live"), create(&app, "trashed"));
    app.request_as("alice", "DELETE", &trashed).send().expect(200);
    let id = active.rsplit('/').next().unwrap();
    app.request_as("alice", "DELETE", &format!("{active}?permanent=true"))
        .header("If-Match", "\"0-0\"")
        .send()
        .expect(412);
    let response = app.request_as("alice", "DELETE", &format!("{active}?permanent=true")).send().expect(200);
    assert_eq!(response["id"].to_string(), id);
    app.request_as("alice", "DELETE", &format!("{trashed}?permanent=TRUE")).send().expect(200);
    for path in [active, trashed] {
        app.request_as("alice", "POST", &format!("{path}/restore")).send().expect(404);
        app.request_as("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(404);
        app.request_as("alice", "DELETE", &format!("{path}?permanent=perhaps")).send().expect(422);
    }
    assert_eq!(titles(&app, "deleted=true"), Vec::<String>::new());
}

fn the_trash_is_purged_after_its_retention_time(database: Database) {
    let app = App::start(database);
    let path = create(&app, "gone");
    create(&app, "here");
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let purge_expired = |days_later| {
        runtime.block_on(app.db.purge_expired(Utc::now() + TimeDelta::days(days_later), TimeDelta::days(30))).unwrap()
    };
    assert_eq!(purge_expired(29), 0);
    assert_eq!(titles(&app, "deleted=true"), ["gone"]);
    assert_eq!(purge_expired(31), 1);
    assert_eq!((titles(&app, ""), titles(&app, "deleted=true")), (vec!["here".to_owned()], vec![]));
}

/// Exactly one instance purges each row, and no instance fails.
fn several_instances_can_purge_the_trash_in_parallel(database: Database) {
    let app = App::start(database);
    for number in 0..40 {
        app.request_as("alice", "DELETE", &create(&app, &format!("task {number}"))).send().expect(200);
    }
    let instances: Vec<Db> = (0..4).map(|_| Db::open(&app.config.database).unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let later = Utc::now() + TimeDelta::days(31);
    let purged = runtime.block_on(join_all(instances.iter().map(|db| db.purge_expired(later, TimeDelta::days(30)))));
    assert_eq!(purged.into_iter().map(Result::unwrap).sum::<usize>(), 40);
    assert_eq!(titles(&app, "deleted=true"), Vec::<String>::new());
}

fn the_trash_of_another_user_is_inaccessible(database: Database) {
    let app = App::start(database);
    let path = create(&app, "hers");
    let bobs_path = path.replace("/alice/", "/bob/");
    app.request_as("bob", "DELETE", &format!("{bobs_path}?permanent=true")).send().expect(404);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    app.request_as("bob", "POST", &format!("{bobs_path}/restore")).send().expect(404);
    app.request_as("bob", "DELETE", &format!("{bobs_path}?permanent=true")).send().expect(404);
    app.request_as("bob", "POST", &format!("{path}/restore")).send().expect(403);
    assert_eq!(app.request_as("bob", "GET", "/api/tasks?deleted=true").send().expect(200), json!([]));
    assert_eq!(titles(&app, "deleted=true"), ["hers"]);
}
