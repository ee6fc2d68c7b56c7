//! Liveness and readiness.

use chrono::{DateTime, TimeDelta, Utc};

use crate::on_both;
use crate::outages::busy_database::{HeldConnection, wait_for_queue_length};
use crate::support::{App, Database, NO_KEYS, Response, send_bytes};

on_both!(
    a_new_service_is_live_and_ready,
    readiness_reports_missing_session_tables,
    a_service_with_a_pending_migration_is_not_ready,
    readiness_does_not_wait_behind_requests,
    readiness_is_checked_at_most_once_a_second,
);

fn a_new_service_is_live_and_ready(database: Database) {
    let app = App::start(database);
    app.make_better_auth_tables();
    assert_eq!(app.request("GET", "/livez").send().expect(200)["status"], "ok");
    for path in ["/readyz", "/healthz", "/readyz/"] {
        let answer = app.request("GET", path).send();
        let ready = answer.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            (&ready["database"], &ready["migrations"], &ready["sessions"]),
            (&"ok".into(), &"ok".into(), &"ok".into())
        );
    }
}

fn readiness_reports_missing_session_tables(database: Database) {
    let optional = App::start(database);
    let ready = optional.request("GET", "/readyz").send().expect(200);
    assert!(ready["sessions"].as_str().unwrap().contains("Better Auth"), "{ready}");
    let required = App::start_with(database, &[("SESSION_SOURCE", "database")]);
    let answer = required.request("GET", "/readyz").send();
    answer.expect(503);
    assert!(answer.header("retry-after").is_some());
}

fn a_service_with_a_pending_migration_is_not_ready(database: Database) {
    let app = App::start(database);
    app.request("GET", "/readyz").send().expect(200);
    app.execute("DELETE FROM __diesel_schema_migrations");
    app.wait_for_readiness(503);
    assert_eq!(app.request("GET", "/livez").send().expect(200)["status"], "ok");
}

fn readiness_does_not_wait_behind_requests(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("POOL_WAIT", "60s"), NO_KEYS]);
    let held = HeldConnection::reading(&app);
    let mut waiting = send_bytes(app.address, &app.request_as("alice", "GET", "/api/tasks").bytes("close"));
    wait_for_queue_length(&app, 1);
    for path in ["/readyz", "/healthz", "/livez"] {
        app.request("GET", path).send().expect(200);
    }
    wait_for_queue_length(&app, 1);
    held.release();
    Response::read(&mut waiting).expect(200);
}

fn readiness_is_checked_at_most_once_a_second(database: Database) {
    let app = App::start(database);
    let checked_at = |path: &str| {
        let ready = app.request("GET", path).send().expect(200);
        ready["checked_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap()
    };
    let first = checked_at("/readyz");
    let second = loop {
        let at = checked_at("/healthz");
        if at != first {
            break at;
        }
    };
    // timestamps are truncated to milliseconds
    assert!(second - first >= TimeDelta::milliseconds(998), "{first} {second}");
}
