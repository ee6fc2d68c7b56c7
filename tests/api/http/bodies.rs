//! Bodies that are invalid JSON, or of another media type.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    invalid_json_is_400,
    a_duplicate_member_is_400,
    json_that_is_not_an_object_is_422,
    an_empty_body_is_400_where_a_body_is_required,
    a_body_of_another_media_type_is_415,
);

/// Every route that reads a body. Task 1 belongs to alice.
pub const ROUTES_WITH_BODY: [(&str, &str); 7] = [
    ("POST", "/api/tasks"),
    ("PUT", "/api/alice/tasks/1"),
    ("PATCH", "/api/tasks/1"),
    ("PATCH", "/api/tasks/1/complete"),
    ("POST", "/api/alice/tasks/1/complete"),
    ("PATCH", "/api/tasks/1/toggle"),
    ("PATCH", "/api/tasks/1/status"),
];

/// Starts a service with one task of alice.
pub fn start_with_one_task(database: Database, settings: &[(&str, &str)]) -> App {
    let app = App::start_with(database, settings);
    assert_eq!(app.create("alice", &json!({ "title": "as it was" }))["id"], 1);
    app
}

/// Asserts that the only task was not changed.
#[track_caller]
pub fn assert_task_unchanged(app: &App) {
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!((&list[0]["version"], list.as_array().unwrap().len()), (&json!(1), 1), "{list}");
}

/// Asserts that every route rejects each body with 400, without repeating its content.
#[track_caller]
fn assert_all_400<T: AsRef<[u8]>>(app: &App, bodies: &[T]) {
    for body in bodies {
        for (method, path) in ROUTES_WITH_BODY {
            let response = app
                .request_as("alice", method, path)
                .header("Content-Type", "application/json")
                .body(body.as_ref())
                .send();
            let excerpt = String::from_utf8_lossy(&body.as_ref()[..body.as_ref().len().min(60)]).into_owned();
            assert_eq!(response.status, 400, "{method} {path} {excerpt}");
            assert_eq!(response.expect(400)["error"]["code"], "malformed_request");
            assert!(!String::from_utf8_lossy(&response.body).contains("secret"), "{excerpt}");
        }
    }
    assert_task_unchanged(app);
}

fn invalid_json_is_400(database: Database) {
    let app = start_with_one_task(database, &[]);
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
    assert_all_400(&app, &texts);
    let bytes: [&[u8]; 4] = [b"{\"title\":\"\xff\"}", b"{\"title\":\"\xc0\xaf\"}", b"{\"\xe4\":1}", b"\xff\xfe{\0}\0"];
    assert_all_400(&app, &bytes);
    let unclosed = ["[", "{\"a\":", "{\"title\":\"x\",\"a\":["].map(|start| start.repeat(2000));
    assert_all_400(&app, &unclosed);
    let deeply_nested = [format!("{}{}", "[".repeat(1000), "]".repeat(1000))];
    assert_all_400(&app, &deeply_nested);
    let moderately_nested = format!("{{\"title\":\"x\",\"a\":{}{}}}", "[".repeat(50), "]".repeat(50));
    app.request_as("alice", "POST", "/api/tasks").text(&moderately_nested).send().expect(201);
}

/// Parsers disagree on the value of a duplicate member.
fn a_duplicate_member_is_400(database: Database) {
    let app = start_with_one_task(database, &[]);
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
    assert_all_400(&app, &texts);
    // the same name on two levels, or in another case, is not a duplicate
    let valid = r#"{"title":"a","Title":"b","x":{"title":1},"y":{"title":2}}"#;
    app.request_as("alice", "POST", "/api/tasks").text(valid).send().expect(201);
}

fn json_that_is_not_an_object_is_422(database: Database) {
    let app = start_with_one_task(database, &[]);
    for text in ["[]", r#"[{"title":"x"}]"#, r#""title""#, "null", "7", "true", "1.5e3"] {
        for (method, path) in [ROUTES_WITH_BODY[0], ROUTES_WITH_BODY[1], ROUTES_WITH_BODY[2], ROUTES_WITH_BODY[6]] {
            assert_eq!(
                app.request_as("alice", method, path).text(text).send().error_pointers(),
                ["#"],
                "{method} {path} {text}"
            );
        }
    }
    assert_task_unchanged(&app);
}

fn an_empty_body_is_400_where_a_body_is_required(database: Database) {
    let app = start_with_one_task(database, &[]);
    for (method, path) in [ROUTES_WITH_BODY[0], ROUTES_WITH_BODY[1], ROUTES_WITH_BODY[2], ROUTES_WITH_BODY[6]] {
        let request = || app.request_as("alice", method, path);
        for request in [
            request(),
            request().body(b""),
            request().text(""),
            request().header("Content-Type", "text/plain").body(b""),
        ] {
            assert_eq!(request.send().expect(400)["error"]["code"], "malformed_request", "{method} {path}");
        }
    }
    assert_task_unchanged(&app);
}

fn a_body_of_another_media_type_is_415(database: Database) {
    let app = start_with_one_task(database, &[]);
    let body = br#"{"title":"x","status":"completed","completed":true}"#;
    let unsupported = [
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
    for (method, path) in ROUTES_WITH_BODY {
        // the media type is checked before the body is parsed
        assert_eq!(
            app.request_as("alice", method, path).body(body).send().expect(415)["error"]["code"],
            "unsupported_media_type"
        );
        for media_type in unsupported {
            let response = app.request_as("alice", method, path).header("Content-Type", media_type).body(body).send();
            assert_eq!(response.status, 415, "{method} {path} {media_type}");
            response.expect(415);
            app.request_as("alice", method, path).header("Content-Type", media_type).body(b"{").send().expect(415);
        }
    }
    assert_task_unchanged(&app);
    let supported = [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/merge-patch+json",
        "application/vnd.api+json",
    ];
    for media_type in supported {
        for (method, path) in ROUTES_WITH_BODY {
            let response = app.request_as("alice", method, path).header("Content-Type", media_type).body(body).send();
            assert!([200, 201].contains(&response.status), "{method} {path} {media_type}: {}", response.json());
        }
    }
}
