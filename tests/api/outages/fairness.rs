//! Users share the database threads: one user's requests do not delay another user's.

use std::net::TcpStream;

use serde_json::json;
use task_api::db::Db;

use crate::on_both;
use crate::outages::busy_database::{HeldConnection, wait_for_queue_length};
use crate::outages::unavailable::assert_unavailable;
use crate::support::{App, Database, NO_KEYS, Response, owner, send_bytes};

on_both!(
    queued_users_are_served_round_robin,
    one_thread_is_reserved_for_another_user,
    a_user_gets_at_most_half_of_the_threads_while_another_waits,
    a_full_queue_of_one_user_does_not_reject_other_users,
);

fn start(database: Database, threads: &str) -> App {
    let app = App::start_with(database, &[("POOL_SIZE", threads), ("POOL_WAIT", "60s"), NO_KEYS]);
    // wait until the database work at startup is complete
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    app
}

fn send(app: &App, user: &str, method: &str) -> TcpStream {
    let request = app.request_as(user, method, "/api/tasks").json(&json!({ "title": "t" }));
    send_bytes(app.address, &request.bytes("keep-alive"))
}

/// Includes SQLite, where all users share one writer.
fn queued_users_are_served_round_robin(database: Database) {
    let app = start(database, "1");
    let held = HeldConnection::writing(&app);
    let mut creates = Vec::new();
    for user in ["alice", "alice", "alice", "alice", "bob", "bob", "carol"] {
        creates.push(send(&app, user, "POST"));
        wait_for_queue_length(&app, creates.len() as i64);
    }
    held.release();
    let mut tasks: Vec<_> = creates.iter_mut().map(|create| Response::read(create).expect(201)).collect();
    tasks.sort_by_key(|task| task["id"].as_i64());
    let order: Vec<_> = tasks.iter().map(|task| task["user_id"].as_str().unwrap()).collect();
    assert_eq!(order, ["alice", "bob", "carol", "alice", "bob", "alice", "alice"]);
}

fn one_thread_is_reserved_for_another_user(database: Database) {
    let app = start(database, "4");
    let held: Vec<HeldConnection> = (0..3).map(|_| HeldConnection::reading(&app)).collect();
    let mut waiting = send(&app, "alice", "GET");
    wait_for_queue_length(&app, 1);
    // bob gets the reserved thread, and alice's request stays queued
    app.request_as("bob", "GET", "/api/tasks").send().expect(200);
    wait_for_queue_length(&app, 1);
    held.into_iter().for_each(HeldConnection::release);
    Response::read(&mut waiting).expect(200);
}

fn a_user_gets_at_most_half_of_the_threads_while_another_waits(database: Database) {
    let app = start(database, "4");
    let mut held: Vec<HeldConnection> = (0..3).map(|_| HeldConnection::reading(&app)).collect();
    let mut alices_requests: Vec<TcpStream> = (0..2).map(|_| send(&app, "alice", "GET")).collect();
    wait_for_queue_length(&app, 2);
    let held_by_bob = HeldConnection::reading_as(&app, "bob");
    let mut bobs_request = send(&app, "bob", "GET");
    wait_for_queue_length(&app, 3);
    // alice has more than half of the threads: the released thread serves bob
    held.pop().unwrap().release();
    Response::read(&mut bobs_request).expect(200);
    held_by_bob.release();
    held.into_iter().for_each(HeldConnection::release);
    alices_requests.iter_mut().for_each(|waiting| drop(Response::read(waiting).expect(200)));
}

/// The maximum number of queued requests of one user.
const QUEUE_CAPACITY_PER_FLOW: usize = 1024;

fn a_full_queue_of_one_user_does_not_reject_other_users(database: Database) {
    let app = start(database, "1");
    let held = HeldConnection::reading(&app);
    let (db, alice) = (app.db.clone(), owner(&app, "alice"));
    let fill_queue = move |db: Db| async move {
        let read = || db.read(alice.clone(), |_| Ok(()));
        futures_util::future::join_all((0..QUEUE_CAPACITY_PER_FLOW).map(|_| read())).await
    };
    let reads = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(fill_queue(db))
    });
    wait_for_queue_length(&app, QUEUE_CAPACITY_PER_FLOW as i64);
    assert_unavailable(&app.request_as("alice", "GET", "/api/tasks").send());
    let mut bobs_request = send(&app, "bob", "GET");
    wait_for_queue_length(&app, QUEUE_CAPACITY_PER_FLOW as i64 + 1);
    held.release();
    Response::read(&mut bobs_request).expect(200);
    assert!(reads.join().unwrap().iter().all(Result::is_ok));
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
}
