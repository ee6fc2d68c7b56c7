//! Hostile text in task members and bodies: it is stored byte for byte or rejected.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request, Response};

on_both!(
    hostile_text_in_task_members_is_stored_unchanged_or_rejected,
    invalid_bytes_and_escapes_in_bodies_are_rejected
);

/// Returns texts that resemble SQL, markup, paths, headers, patterns or terminators.
pub fn hostile_texts() -> Vec<String> {
    let long_text = "\u{1f980}".repeat(20_000 / 4);
    [
        "'",
        "''",
        "\"",
        "`",
        "\\",
        "\\'",
        "';--",
        "'; DROP TABLE tasks; --",
        "\"; DELETE FROM tasks; --",
        "' OR '1'='1",
        "1 OR 1=1",
        "') OR ('a'='a",
        "1; SELECT pg_sleep(10)",
        "' UNION SELECT * FROM \"user\" --",
        "/* */",
        "--",
        "#",
        ";",
        "$1",
        "$$",
        "?",
        ":id",
        "%s%n",
        "{}",
        "{0}",
        "${7*7}",
        "{{7*7}}",
        "%",
        "_",
        "%%",
        "a%b_c",
        "\\%",
        "*",
        "[a-z]",
        "(",
        ".*",
        "(a+)+$",
        "\0",
        "a\0b",
        "%00",
        "\u{1}",
        "\u{7f}",
        "\u{85}",
        "\r\nSet-Cookie: a=b",
        "\n",
        "\r",
        "\t",
        "%0d%0aSet-Cookie:%20a=b",
        "\u{2028}",
        "\u{feff}",
        "\u{202e}txt",
        "\u{200b}",
        "\u{1f980}",
        "\u{10ffff}",
        "\u{fffd}",
        "\u{fffe}",
        "e\u{301}",
        "\u{e9}",
        "\u{130}",
        "\u{df}",
        "\u{fb01}",
        "../",
        "../../etc/passwd",
        "..%2f",
        "/",
        "\\\\x\\y",
        "<script>alert(1)</script>",
        "=1+1",
        "@x",
        "null",
        "true",
        "NaN",
        "-1",
        "0",
        "99999999999999999999",
        "[]",
        "\"\"",
        " ",
        "",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([long_text, "'".repeat(5000), "a".repeat(70)])
    .collect()
}

/// A service with two users. Requests of alice must never change bob's tasks.
pub struct TwoUsers {
    pub app: App,
    bobs_tasks: Value,
}

impl TwoUsers {
    pub fn start(database: Database) -> Self {
        Self::start_with(App::start(database))
    }

    pub fn start_with(app: App) -> Self {
        app.create(
            "bob",
            &json!({ "title": "bob's", "description": "50% of a_b", "tags": ["x"], "due_date": "2026-12-01" }),
        );
        let bobs_tasks = app.request_as("bob", "GET", "/api/tasks").send().expect(200);
        Self { app, bobs_tasks }
    }

    /// Asserts no status 5xx, no injected header, and no data of bob in the response.
    #[track_caller]
    pub fn assert_harmless(&self, response: &Response, context: &str) {
        assert!(response.status < 500, "{context}: {} {}", response.status, String::from_utf8_lossy(&response.body));
        assert!(response.header("set-cookie").is_none(), "{context}: {:?}", response.headers);
        assert!(!String::from_utf8_lossy(&response.body).contains("bob's"), "{context}: contains data of another user");
        if response.status >= 400 {
            response.expect(response.status);
        }
    }

    #[track_caller]
    pub fn assert_bob_untouched(&self) {
        assert_eq!(self.app.request_as("bob", "GET", "/api/tasks").send().expect(200), self.bobs_tasks);
        self.app.request("GET", "/readyz").send().expect(200);
    }

    pub fn alice(&self, method: &str, path: &str) -> Request {
        self.app.request_as("alice", method, path)
    }
}

/// Returns the first 40 characters, escaped, for an assertion message.
pub fn excerpt(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_debug().to_string()
}

const MEMBERS: [&str; 14] = [
    "title",
    "description",
    "priority",
    "tags",
    "due_date",
    "time_zone",
    "remind_at",
    "recurrence_rule",
    "repeat_from",
    "excluded_dates",
    "status",
    "completed",
    "user_id",
    "id",
];

fn hostile_text_in_task_members_is_stored_unchanged_or_rejected(database: Database) {
    let users = TwoUsers::start(database);
    let path = format!("/api/tasks/{}", users.app.create("alice", &json!({ "title": "hers" }))["id"]);
    for text in hostile_texts() {
        for member in MEMBERS {
            let context = format!("{member} {}", excerpt(&text));
            let mut body = json!({ "title": "t" });
            body[member] = json!(text);
            let created = users.alice("POST", "/api/tasks").json(&body).send();
            users.assert_harmless(&created, &context);
            let changed = users.alice("PATCH", &path).json(&body).send();
            users.assert_harmless(&changed, &context);
            assert_eq!(created.status == 201, changed.status == 200, "{context}: create and update validate alike");
            // accepted text is stored byte for byte, except for trimming
            if created.status == 201 {
                let id = &created.json()["id"];
                let stored = users.alice("GET", &format!("/api/tasks/{id}")).send().expect(200);
                assert_eq!(stored, created.json(), "{context}");
                match member {
                    "title" => assert_eq!(stored[member], text.trim(), "{context}"),
                    "description" => assert_eq!(stored[member], text.as_str(), "{context}"),
                    _ => {}
                }
                assert_eq!(stored["user_id"], "alice", "{context}");
            }
        }
        let tag =
            users.alice("POST", "/api/tasks").json(&json!({ "title": "t", "tags": [text, { "name": text }] })).send();
        users.assert_harmless(&tag, &excerpt(&text));
        if tag.status == 201 {
            assert_eq!(tag.json()["tags"], json!([text.trim()]), "{}", excerpt(&text));
        }
        for (route, body) in [
            (
                "bulk",
                json!({ "operations": [{ "op": text, "id": 1 }, { "op": "update", "id": text }, { "op": "create", "title": text }] }),
            ),
            ("import", json!([{ "title": text, "uid": text, "created_at": text }])),
            ("import", json!([{ "title": "t", "uid": text, "description": text, "tags": [text] }])),
        ] {
            let response = users.alice("POST", &format!("/api/tasks/{route}")).json(&body).send();
            users.assert_harmless(&response, &format!("{route} {}", excerpt(&text)));
        }
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{text}\r\nBEGIN:VTODO\r\nUID:{text}\r\nSUMMARY:{text}\r\nDUE:{text}\r\nRRULE:{text}\r\nCATEGORIES:{text}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        );
        let response = users
            .alice("POST", "/api/tasks/import")
            .header("Content-Type", "text/calendar")
            .body(calendar.as_bytes())
            .send();
        users.assert_harmless(&response, &format!("calendar {}", excerpt(&text)));
    }
    // every accepted text can be exported in every format
    for format in ["json", "csv", "ics"] {
        assert_eq!(users.alice("GET", &format!("/api/tasks/export?format={format}")).send().status, 200);
    }
    users.alice("GET", "/api/tasks/stats").send().expect(200);
    users.assert_bob_untouched();
}

