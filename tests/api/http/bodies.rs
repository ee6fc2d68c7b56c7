//! Bodies that are no JSON, or of another type.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    what_is_no_json_is_malformed,
    a_repeated_member_is_malformed,
    json_that_is_no_object_is_invalid,
    an_empty_body_is_malformed_where_one_is_needed,
    a_body_of_another_type_is_refused,
);

/// Every call that reads a body; the task of this id is alice's.
pub const READING: [(&str, &str); 7] = [
    ("POST", "/api/tasks"),
    ("PUT", "/api/alice/tasks/1"),
    ("PATCH", "/api/tasks/1"),
    ("PATCH", "/api/tasks/1/complete"),
    ("POST", "/api/alice/tasks/1/complete"),
    ("PATCH", "/api/tasks/1/toggle"),
    ("PATCH", "/api/tasks/1/status"),
];

/// A service with one task of alice.
pub fn with_a_task(database: Database, settings: &[(&str, &str)]) -> App {
    let app = App::start_with(database, settings);
    assert_eq!(app.create("alice", &json!({ "title": "as it was" }))["id"], 1);
    app
}

/// Asserts that nothing was written in the meantime.
#[track_caller]
pub fn assert_untouched(app: &App) {
    let list = app.by("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!((&list[0]["version"], list.as_array().unwrap().len()), (&json!(1), 1), "{list}");
}

/// Asserts that every call refuses each of these bodies, and that nothing of them is repeated.
#[track_caller]
fn assert_malformed<T: AsRef<[u8]>>(app: &App, bodies: &[T]) {
    for body in bodies {
        for (method, path) in READING {
            let answer =
                app.by("alice", method, path).header("Content-Type", "application/json").body(body.as_ref()).send();
            let shown = String::from_utf8_lossy(&body.as_ref()[..body.as_ref().len().min(60)]).into_owned();
            assert_eq!(answer.status, 400, "{method} {path} {shown}");
            assert_eq!(answer.expect(400)["error"]["code"], "malformed_request");
            assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{shown}");
        }
    }
    assert_untouched(app);
}

fn what_is_no_json_is_malformed(database: Database) {
    let app = with_a_task(database, &[]);
    let texts = [
        "{",
        "}",
        " ",
        "nonsense",
        "NaN",
        "title=secret",
        "{'title':'secret'}",
        "{title:\"secret\"}",
        "{\"title\":\"secret\"",
        "{\"title\":\"secret\",}",
        "{\"title\":\"secret\"} x",
        "{\"title\":\"secret\"}{\"title\":\"y\"}",
        "{\"title\":\"secret\"},",
        "\u{feff}{\"title\":\"secret\"}",
        "{\"title\":\"se\ncret\"}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":\"\\x41\"}",
        "{\"title\":\"secret\",\"n\":01}",
        "{\"title\":\"secret\" /* why */}",
    ];
    assert_malformed(&app, &texts);
    let bytes: [&[u8]; 4] = [b"{\"title\":\"\xff\"}", b"{\"title\":\"\xc0\xaf\"}", b"{\"\xe4\":1}", b"\xff\xfe{\0}\0"];
    assert_malformed(&app, &bytes);
    let deep = ["[", "{\"a\":", "{\"title\":\"x\",\"a\":["].map(|start| start.repeat(2000));
    assert_malformed(&app, &deep);
    let closed = [format!("{}{}", "[".repeat(1000), "]".repeat(1000))];
    assert_malformed(&app, &closed);
    let moderate = format!("{{\"title\":\"x\",\"a\":{}{}}}", "[".repeat(50), "]".repeat(50));
    app.by("alice", "POST", "/api/tasks").text(&moderate).send().expect(201);
}

/// Two readers of one text must not see two values in it.
fn a_repeated_member_is_malformed(database: Database) {
    let app = with_a_task(database, &[]);
    let texts = [
        r#"{"title":"a","title":"b"}"#,
        r#"{"title":"a","title":"a"}"#,
        r#"{"title":"a","\u0074itle":"b"}"#,
        r#"{"completed":true,"completed":false}"#,
        r#"{"status":"completed","status":"completed"}"#,
        r#"{"title":"a","unknown":1,"unknown":1}"#,
        r#"{"title":"a","x":{"b":1,"b":2}}"#,
        r#"{"title":"a","x":[[{"b":1,"\u0062":2}]]}"#,
        r#"{"title":"a","tags":[{"name":"x","name":"y"}]}"#,
        r#"{"":1,"":2}"#,
    ];
    assert_malformed(&app, &texts);
    // one name on two levels, and a name that differs in case, are no repetition
    let fine = r#"{"title":"a","Title":"b","x":{"title":1},"y":{"title":2}}"#;
    app.by("alice", "POST", "/api/tasks").text(fine).send().expect(201);
}

fn json_that_is_no_object_is_invalid(database: Database) {
    let app = with_a_task(database, &[]);
    for text in ["[]", r#"[{"title":"x"}]"#, r#""title""#, "null", "7", "true", "1.5e3"] {
        for (method, path) in [READING[0], READING[1], READING[2], READING[6]] {
            assert_eq!(app.by("alice", method, path).text(text).send().wrong(), ["#"], "{method} {path} {text}");
        }
    }
    assert_untouched(&app);
}

fn an_empty_body_is_malformed_where_one_is_needed(database: Database) {
    let app = with_a_task(database, &[]);
    for (method, path) in [READING[0], READING[1], READING[2], READING[6]] {
        let call = || app.by("alice", method, path);
        for request in
            [call(), call().body(b""), call().text(""), call().header("Content-Type", "text/plain").body(b"")]
        {
            assert_eq!(request.send().expect(400)["error"]["code"], "malformed_request", "{method} {path}");
        }
    }
    assert_untouched(&app);
}

fn a_body_of_another_type_is_refused(database: Database) {
    let app = with_a_task(database, &[]);
    let body = br#"{"title":"x","status":"completed"}"#;
    let others = [
        "",
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/octet-stream",
        "json",
        "*/*",
    ];
    for (method, path) in READING {
        // without any type, and with each of these; what else is wrong with it is not looked at
        assert_eq!(
            app.by("alice", method, path).body(body).send().expect(415)["error"]["code"],
            "unsupported_media_type"
        );
        for kind in others {
            let answer = app.by("alice", method, path).header("Content-Type", kind).body(body).send();
            assert_eq!(answer.status, 415, "{method} {path} {kind}");
            answer.expect(415);
            app.by("alice", method, path).header("Content-Type", kind).body(b"{").send().expect(415);
        }
    }
    assert_untouched(&app);
    let kinds = [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/merge-patch+json",
        "application/vnd.api+json",
    ];
    for kind in kinds {
        for (method, path) in READING {
            let answer = app.by("alice", method, path).header("Content-Type", kind).body(body).send();
            assert!([200, 201].contains(&answer.status), "{method} {path} {kind}: {}", answer.json());
        }
    }
}
