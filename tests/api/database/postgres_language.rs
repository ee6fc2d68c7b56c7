//! PostgreSQL with messages in another language: an outage is 503 and a fault 500, as in English.

use std::net::TcpStream;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use serde_json::json;
use task_api::db::Migrator;

use crate::on_own_postgres;
use crate::outages::busy_database::TableLock;
use crate::outages::unavailable::assert_unavailable;
use crate::support::{App, Cluster, Response, config, send_bytes};

on_own_postgres!(outages_and_faults_are_distinguished_in_another_language);

fn outages_and_faults_are_distinguished_in_another_language() {
    let cluster = Cluster::german();
    let mut connection = PgConnection::establish(&cluster.url).unwrap();
    let message = sql_query("SELECT nothing").execute(&mut connection).unwrap_err().to_string();
    assert!(message.contains("existiert nicht"), "the server sends German messages: {message}");

    let config = config(&cluster.url, &[("STATEMENT_TIMEOUT", "300ms"), ("POOL_SIZE", "1"), ("POOL_WAIT", "20s")]);
    Migrator::connect(&config.database).unwrap().run().unwrap();
    let app = App::serve(config, cluster.url.clone(), tempfile::tempdir().unwrap());
    let task = app.create("alice", &json!({ "title": "t" }));
    let create = || app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t" }));

    // a statement timeout
    let lock = TableLock::take(&cluster.url);
    assert_unavailable(&create().send());
    drop(lock);

    // an idempotency key whose first request is in flight
    connection
        .batch_execute(
            "BEGIN; SELECT set_config('app.user_id', 'alice', true);
            INSERT INTO idempotent_answers (user_id, idempotency_key, fingerprint, created_at) VALUES ('alice', 'k', '', now())",
        )
        .unwrap();
    let running = create().header("Idempotency-Key", "k").send().expect(409);
    assert_eq!(running["error"]["code"], "request_in_progress");
    connection.batch_execute("ROLLBACK").unwrap();

    // a statement, then a connection, terminated by an administrator
    let mut admin = cluster.admin();
    for function in ["pg_cancel_backend", "pg_terminate_backend"] {
        let lock = TableLock::take(&cluster.url);
        let mut pending_request: TcpStream = send_bytes(app.address, &create().bytes("close"));
        let terminate = format!("SELECT {function}(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        while sql_query(&terminate).execute(&mut admin).unwrap() == 0 {}
        assert_unavailable(&Response::read(&mut pending_request));
        drop(lock);
    }
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));

    // a statement that does not match the schema
    connection.batch_execute("ALTER TABLE tasks RENAME COLUMN title_folded TO title_plain").unwrap();
    assert_eq!(create().send().expect(500)["error"]["code"], "internal_error");
    connection.batch_execute("ALTER TABLE tasks RENAME COLUMN title_plain TO title_folded").unwrap();
    create().send().expect(201);
}
