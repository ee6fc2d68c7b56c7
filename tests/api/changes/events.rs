//! `GET …/events`: the same changes as they happen, without gap and repetition.

use serde_json::{Value, json};

use super::mirror::Mirror;
use crate::on_both;
use crate::support::{App, Database, EventStream, Request};

on_both!(
    an_event_follows_each_write,
    a_stream_resumes_without_gap_and_repetition,
    two_users_receive_only_their_own_events,
    invalid_starts_are_rejected,
    head_returns_no_events,
);

fn request(app: &App, user: &str, query: &str) -> Request {
    app.request_as(user, "GET", &format!("/api/{user}/tasks/events{query}"))
}

fn an_event_follows_each_write(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "before the stream" }));
    let (mut stream, head) = EventStream::open(&request(&app, "alice", ""));
    assert_eq!(head.header("cache-control"), Some("private, no-store, no-transform"));
    assert_eq!((head.header("x-accel-buffering"), head.header("content-length")), (Some("no"), None));
    let retry = stream.next().unwrap();
    assert!(retry.retry.is_some_and(|millis| (1000..3000).contains(&millis)), "{retry:?}");
    let (token, changes) = stream.ready();
    assert_eq!(changes, Vec::<Value>::new());
    let task = app.create("alice", &json!({ "title": "t", "recurrence_rule": "daily", "due_date": "2026-12-01" }));
    let (first, change) = stream.next_change();
    assert_eq!((&change["deleted"], &change["task"]), (&json!(false), &task));
    let path = format!("/api/tasks/{}", task["id"]);
    app.request_as("alice", "PATCH", &format!("{path}/complete")).send().expect(200);
    let changed = [stream.next_change().1, stream.next_change().1];
    let ids = changed.each_ref().map(|change| change["id"] == task["id"]);
    assert!(ids[0] != ids[1], "the completed task and its next occurrence: {changed:?}");
    app.request_as("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(200);
    let (last, deleted) = stream.next_change();
    assert_eq!((&deleted["id"], &deleted["deleted"], &deleted["task"]), (&task["id"], &json!(true), &Value::Null));
    // an id is a token of the changes, and a token is a start of a stream
    let page =
        |token: &str| app.request_as("alice", "GET", &format!("/api/tasks/changes?since={token}")).send().expect(200);
    assert_eq!(page(&last)["changes"], json!([]));
    assert_eq!(page(&token)["changes"].as_array().unwrap().len(), 2, "the deleted task and the next occurrence");
    let (mut resumed, _) = EventStream::open(&request(&app, "alice", &format!("?since={first}")));
    assert_eq!(resumed.ready().1.len(), 2);
}

/// The client reconnects after each event, in turn with `Last-Event-ID` and with `since`.
fn a_stream_resumes_without_gap_and_repetition(database: Database) {
    // the service may notice the end of a connection after the next one begins
    let app = App::start_with(database, &[("STREAMS_PER_USER", "100")]);
    let (mut token, _) = EventStream::open(&request(&app, "alice", "")).0.ready();
    let mut mirror = Mirror::default();
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        let app = &app;
        scope.spawn(move || {
            for number in 0..40 {
                let path = format!("/api/tasks/{}", app.create("alice", &json!({ "title": number.to_string() }))["id"]);
                if number % 4 == 0 {
                    app.request_as("alice", "DELETE", &format!("{path}?permanent=true")).send().expect(200);
                }
            }
            app.create("alice", &json!({ "title": "last" }));
        });
        for round in 0.. {
            // the query is older than the header
            let request = match round % 2 {
                0 => request(app, "alice", "?since=now").header("Last-Event-ID", &token),
                _ => request(app, "alice", &format!("?since={token}")),
            };
            let (id, change) = EventStream::open(&request).0.next_change();
            token = id;
            mirror.apply(&change);
            seen.push((change["seq"].as_i64().unwrap(), change["id"].as_i64().unwrap()));
            if change["task"]["title"] == "last" {
                break;
            }
        }
    });
    assert!(seen.windows(2).all(|two| two[0] < two[1]), "a gap or a repetition: {seen:?}");
    mirror.expect_lists(&app, "alice");
}

/// Both users write in random order on two streams each. Each stream has exactly the changes of its user.
fn two_users_receive_only_their_own_events(database: Database) {
    let app = App::start(database);
    let users = ["alice", "bob"];
    let mut streams: Vec<(&str, EventStream, Mirror)> = users
        .into_iter()
        .chain(users)
        .map(|user| (user, EventStream::open(&request(&app, user, "")).0, Mirror::default()))
        .collect();
    streams.iter_mut().for_each(|(_, stream, _)| drop(stream.ready()));
    let mut random = 7_u64;
    let mut next = |limit: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % limit
    };
    let mut ids: [Vec<Value>; 2] = Default::default();
    for _ in 0..60 {
        let user = usize::from(next(2) == 1);
        let own = &mut ids[user];
        let path = (!own.is_empty()).then(|| format!("/api/tasks/{}", own[next(own.len() as u64) as usize]));
        match (next(4), path) {
            (0, Some(path)) => {
                drop(app.request_as(users[user], "PATCH", &path).json(&json!({ "title": users[user] })).send())
            }
            (1, Some(path)) => drop(app.request_as(users[user], "DELETE", &path).send()),
            (2, Some(path)) => drop(app.request_as(users[user], "DELETE", &format!("{path}?permanent=true")).send()),
            // the other user's task
            (_, Some(path)) => {
                drop(app.request_as(users[1 - user], "DELETE", &format!("{path}?permanent=true")).send())
            }
            (_, None) => {}
        }
        own.push(app.create(users[user], &json!({ "title": users[user] }))["id"].clone());
    }
    for user in users {
        app.create(user, &json!({ "title": "last" }));
    }
    for (user, stream, mirror) in &mut streams {
        loop {
            let (_, change) = stream.next_change();
            let owner = &change["task"]["user_id"];
            assert!(owner.is_null() || owner == user, "{user} received {change}");
            let own = if *user == "alice" { &ids[0] } else { &ids[1] };
            mirror.apply(&change);
            if change["task"]["title"] == "last" {
                break;
            }
            assert!(own.contains(&change["id"]), "{user} received {change}");
        }
        mirror.expect_lists(&app, user);
    }
}

fn invalid_starts_are_rejected(database: Database) {
    let app = App::start(database);
    let (alices, _) = EventStream::open(&request(&app, "alice", "")).0.ready();
    app.request("GET", "/api/alice/tasks/events").send().expect(401);
    app.request_as("bob", "GET", "/api/alice/tasks/events").send().expect(403);
    request(&app, "alice", "?since=x").send().expect(422);
    request(&app, "alice", "").header("Last-Event-ID", "x").send().expect(422);
    request(&app, "alice", "").header("Last-Event-ID", "\u{e4}").send().expect(422);
    assert_eq!(
        request(&app, "bob", &format!("?since={alices}")).send().expect(410)["error"]["code"],
        "changes_expired"
    );
    request(&app, "bob", "").header("Last-Event-ID", &alices).send().expect(410);
    app.request_as("alice", "POST", "/api/alice/tasks/events").json(&json!({})).send().expect(405);
}

fn head_returns_no_events(database: Database) {
    let app = App::start(database);
    let response = app.request_as("alice", "HEAD", "/api/alice/tasks/events").send();
    assert_eq!((response.status, response.header("content-type")), (200, Some("text/event-stream")));
    assert!(response.body.is_empty(), "{response:?}");
}
