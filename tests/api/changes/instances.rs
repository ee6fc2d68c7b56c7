//! Events of other instances: by notification, and by polls where a notification is lost or impossible.

use serde_json::json;
use task_api::db::Migrator;

use crate::database::pooler::Pooler;
use crate::support::{App, Database, EventStream, Service, config, production, task_api};
use crate::{on_both, on_postgres};

on_both!(another_instance_receives_events, a_commit_without_notification_is_polled, a_killed_instance_loses_no_event,);
on_postgres!(a_pooler_in_transaction_mode_is_polled, a_terminated_listener_reconnects);

fn open(app: &App, user: &str) -> EventStream {
    let mut stream = EventStream::open(&app.request_as(user, "GET", "/api/tasks/events")).0;
    stream.ready();
    stream
}

fn another_instance_receives_events(database: Database) {
    let app = App::start(database);
    let second = App::serve(app.config.clone(), app.url.clone(), tempfile::tempdir().unwrap());
    let mut streams = [open(&app, "alice"), open(&second, "alice")];
    let mut others = [open(&app, "bob"), open(&second, "bob")];
    for (number, writer) in [&app, &second, &app, &second].into_iter().enumerate() {
        let task = writer.create("alice", &json!({ "title": number.to_string() }));
        for stream in &mut streams {
            assert_eq!(stream.next_change().1["task"], task);
        }
    }
    let bobs = second.create("bob", &json!({ "title": "bob's" }));
    for stream in &mut others {
        assert_eq!(stream.next_change().1["task"], bobs);
    }
}

/// As after a crash between the commit and the notification: this write notifies nobody.
fn a_commit_without_notification_is_polled(database: Database) {
    let app = App::start(database);
    let mut streams = [open(&app, "alice"), open(&app, "bob")];
    for (user, stream) in ["alice", "bob"].into_iter().zip(&mut streams) {
        for title in ["first", "second"] {
            app.execute(&format!(
                "INSERT INTO tasks (user_id, uid, title, title_folded, created_at, updated_at) \
                 VALUES ('{user}', '{user} {title}', '{title}', '{title}', '2026-11-21 00:00:00', '2026-11-21 00:00:00')"
            ));
            let (_, change) = stream.next_change();
            assert_eq!((&change["task"]["title"], &change["task"]["user_id"]), (&json!(title), &json!(user)));
        }
    }
}

/// The process is killed right after the response.
fn a_killed_instance_loses_no_event(database: Database) {
    let app = App::start(database);
    let mut stream = open(&app, "alice");
    for round in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::start(task_api(folder.path(), &production(&app.url)));
        let task =
            service.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": round.to_string() })).send();
        service.signal("-KILL");
        assert_eq!(stream.next_change().1["task"], task.expect(201));
    }
}

fn a_pooler_in_transaction_mode_is_polled() {
    let (folder, direct) = Database::Postgres.empty();
    let pooler = Pooler::before(&direct);
    let config = config(&pooler.url, &[("PREPARED_STATEMENTS", "off"), ("POOL_SIZE", "2"), ("POOL_WAIT", "20s")]);
    Migrator::connect(&config.database).unwrap().run().unwrap();
    let app = App::serve(config, pooler.url.clone(), folder);
    let second = App::serve(app.config.clone(), app.url.clone(), tempfile::tempdir().unwrap());
    let mut stream = open(&app, "alice");
    for writer in [&second, &app, &second] {
        let task = writer.create("alice", &json!({ "title": "t" }));
        assert_eq!(stream.next_change().1["task"], task);
    }
}

fn a_terminated_listener_reconnects() {
    let (folder, url) = Database::Postgres.migrated();
    let name = url.rsplit("%3D").next().unwrap().to_owned();
    let named = format!("{url}&application_name={name}");
    let app = App::serve(config(&named, &[]), named, folder);
    let second = App::serve(config(&url, &[]), url, tempfile::tempdir().unwrap());
    let mut stream = open(&app, "alice");
    for _ in 0..2 {
        second.execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
        ));
        let task = second.create("alice", &json!({ "title": "t" }));
        assert_eq!(stream.next_change().1["task"], task);
    }
}
