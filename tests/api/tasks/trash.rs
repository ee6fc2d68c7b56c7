//! Deleting, undoing it, and deleting for ever.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use task_api::db::Db;

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    what_is_deleted_can_be_seen_in_the_trash_alone,
    what_is_deleted_can_be_restored,
    what_is_deleted_for_ever_is_gone,
    the_trash_is_emptied_after_its_time,
    several_instances_may_empty_it_at_once,
    another_users_trash_is_out_of_reach,
);

fn create(app: &App, title: &str) -> String {
    let task = app.by("alice", "POST", "/api/alice/tasks").json(&json!({ "title": title })).send().expect(201);
    format!("/api/alice/tasks/{}", task["id"])
}

fn titles(app: &App, query: &str) -> Vec<String> {
    let list = app.by("alice", "GET", &format!("/api/alice/tasks?sort=title&{query}")).send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

fn what_is_deleted_can_be_seen_in_the_trash_alone(database: Database) {
    let app = App::start(database);
    let path = create(&app, "gone");
    create(&app, "here");
    app.by("alice", "DELETE", &path).send().expect(200);
    assert_eq!((titles(&app, ""), titles(&app, "deleted=true")), (vec!["here".to_owned()], vec!["gone".to_owned()]));
    assert_eq!(titles(&app, "deleted=false"), ["here"]);
    assert_eq!(titles(&app, "deleted=true&q=here"), Vec::<String>::new());
    for (method, path) in [
        ("GET", path.clone()),
        ("PATCH", path.clone()),
        ("PATCH", format!("{path}/complete")),
        ("DELETE", path.clone()),
    ] {
        app.by("alice", method, &path).json(&json!({})).send().expect(404);
    }
    let stale = app.by("alice", "PATCH", &path).header("If-Match", "\"0-0\"").json(&json!({}));
    stale.send().expect(404);
    app.by("alice", "GET", "/api/alice/tasks?deleted=perhaps").send().expect(422);
}

fn what_is_deleted_can_be_restored(database: Database) {
    let app = App::start(database);
    let path = create(&app, "back");
    let before = app.by("alice", "GET", &path).send().expect(200);
    app.by("alice", "DELETE", &path).send().expect(200);
    let stale = app.by("alice", "POST", &format!("{path}/restore")).header("If-Match", "\"1-99\"");
    stale.send().expect(412);
    let restored = app.by("alice", "POST", &format!("{path}/restore")).send();
    let task = restored.expect(200);
    assert_eq!(task["version"], 3);
    let unversioned = |mut task: Value| {
        for key in ["version", "updated_at"] {
            task.as_object_mut().unwrap().remove(key);
        }
        task
    };
    assert_eq!(unversioned(task.clone()), unversioned(before));
    assert_eq!(app.by("alice", "GET", &path).send().expect(200), task);
    // pressing "undo" twice does no harm
    assert_eq!(app.by("alice", "POST", &format!("{path}/restore")).send().expect(200), task);
    assert_eq!(titles(&app, "deleted=true"), Vec::<String>::new());
    app.by("alice", "POST", "/api/alice/tasks/999999/restore").send().expect(404);
}

fn what_is_deleted_for_ever_is_gone(database: Database) {
    let app = App::start(database);
    let (live, trashed) = (create(&app, "live"), create(&app, "trashed"));
    app.by("alice", "DELETE", &trashed).send().expect(200);
    let id = live.rsplit('/').next().unwrap();
    app.by("alice", "DELETE", &format!("{live}?permanent=true")).header("If-Match", "\"0-0\"").send().expect(412);
    let answer = app.by("alice", "DELETE", &format!("{live}?permanent=true")).send().expect(200);
    assert_eq!(answer["id"].to_string(), id);
    app.by("alice", "DELETE", &format!("{trashed}?permanent=TRUE")).send().expect(200);
    for path in [live, trashed] {
        app.by("alice", "POST", &format!("{path}/restore")).send().expect(404);
        app.by("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(404);
        app.by("alice", "DELETE", &format!("{path}?permanent=perhaps")).send().expect(422);
    }
    assert_eq!(titles(&app, "deleted=true"), Vec::<String>::new());
}

fn the_trash_is_emptied_after_its_time(database: Database) {
    let app = App::start(database);
    let path = create(&app, "gone");
    create(&app, "here");
    app.by("alice", "DELETE", &path).send().expect(200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let purge_expired = |days_later| {
        runtime.block_on(app.db.purge_expired(Utc::now() + TimeDelta::days(days_later), TimeDelta::days(30))).unwrap()
    };
    assert_eq!(purge_expired(29), 0);
    assert_eq!(titles(&app, "deleted=true"), ["gone"]);
    assert_eq!(purge_expired(31), 1);
    assert_eq!((titles(&app, ""), titles(&app, "deleted=true")), (vec!["here".to_owned()], vec![]));
}

/// Each row is removed by one of them, and none of them fails.
fn several_instances_may_empty_it_at_once(database: Database) {
    let app = App::start(database);
    for number in 0..40 {
        app.by("alice", "DELETE", &create(&app, &format!("task {number}"))).send().expect(200);
    }
    let instances: Vec<Db> = (0..4).map(|_| Db::open(&app.config.database).unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let later = Utc::now() + TimeDelta::days(31);
    let swept = runtime.block_on(join_all(instances.iter().map(|db| db.purge_expired(later, TimeDelta::days(30)))));
    assert_eq!(swept.into_iter().map(Result::unwrap).sum::<usize>(), 40);
    assert_eq!(titles(&app, "deleted=true"), Vec::<String>::new());
}

fn another_users_trash_is_out_of_reach(database: Database) {
    let app = App::start(database);
    let path = create(&app, "hers");
    let his = path.replace("/alice/", "/bob/");
    app.by("bob", "DELETE", &format!("{his}?permanent=true")).send().expect(404);
    app.by("alice", "DELETE", &path).send().expect(200);
    app.by("bob", "POST", &format!("{his}/restore")).send().expect(404);
    app.by("bob", "DELETE", &format!("{his}?permanent=true")).send().expect(404);
    app.by("bob", "POST", &format!("{path}/restore")).send().expect(403);
    assert_eq!(app.by("bob", "GET", "/api/tasks?deleted=true").send().expect(200), json!([]));
    assert_eq!(titles(&app, "deleted=true"), ["hers"]);
}
