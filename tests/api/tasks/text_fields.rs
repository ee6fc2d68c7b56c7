//! The members of a task that are text, words and lists: their limits, and how leniently they are read.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_title_is_trimmed_and_counted_in_characters,
    a_title_that_is_none_is_refused,
    a_description_is_kept_as_it_is,
    control_characters_are_refused,
    a_priority_is_a_word_in_any_case,
    tags_are_read_in_three_forms,
    tags_beyond_their_limits_are_refused,
    completed_is_a_boolean,
    a_status_is_a_word_in_any_case,
    of_completed_and_status_the_one_that_changes_something_wins,
);

/// A task that holds something else in each member, so that an update shows.
fn another(expected: &Value) -> Value {
    let completed = expected != &json!(true) && expected != &json!("completed");
    json!({
        "title": "another", "description": "another", "priority": "low", "tags": ["another"], "due_date": "2001-02-03",
        "time_zone": "Asia/Tokyo", "remind_at": "2001-02-03T04:05:06Z", "recurrence_rule": "FREQ=HOURLY",
        "completed": completed,
    })
}

/// Sends each value under this name in a create and in an update, and asserts what `member` then is, in the answers and
/// when the task is fetched again.
#[track_caller]
pub fn assert_read(app: &App, name: &str, member: &str, cases: &[(Value, Value)]) {
    let mut surprises = Vec::new();
    for (given, expected) in cases {
        let mut body = json!({ "title": "a title" });
        body[name] = given.clone();
        let created = app.by("alice", "POST", "/api/tasks").json(&body).send().json();
        let path = format!("/api/tasks/{}", app.create("alice", &another(expected))["id"]);
        let changed = app.by("alice", "PUT", &path).json(&json!({ name: given })).send().json();
        for said in [&created, &changed] {
            if said.get(member) != Some(expected) {
                surprises.push(format!("{name} {given}: {} {}", said["detail"], said[member]));
            } else {
                let path = format!("/api/tasks/{}", said["id"]);
                assert_eq!(&app.by("alice", "GET", &path).send().expect(200), said, "{name} {given}, fetched");
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

/// Sends each value under this name in a create and in an update, and asserts that both are refused for it, and change
/// nothing.
#[track_caller]
pub fn assert_refused(app: &App, name: &str, values: &[Value]) {
    let mut surprises = Vec::new();
    let task = app.create("bob", &json!({ "title": "as it was" }));
    let item = format!("/api/tasks/{}", task["id"]);
    for value in values {
        let mut body = json!({ "title": "a title" });
        body[name] = value.clone();
        for (method, path) in [("POST", "/api/tasks"), ("PUT", &item), ("PATCH", &item)] {
            let answer = app.by("bob", method, path).json(&body).send();
            if answer.status != 422 {
                surprises.push(format!("{method} {name} {value}: {}", answer.status));
                continue;
            }
            assert_eq!(answer.wrong(), [format!("#/{name}")], "{method} {value}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with(&format!("{name} must")), "{detail}");
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert_eq!(app.by("bob", "GET", "/api/tasks").send().expect(200), json!([task]));
    app.by("bob", "DELETE", &item).send().expect(200);
}

/// Values that are read as they are.
pub fn unchanged<T: Into<Value> + Clone>(values: &[T]) -> Vec<(Value, Value)> {
    values.iter().map(|value| (value.clone().into(), value.clone().into())).collect()
}

fn a_title_is_trimmed_and_counted_in_characters(database: Database) {
    let app = App::start(database);
    let longest = ["x".repeat(200), "\u{1f600}".repeat(200), "e\u{301}".repeat(100)];
    let padded = format!(" \t{}\n", longest[1]);
    assert_read(&app, "title", "title", &unchanged(&longest));
    assert_read(&app, "title", "title", &unchanged(&["x", "two  words", "'; --", "<b>\"&amp;\\", "\u{5e9}\u{5dc}"]));
    let trimmed = [
        (json!("  x "), json!("x")),
        (json!("\u{3000}x\u{a0}\u{2003}"), json!("x")),
        (json!("\r\n\tx\u{2028}\u{85}"), json!("x")),
        (json!(padded), json!(longest[1])),
    ];
    assert_read(&app, "title", "title", &trimmed);
}

fn a_title_that_is_none_is_refused(database: Database) {
    let app = App::start(database);
    let long = ["x".repeat(201), "\u{1f600}".repeat(201), "e\u{301}".repeat(101)];
    assert_refused(&app, "title", &long.map(Value::from));
    let empty = ["", " ", "\n", "\u{3000}\u{2003}"];
    assert_refused(&app, "title", &empty.map(Value::from));
    let breaks = ["a\nb", "a\r\nb", "a\u{2028}b", "a\u{2029}b"];
    assert_refused(&app, "title", &breaks.map(Value::from));
    assert_refused(&app, "title", &[json!(null), json!(7), json!(true), json!(["a"]), json!({ "a": 1 })]);
    let missing = app.by("alice", "POST", "/api/tasks").json(&json!({ "description": "without" })).send();
    assert_eq!(missing.wrong(), ["#/title"]);
}

fn a_description_is_kept_as_it_is(database: Database) {
    let app = App::start(database);
    let kept =
        ["", " ", "  not trimmed\n", "a\tb\nc\r\nd\re", "\u{2028}", &"x".repeat(1000), &"\u{1f600}".repeat(1000)];
    assert_read(&app, "description", "description", &unchanged(&kept));
    assert_read(&app, "description", "description", &[(json!(null), json!(null))]);
    let refused = [json!("x".repeat(1001)), json!("\u{1f600}".repeat(1001)), json!(7), json!(false), json!(["a"])];
    assert_refused(&app, "description", &refused);
}

/// C0, DEL and C1: PostgreSQL can store no NUL, and nobody can read the others.
fn control_characters_are_refused(database: Database) {
    let app = App::start(database);
    let controls: Vec<char> = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').collect();
    assert_eq!(controls.len(), 65);
    let with = |control: &char| json!(format!("a{control}b"));
    assert_refused(&app, "title", &controls.iter().map(with).collect::<Vec<_>>());
    assert_refused(&app, "tags", &controls.iter().map(|control| json!([with(control)])).collect::<Vec<_>>());
    let in_lines: Vec<_> = controls.iter().filter(|control| !"\t\n\r".contains(**control)).map(with).collect();
    assert_refused(&app, "description", &in_lines);
}

fn a_priority_is_a_word_in_any_case(database: Database) {
    let app = App::start(database);
    assert_read(&app, "priority", "priority", &unchanged(&["low", "medium", "high", "none"]));
    let cases = [("HIGH", "high"), ("Low", "low"), ("nOnE", "none"), ("Medium", "medium")];
    assert_read(&app, "priority", "priority", &cases.map(|(given, read)| (json!(given), json!(read))));
    assert_read(&app, "priority", "priority", &[(json!(null), json!("medium"))]);
    let refused = [json!("urgent"), json!("highest"), json!("h\u{131}gh"), json!(1), json!(true), json!(["high"])];
    assert_refused(&app, "priority", &refused);
}

fn many(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("tag {number}")).collect()
}

fn tags_are_read_in_three_forms(database: Database) {
    let app = App::start(database);
    let longest = json!(["x".repeat(50), "\u{1f600}".repeat(50)]);
    assert_read(&app, "tags", "tags", &unchanged(&[json!(["b", "a"]), json!(["A", "a"]), json!([]), json!(["a,b"])]));
    assert_read(&app, "tags", "tags", &unchanged(&[longest, json!(many(20))]));
    let repeated: Vec<String> = many(20).into_iter().chain(many(5)).collect();
    let cases = [
        (json!(null), json!([])),
        (json!(""), json!([])),
        (json!("a, b ,c"), json!(["a", "b", "c"])),
        (json!("one"), json!(["one"])),
        (json!("b,a,b"), json!(["b", "a"])),
        (json!([{ "name": "a", "id": 1 }, { "name": " b " }, "c"]), json!(["a", "b", "c"])),
        (json!(["b", "a", " b\u{3000}", "a", "c"]), json!(["b", "a", "c"])),
        (json!([format!(" {} ", "x".repeat(50))]), json!(["x".repeat(50)])),
        (json!(repeated), json!(many(20))),
    ];
    assert_read(&app, "tags", "tags", &cases);
}

fn tags_beyond_their_limits_are_refused(database: Database) {
    let app = App::start(database);
    let long = "x".repeat(51);
    assert_refused(&app, "tags", &[json!(many(21)), json!(many(21).join(",")), json!([long]), json!(long)]);
    let empty = [json!([""]), json!(["a", " "]), json!([{ "name": "" }])];
    assert_refused(&app, "tags", &empty);
    let types = [json!(7), json!(true), json!({ "name": "a" }), json!([1]), json!([null]), json!([["a"]])];
    assert_refused(&app, "tags", &types);
    assert_refused(&app, "tags", &[json!([{ "title": "a" }]), json!([{ "name": 1 }]), json!([{}])]);
}

fn completed_is_a_boolean(database: Database) {
    let app = App::start(database);
    for name in ["completed", "is_completed", "done"] {
        assert_read(&app, name, "completed", &unchanged(&[true, false]));
        assert_read(&app, name, "completed", &[(json!(null), json!(false))]);
        assert_read(&app, name, "status", &[(json!(true), json!("completed")), (json!(false), json!("pending"))]);
        assert_refused(&app, name, &[json!("yes"), json!(""), json!(1), json!(0), json!([true])]);
    }
    let done = app.create("alice", &json!({ "title": "done before it was written down", "completed": true }));
    assert_eq!(done["completed_at"], done["created_at"]);
    let path = format!("/api/tasks/{}", done["id"]);
    let opened = app.by("alice", "PUT", &path).json(&json!({ "completed": null })).send().expect(200);
    assert_eq!((&opened["completed"], &opened["completed_at"]), (&json!(false), &json!(null)));
}

fn a_status_is_a_word_in_any_case(database: Database) {
    let app = App::start(database);
    assert_read(&app, "status", "status", &unchanged(&["pending", "completed"]));
    let cases = [("Completed", "completed"), ("PENDING", "pending")];
    assert_read(&app, "status", "status", &cases.map(|(given, read)| (json!(given), json!(read))));
    assert_read(&app, "status", "completed", &[(json!("completed"), json!(true)), (json!("pending"), json!(false))]);
    assert_refused(&app, "status", &[json!("in_progress"), json!("all"), json!(7), json!(["completed"])]);
}

/// A client that changed one of the two may send the other as it was. A new task is held against one that is pending.
fn of_completed_and_status_the_one_that_changes_something_wins(database: Database) {
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
            task = app.by("alice", "PUT", &path).json(&body).send().expect(200);
            assert_eq!(task["completed"], completed, "{body}");
        }
    }
    for (completed, status) in [(true, "completed"), (false, "pending")] {
        let agreeing = json!({ "title": "x", "completed": completed, "status": status });
        let task = app.create("alice", &agreeing);
        assert_eq!(task["completed"], completed);
        let path = format!("/api/tasks/{}", task["id"]);
        assert_eq!(app.by("alice", "PUT", &path).json(&agreeing).send().expect(200)["completed"], completed);
    }
}
