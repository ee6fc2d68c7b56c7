//! Text, enumeration, boolean and list members of a task: limits and accepted formats.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_title_is_trimmed_and_counted_in_characters,
    an_invalid_title_is_rejected,
    a_description_is_stored_unchanged,
    control_characters_are_rejected,
    a_priority_is_case_insensitive,
    tags_are_accepted_in_three_formats,
    tags_beyond_their_limits_are_rejected,
    completed_is_a_boolean,
    a_status_is_case_insensitive,
    of_completed_and_status_the_changed_member_takes_effect,
);

/// Returns a task whose members all differ from the tested value. An update is then visible.
fn different_task(expected: &Value) -> Value {
    let completed = expected != &json!(true) && expected != &json!("completed");
    json!({
        "title": "another", "description": "another", "priority": "low", "tags": ["another"], "due_date": "2001-02-03",
        "time_zone": "Asia/Tokyo", "remind_at": "2001-02-03T04:05:06Z", "recurrence_rule": "FREQ=WEEKLY;INTERVAL=3",
        "completed": completed,
    })
}

/// Sends each value under this name in a create and in an update, and asserts the stored value of `member`.
/// Compares the responses and the fetched task.
#[track_caller]
pub fn assert_stored_as(app: &App, name: &str, member: &str, cases: &[(Value, Value)]) {
    let mut failures = Vec::new();
    for (input, expected) in cases {
        let mut body = json!({ "title": "a title" });
        body[name] = input.clone();
        let created = app.request_as("alice", "POST", "/api/tasks").json(&body).send().json();
        let path = format!("/api/tasks/{}", app.create("alice", &different_task(expected))["id"]);
        let changed = app.request_as("alice", "PUT", &path).json(&json!({ name: input })).send().json();
        for response in [&created, &changed] {
            if response.get(member) != Some(expected) {
                failures.push(format!("{name} {input}: {} {}", response["detail"], response[member]));
            } else {
                let path = format!("/api/tasks/{}", response["id"]);
                assert_eq!(
                    &app.request_as("alice", "GET", &path).send().expect(200),
                    response,
                    "{name} {input}, fetched"
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Sends each value under this name in a create and in an update, and asserts that both return 422 for this member.
/// Asserts that no task was changed or created.
#[track_caller]
pub fn assert_rejected(app: &App, name: &str, values: &[Value]) {
    let mut failures = Vec::new();
    let task = app.create("bob", &json!({ "title": "as it was" }));
    let item = format!("/api/tasks/{}", task["id"]);
    for value in values {
        let mut body = json!({ "title": "a title" });
        body[name] = value.clone();
        for (method, path) in [("POST", "/api/tasks"), ("PUT", &item), ("PATCH", &item)] {
            let response = app.request_as("bob", method, path).json(&body).send();
            if response.status != 422 {
                failures.push(format!("{method} {name} {value}: {}", response.status));
                continue;
            }
            assert_eq!(response.error_pointers(), [format!("#/{name}")], "{method} {value}");
            let detail = response.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with(&format!("{name} must")), "{detail}");
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(app.request_as("bob", "GET", "/api/tasks").send().expect(200), json!([task]));
    app.request_as("bob", "DELETE", &item).send().expect(200);
}

/// Returns test cases for values that are stored unchanged.
pub fn unchanged<T: Into<Value> + Clone>(values: &[T]) -> Vec<(Value, Value)> {
    values.iter().map(|value| (value.clone().into(), value.clone().into())).collect()
}

fn a_title_is_trimmed_and_counted_in_characters(database: Database) {
    let app = App::start(database);
    let longest = ["x".repeat(200), "\u{1f600}".repeat(200), "e\u{301}".repeat(100)];
    let padded = format!(" \t{}\n", longest[1]);
    assert_stored_as(&app, "title", "title", &unchanged(&longest));
    assert_stored_as(
        &app,
        "title",
        "title",
        &unchanged(&["x", "two  words", "'; --", "<b>\"&amp;\\", "\u{5e9}\u{5dc}"]),
    );
    let trimmed = [
        (json!("  x "), json!("x")),
        (json!("\u{3000}x\u{a0}\u{2003}"), json!("x")),
        (json!("\r\n\tx\u{2028}\u{85}"), json!("x")),
        (json!(padded), json!(longest[1])),
    ];
    assert_stored_as(&app, "title", "title", &trimmed);
}

fn an_invalid_title_is_rejected(database: Database) {
    let app = App::start(database);
    let long = ["x".repeat(201), "\u{1f600}".repeat(201), "e\u{301}".repeat(101)];
    assert_rejected(&app, "title", &long.map(Value::from));
    let empty = ["", " ", "\n", "\u{3000}\u{2003}"];
    assert_rejected(&app, "title", &empty.map(Value::from));
    let with_line_breaks = ["a\nb", "a\r\nb", "a\u{2028}b", "a\u{2029}b"];
    assert_rejected(&app, "title", &with_line_breaks.map(Value::from));
    assert_rejected(&app, "title", &[json!(null), json!(7), json!(true), json!(["a"]), json!({ "a": 1 })]);
    let missing = app.request_as("alice", "POST", "/api/tasks").json(&json!({ "description": "without" })).send();
    assert_eq!(missing.error_pointers(), ["#/title"]);
}

fn a_description_is_stored_unchanged(database: Database) {
    let app = App::start(database);
    let stored =
        ["", " ", "  not trimmed\n", "a\tb\nc\r\nd\re", "\u{2028}", &"x".repeat(1000), &"\u{1f600}".repeat(1000)];
    assert_stored_as(&app, "description", "description", &unchanged(&stored));
    assert_stored_as(&app, "description", "description", &[(json!(null), json!(null))]);
    let rejected = [json!("x".repeat(1001)), json!("\u{1f600}".repeat(1001)), json!(7), json!(false), json!(["a"])];
    assert_rejected(&app, "description", &rejected);
}

/// C0, DEL and C1. PostgreSQL cannot store NUL, and the others are not printable.
fn control_characters_are_rejected(database: Database) {
    let app = App::start(database);
    let controls: Vec<char> = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').collect();
    assert_eq!(controls.len(), 65);
    let with_control = |control: &char| json!(format!("a{control}b"));
    assert_rejected(&app, "title", &controls.iter().map(with_control).collect::<Vec<_>>());
    assert_rejected(&app, "tags", &controls.iter().map(|control| json!([with_control(control)])).collect::<Vec<_>>());
    let rejected_in_descriptions: Vec<_> =
        controls.iter().filter(|control| !"\t\n\r".contains(**control)).map(with_control).collect();
    assert_rejected(&app, "description", &rejected_in_descriptions);
}

fn a_priority_is_case_insensitive(database: Database) {
    let app = App::start(database);
    assert_stored_as(&app, "priority", "priority", &unchanged(&["low", "medium", "high", "none"]));
    let cases = [("HIGH", "high"), ("Low", "low"), ("nOnE", "none"), ("Medium", "medium")];
    assert_stored_as(&app, "priority", "priority", &cases.map(|(input, stored)| (json!(input), json!(stored))));
    assert_stored_as(&app, "priority", "priority", &[(json!(null), json!("medium"))]);
    let rejected = [json!("urgent"), json!("highest"), json!("h\u{131}gh"), json!(1), json!(true), json!(["high"])];
    assert_rejected(&app, "priority", &rejected);
}

fn many_tags(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("tag {number}")).collect()
}

fn tags_are_accepted_in_three_formats(database: Database) {
    let app = App::start(database);
    let longest = json!(["x".repeat(50), "\u{1f600}".repeat(50)]);
    assert_stored_as(
        &app,
        "tags",
        "tags",
        &unchanged(&[json!(["b", "a"]), json!(["A", "a"]), json!([]), json!(["a,b"])]),
    );
    assert_stored_as(&app, "tags", "tags", &unchanged(&[longest, json!(many_tags(20))]));
    let repeated: Vec<String> = many_tags(20).into_iter().chain(many_tags(5)).collect();
    let cases = [
        (json!(null), json!([])),
        (json!(""), json!([])),
        (json!("a, b ,c"), json!(["a", "b", "c"])),
        (json!("one"), json!(["one"])),
        (json!("b,a,b"), json!(["b", "a"])),
        (json!([{ "name": "a", "id": 1 }, { "name": " b " }, "c"]), json!(["a", "b", "c"])),
        (json!(["b", "a", " b\u{3000}", "a", "c"]), json!(["b", "a", "c"])),
        (json!([format!(" {} ", "x".repeat(50))]), json!(["x".repeat(50)])),
        (json!(repeated), json!(many_tags(20))),
    ];
    assert_stored_as(&app, "tags", "tags", &cases);
}

fn tags_beyond_their_limits_are_rejected(database: Database) {
    let app = App::start(database);
    let long = "x".repeat(51);
    assert_rejected(&app, "tags", &[json!(many_tags(21)), json!(many_tags(21).join(",")), json!([long]), json!(long)]);
    let empty = [json!([""]), json!(["a", " "]), json!([{ "name": "" }])];
    assert_rejected(&app, "tags", &empty);
    let types = [json!(7), json!(true), json!({ "name": "a" }), json!([1]), json!([null]), json!([["a"]])];
    assert_rejected(&app, "tags", &types);
    assert_rejected(&app, "tags", &[json!([{ "title": "a" }]), json!([{ "name": 1 }]), json!([{}])]);
}

fn completed_is_a_boolean(database: Database) {
    let app = App::start(database);
    for name in ["completed", "is_completed", "done"] {
        assert_stored_as(&app, name, "completed", &unchanged(&[true, false]));
        assert_stored_as(&app, name, "completed", &[(json!(null), json!(false))]);
        assert_stored_as(&app, name, "status", &[(json!(true), json!("completed")), (json!(false), json!("pending"))]);
        assert_rejected(&app, name, &[json!("yes"), json!(""), json!(1), json!(0), json!([true])]);
    }
    let completed = app.create("alice", &json!({ "title": "done before it was written down", "completed": true }));
    assert_eq!(completed["completed_at"], completed["created_at"]);
    let path = format!("/api/tasks/{}", completed["id"]);
    let reopened = app.request_as("alice", "PUT", &path).json(&json!({ "completed": null })).send().expect(200);
    assert_eq!((&reopened["completed"], &reopened["completed_at"]), (&json!(false), &json!(null)));
}

fn a_status_is_case_insensitive(database: Database) {
    let app = App::start(database);
    assert_stored_as(&app, "status", "status", &unchanged(&["pending", "completed"]));
    let cases = [("Completed", "completed"), ("PENDING", "pending")];
    assert_stored_as(&app, "status", "status", &cases.map(|(input, stored)| (json!(input), json!(stored))));
    assert_stored_as(
        &app,
        "status",
        "completed",
        &[(json!("completed"), json!(true)), (json!("pending"), json!(false))],
    );
    assert_rejected(&app, "status", &[json!("in_progress"), json!("all"), json!(7), json!(["completed"])]);
}

/// A client that changed one of the two members may send the other unchanged. A new task is compared with a pending one.
fn of_completed_and_status_the_changed_member_takes_effect(database: Database) {
    let app = App::start(database);
    let contradictions = [
        json!({ "title": "x", "completed": true, "status": "pending" }),
        json!({ "title": "x", "completed": false, "status": "completed" }),
        json!({ "title": "x", "status": "completed", "is_completed": false }),
    ];
    for body in contradictions {
        let mut task = app.create("alice", &body);
        assert_eq!(task["completed"], true, "{body}");
        let path = format!("/api/tasks/{}", task["id"]);
        for completed in [false, true, false] {
            task = app.request_as("alice", "PUT", &path).json(&body).send().expect(200);
            assert_eq!(task["completed"], completed, "{body}");
        }
    }
    for (completed, status) in [(true, "completed"), (false, "pending")] {
        let agreeing = json!({ "title": "x", "completed": completed, "status": status });
        let task = app.create("alice", &agreeing);
        assert_eq!(task["completed"], completed);
        let path = format!("/api/tasks/{}", task["id"]);
        assert_eq!(app.request_as("alice", "PUT", &path).json(&agreeing).send().expect(200)["completed"], completed);
    }
}
