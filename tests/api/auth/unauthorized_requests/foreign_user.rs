//! Requests with a valid credential of another user: 403 on the owner's paths, and none of the owner's tasks elsewhere.

use serde_json::json;

use super::{
    Body, Bulk, Create, Endpoint, Import, List, Public, ReadOnly, Stream, Task, TaskWithBody, Victim, endpoints,
};
use crate::on_both;
use crate::support::{App, BETTER_AUTH_URL, Database, Response, cookie_header, jwt};

on_both!(another_users_credential_reaches_no_task);

fn another_users_credential_reaches_no_task(database: Database) {
    let app = App::start(database);
    let victim = Victim::new(&app);
    let bearer = format!("Bearer {}", jwt("mallory"));
    let cookie = cookie_header(&app.sign_in("mallory"));
    let origin = ("Origin", BETTER_AUTH_URL.to_owned());
    let tried = |endpoint: &Endpoint| endpoint.handler != Ok(Public) && endpoint.path.starts_with("/api/");
    let endpoints: Vec<_> = endpoints().into_iter().filter(tried).collect();
    assert_eq!(app.request_as("mallory", "GET", "/api/tasks").send().expect(200), json!([]));
    for headers in [vec![("Authorization", bearer)], vec![("Cookie", cookie), origin]] {
        for endpoint in &endpoints {
            for body in Body::ALL {
                let context = format!("{} {} {body:?}", endpoint.method, endpoint.path);
                if endpoint.path.contains("{user_id}") {
                    let answer = endpoint.send(&app, ("alice", victim.id), &headers, body);
                    endpoint.expect(&answer, 403, &context);
                }
                if endpoint.handler == Ok(Stream) {
                    continue; // `changes::events` reads streams of two users
                }
                let answer = endpoint.send(&app, ("mallory", victim.id), &headers, body);
                expect_no_foreign_task(&answer, endpoint, body, &context);
            }
        }
        victim.expect_unchanged("mallory");
    }
}

/// Asserts the response on mallory's own path: it shows no task of the victim.
#[track_caller]
fn expect_no_foreign_task(answer: &Response, endpoint: &Endpoint, body: Body, context: &str) {
    let reads_body = !matches!(endpoint.handler, Ok(List | ReadOnly | Task) | Err(_));
    let status = match (endpoint.handler, body) {
        (Err(_), _) => 405,
        (Ok(Import), Body::None) => 415,
        (Ok(Import), Body::Oversize) => 400, // within the limit of imports, and not JSON
        (Ok(Bulk | Import), Body::Valid) => 422,
        (Ok(_), Body::Oversize) if reads_body => 413,
        (Ok(_), Body::Malformed) if reads_body => 400,
        (Ok(Create | TaskWithBody | Bulk), Body::None) => 400,
        (Ok(Create), _) => 201,
        (Ok(List | ReadOnly), _) => 200,
        (Ok(_), _) => 404,
    };
    if endpoint.handler == Ok(ReadOnly) {
        assert_eq!(answer.status, status, "{context}");
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("mine") && !text.contains("alice"), "{context}: {text}");
        return;
    }
    endpoint.expect(answer, status, context);
    if let Err(allow) = endpoint.handler {
        assert_eq!(answer.header("allow"), Some(allow), "{context}");
    }
    if status < 300 && endpoint.method != "HEAD" {
        let body = answer.json();
        let tasks = body.as_array().cloned().unwrap_or_else(|| vec![body]);
        assert!(tasks.iter().all(|task| task["user_id"] == "mallory"), "{context}: {tasks:?}");
    }
}