/// Covers escapes and bytes that are possible in JSON syntax but invalid in text.
fn invalid_bytes_and_escapes_in_bodies_are_rejected(database: Database) {
    let users = TwoUsers::start(database);
    let bodies: [(&[u8], u16); 12] = [
        (br#"{"title":"a\u0000b"}"#, 422),
        (br#"{"title":"t","description":"a\u0000b"}"#, 422),
        (br#"{"title":"t","tags":["a\u0000b"]}"#, 422),
        (br#"{"title":"\ud800"}"#, 400),
        (br#"{"title":"\udc00\ud800"}"#, 400),
        (br#"{"title":"\ud83e\udd80"}"#, 201),
        (b"{\"title\":\"\xc0\xaf\"}", 400),
        (b"{\"title\":\"\xed\xa0\x80\"}", 400),
        (b"{\"title\":\"\xf4\x90\x80\x80\"}", 400),
        (b"{\"title\":\"a\0b\"}", 400),
        (b"{\"title\":\"\xf0\x9f\xa6\x80\"}", 201),
        (br#"{"title":"t","unknown\u0000":"\u0000"}"#, 201),
    ];
    for (body, status) in bodies {
        let response = users.alice("POST", "/api/tasks").header("Content-Type", "application/json").body(body).send();
        assert_eq!(response.status, status, "{}", String::from_utf8_lossy(body));
        response.expect(status);
    }
    let crabs = users.alice("GET", "/api/tasks?q=%F0%9F%A6%80").send().expect(200);
    assert_eq!(crabs.as_array().unwrap().len(), 2, "the escaped and the plain text are equal");
    users.assert_bob_untouched();
}
