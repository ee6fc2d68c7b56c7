//! Tests that concurrent session look-ups share one statement and get independent results.

use std::net::TcpStream;

use serde_json::json;

use crate::on_both;
use crate::outages::busy_database::{HeldConnection, wait_for_queue_length};
use crate::outages::unavailable::assert_unavailable;
use crate::support::{App, Database, NO_KEYS, Request, Response, cookie_header, expect_rejected, send_bytes};

on_both!(
    batched_requests_get_their_own_results,
    requests_of_one_session_share_one_lookup,
    a_closed_connection_does_not_affect_other_requests,
    a_failing_row_fails_only_its_own_request,
);

/// Starts a service with one database connection and no refresh of keys. Returns a list request for each user's session.
fn app_with_one_connection(database: Database, users: &[String]) -> (App, Vec<Request>) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("POOL_WAIT", "60s"), NO_KEYS]);
    let requests = users.iter().map(|user| list(&app, user, &app.sign_in(user))).collect();
    // Waits until the start-up queries are done.
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    (app, requests)
}

fn users(number: usize) -> Vec<String> {
    (0..number).map(|user| format!("user{user}x")).collect()
}

fn list(app: &App, user: &str, token: &str) -> Request {
    app.request("GET", &format!("/api/{user}/tasks")).header("Cookie", &cookie_header(token))
}

/// Sends the requests in order while the only connection is busy, then frees it and returns the responses.
fn send_as_one_batch(app: &App, requests: &[Request]) -> Vec<Response> {
    let held = HeldConnection::reading(app);
    let mut streams = Vec::new();
    for request in requests {
        streams.push(send(app, request));
        wait_for_queue_length(app, streams.len() as i64);
    }
    held.release();
    streams.iter_mut().map(Response::read).collect()
}

fn send(app: &App, request: &Request) -> TcpStream {
    send_bytes(app.address, &request.bytes("keep-alive"))
}

/// Replaces the session table by a view with this expression as `expiresAt`.
fn replace_expires_at(app: &App, expression: &str) {
    app.execute(&format!(
        r#"ALTER TABLE session RENAME TO kept;
        CREATE VIEW session AS SELECT id, token, "userId", {expression} AS "expiresAt" FROM kept"#
    ));
}

/// Records the start time of the statement for each session row that PostgreSQL reads.
fn record_lookups(app: &App) {
    app.execute(
        "CREATE TABLE noted (moment timestamptz);
        CREATE FUNCTION note(at timestamptz) RETURNS timestamptz LANGUAGE sql
            AS 'INSERT INTO noted VALUES (statement_timestamp()); SELECT at'",
    );
    replace_expires_at(app, r#"note("expiresAt")"#);
}

fn batched_requests_get_their_own_results(database: Database) {
    let users = users(30);
    let (app, mut requests) = app_with_one_connection(database, &users);
    for user in &users {
        app.create(user, &json!({ "title": user }));
    }
    // Six requests are sent twice, with the same cookie.
    requests.extend_from_within(..6);
    // An expired session, an unknown session, and a session of another user than the path's.
    let expired = app.sign_in("ended");
    app.execute(r#"UPDATE session SET "expiresAt" = '2026-01-01T00:00:00.000Z' WHERE "userId" = 'ended'"#);
    requests.push(list(&app, "ended", &expired));
    requests.push(list(&app, "nobody", "tokentokentokentokentokentoken12"));
    requests.push(list(&app, "user1x", &app.sign_in("other")));
    if database == Database::Postgres {
        record_lookups(&app);
    }
    let answers = send_as_one_batch(&app, &requests);
    for (user, answer) in users.iter().chain(&users[..6]).zip(&answers) {
        let tasks = answer.expect(200);
        assert_eq!(tasks.as_array().unwrap().len(), 1);
        assert_eq!((&tasks[0]["user_id"], &tasks[0]["title"]), (&json!(user), &json!(user)));
    }
    let [expired, unknown, foreign] = &answers[36..] else { panic!("{} responses", answers.len()) };
    expect_rejected(expired, "has expired");
    expect_rejected(unknown, "is not valid");
    assert_eq!(foreign.expect(403)["error"]["code"], "not_owner");
    if database == Database::Postgres {
        // The 33 sessions of 39 requests in batches of 16.
        app.execute("DO 'BEGIN ASSERT (SELECT count(DISTINCT moment) FROM noted) = 3; END'");
    }
}

/// A statement looks up at most 16 tokens, for any number of requests. Many requests of one user delay no other user.
fn requests_of_one_session_share_one_lookup(database: Database) {
    let (app, requests) = app_with_one_connection(database, &users(2));
    if database == Database::Postgres {
        record_lookups(&app);
    }
    let requests = [vec![requests[0].clone(); 40], vec![requests[1].clone()]].concat();
    for answer in send_as_one_batch(&app, &requests) {
        assert_eq!(answer.expect(200), json!([]));
    }
    if database == Database::Postgres {
        app.execute("DO 'BEGIN ASSERT (SELECT count(DISTINCT moment) FROM noted) = 1; END'");
    }
}

fn a_closed_connection_does_not_affect_other_requests(database: Database) {
    let users = users(5);
    let (app, requests) = app_with_one_connection(database, &users);
    let held = HeldConnection::reading(&app);
    // The later requests would join the batch of the first two.
    let closed: Vec<TcpStream> = requests[..2].iter().map(|request| send(&app, request)).collect();
    wait_for_queue_length(&app, 2);
    let mut remaining: Vec<TcpStream> = requests[2..].iter().map(|request| send(&app, request)).collect();
    wait_for_queue_length(&app, 5);
    drop(closed);
    wait_for_queue_length(&app, 3);
    held.release();
    for stream in &mut remaining {
        Response::read(stream).expect(200);
    }
}

fn a_failing_row_fails_only_its_own_request(database: Database) {
    let users = users(10);
    let (app, requests) = app_with_one_connection(database, &users);
    let failing_expression = match database {
        Database::Sqlite => "json(token)",
        Database::Postgres => "CAST(token AS timestamptz)",
    };
    replace_expires_at(
        &app,
        &format!(r#"CASE WHEN "userId" = 'user4x' THEN {failing_expression} ELSE "expiresAt" END"#),
    );
    for (user, answer) in users.iter().zip(send_as_one_batch(&app, &requests)) {
        match user.as_str() {
            "user4x" => assert_unavailable(&answer),
            _ => assert_eq!(answer.expect(200), json!([])),
        }
    }
}
