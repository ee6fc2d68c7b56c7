//! Sessions that are asked for at the same time: looked up together, and each judged as if it were alone.

use std::net::TcpStream;

use serde_json::json;

use crate::on_both;
use crate::outages::busy_database::{Held, wait_until_waiting};
use crate::outages::unavailable::assert_unavailable;
use crate::support::{Answer, App, Database, NO_KEYS, Request, begin, cookie_header, expect_refused};

on_both!(
    those_who_wait_are_answered_each_for_their_own,
    the_requests_of_one_session_are_one_look_up,
    who_goes_away_leaves_the_others_theirs,
    the_fault_of_one_is_not_the_others,
);

/// A service with one connection, without anything in the background that asks for it, and these users' sessions.
fn crowded(database: Database, users: &[String]) -> (App, Vec<Request>) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("POOL_WAIT", "60s"), NO_KEYS]);
    let requests = users.iter().map(|user| list(&app, user, &app.sign_in(user))).collect();
    // behind what the service asks for when it starts
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    (app, requests)
}

fn users(number: usize) -> Vec<String> {
    (0..number).map(|user| format!("user{user}x")).collect()
}

fn list(app: &App, user: &str, token: &str) -> Request {
    app.request("GET", &format!("/api/{user}/tasks")).header("Cookie", &cookie_header(token))
}

/// Sends them one after the other while the only connection is busy, and gives what they are answered in the end.
fn all_at_once(app: &App, requests: &[Request]) -> Vec<Answer> {
    let held = Held::reading(app);
    let mut streams = Vec::new();
    for request in requests {
        streams.push(ask(app, request));
        wait_until_waiting(app, streams.len() as i64);
    }
    held.release();
    streams.iter_mut().map(Answer::read).collect()
}

fn ask(app: &App, request: &Request) -> TcpStream {
    begin(app.address, &request.bytes("keep-alive"))
}

/// Puts a view in the place of the table of sessions, whose ends are this expression.
fn with_ends(app: &App, end: &str) {
    app.execute(&format!(
        r#"ALTER TABLE session RENAME TO kept;
        CREATE VIEW session AS SELECT id, token, "userId", {end} AS "expiresAt" FROM kept"#
    ));
}

/// Has PostgreSQL note the statement for each row that it reads.
fn note_look_ups(app: &App) {
    app.execute(
        "CREATE TABLE noted (moment timestamptz);
        CREATE FUNCTION note(at timestamptz) RETURNS timestamptz LANGUAGE sql
            AS 'INSERT INTO noted VALUES (statement_timestamp()); SELECT at'",
    );
    with_ends(app, r#"note("expiresAt")"#);
}

fn those_who_wait_are_answered_each_for_their_own(database: Database) {
    let users = users(30);
    let (app, mut requests) = crowded(database, &users);
    for user in &users {
        app.create(user, &json!({ "title": user }));
    }
    // some pages ask twice, with one cookie
    requests.extend_from_within(..6);
    // sessions that have ended, of nobody, of somebody else than the path says
    let ended = app.sign_in("ended");
    app.execute(r#"UPDATE session SET "expiresAt" = '2026-01-01T00:00:00.000Z' WHERE "userId" = 'ended'"#);
    requests.push(list(&app, "ended", &ended));
    requests.push(list(&app, "nobody", "tokentokentokentokentokentoken12"));
    requests.push(list(&app, "user1x", &app.sign_in("other")));
    if database == Database::Postgres {
        note_look_ups(&app);
    }
    let answers = all_at_once(&app, &requests);
    for (user, answer) in users.iter().chain(&users[..6]).zip(&answers) {
        let tasks = answer.expect(200);
        assert_eq!(tasks.as_array().unwrap().len(), 1);
        assert_eq!((&tasks[0]["user_id"], &tasks[0]["title"]), (&json!(user), &json!(user)));
    }
    let [ended, nobody, other] = &answers[36..] else { panic!("{} answers", answers.len()) };
    expect_refused(ended, "has expired");
    expect_refused(nobody, "is not valid");
    assert_eq!(other.expect(403)["error"]["code"], "not_owner");
    if database == Database::Postgres {
        // 39 sessions, 16 at a time
        app.execute("DO 'BEGIN ASSERT (SELECT count(DISTINCT moment) FROM noted) = 3; END'");
    }
}

/// A statement has room for 16 tokens, and not for 16 requests: the number of one user's requests delays no other user.
fn the_requests_of_one_session_are_one_look_up(database: Database) {
    let (app, requests) = crowded(database, &users(2));
    if database == Database::Postgres {
        note_look_ups(&app);
    }
    let requests = [vec![requests[0].clone(); 40], vec![requests[1].clone()]].concat();
    for answer in all_at_once(&app, &requests) {
        assert_eq!(answer.expect(200), json!([]));
    }
    if database == Database::Postgres {
        app.execute("DO 'BEGIN ASSERT (SELECT count(DISTINCT moment) FROM noted) = 1; END'");
    }
}

fn who_goes_away_leaves_the_others_theirs(database: Database) {
    let users = users(5);
    let (app, requests) = crowded(database, &users);
    let held = Held::reading(&app);
    // the others came behind them, and would have been taken along
    let impatient: Vec<TcpStream> = requests[..2].iter().map(|request| ask(&app, request)).collect();
    wait_until_waiting(&app, 2);
    let mut patient: Vec<TcpStream> = requests[2..].iter().map(|request| ask(&app, request)).collect();
    wait_until_waiting(&app, 5);
    drop(impatient);
    wait_until_waiting(&app, 3);
    held.release();
    for stream in &mut patient {
        Answer::read(stream).expect(200);
    }
}

fn the_fault_of_one_is_not_the_others(database: Database) {
    let users = users(10);
    let (app, requests) = crowded(database, &users);
    let faulty = match database {
        Database::Sqlite => "json(token)",
        Database::Postgres => "CAST(token AS timestamptz)",
    };
    with_ends(&app, &format!(r#"CASE WHEN "userId" = 'user4x' THEN {faulty} ELSE "expiresAt" END"#));
    for (user, answer) in users.iter().zip(all_at_once(&app, &requests)) {
        match user.as_str() {
            "user4x" => assert_unavailable(&answer),
            _ => assert_eq!(answer.expect(200), json!([])),
        }
    }
}
