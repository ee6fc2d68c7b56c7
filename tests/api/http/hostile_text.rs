//! Hostile text in task members and bodies: it is stored byte for byte or rejected.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde_json::{Value, json};

use crate::on_both;
use crate::outages::unavailable::send_all;
use crate::support::{
    Answer, App, Database, Request, SECRET, base64url, cookie_header, ed25519_jwk, eddsa, hmac, jws, jwt,
};

on_both!(
    hostile_text_in_task_members_is_stored_unchanged_or_rejected,
    hostile_text_in_query_parameters_is_harmless,
    hostile_text_in_paths_is_harmless,
    hostile_text_in_headers_is_harmless,
    invalid_bytes_and_escapes_in_bodies_are_rejected
);

/// Returns texts that resemble SQL, markup, paths, headers, patterns or terminators.
fn hostile_texts() -> Vec<String> {
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
struct TwoUsers {
    app: App,
    bobs_tasks: Value,
}

impl TwoUsers {
    fn start(database: Database) -> Self {
        Self::start_with(App::start(database))
    }

    fn start_with(app: App) -> Self {
        app.create(
            "bob",
            &json!({ "title": "bob's", "description": "50% of a_b", "tags": ["x"], "due_date": "2026-12-01" }),
        );
        let bobs_tasks = app.by("bob", "GET", "/api/tasks").send().expect(200);
        Self { app, bobs_tasks }
    }

    /// Asserts no status 5xx, no injected header, and no data of bob in the response.
    #[track_caller]
    fn assert_harmless(&self, response: &Answer, context: &str) {
        assert!(response.status < 500, "{context}: {} {}", response.status, String::from_utf8_lossy(&response.body));
        assert!(response.header("set-cookie").is_none(), "{context}: {:?}", response.headers);
        assert!(!String::from_utf8_lossy(&response.body).contains("bob's"), "{context}: contains data of another user");
        if response.status >= 400 {
            response.expect(response.status);
        }
    }

    #[track_caller]
    fn assert_bob_untouched(&self) {
        assert_eq!(self.app.by("bob", "GET", "/api/tasks").send().expect(200), self.bobs_tasks);
        self.app.request("GET", "/readyz").send().expect(200);
    }

    fn alice(&self, method: &str, path: &str) -> Request {
        self.app.by("alice", method, path)
    }
}

/// Returns the first 40 characters, escaped, for an assertion message.
fn excerpt(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_debug().to_string()
}

const MEMBERS: [&str; 13] = [
    "title",
    "description",
    "priority",
    "tags",
    "due_date",
    "time_zone",
    "remind_at",
    "recurrence_rule",
    "repeat_from",
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

const PARAMETERS: [&str; 25] = [
    "status",
    "filter",
    "completed",
    "priority",
    "tags",
    "tag",
    "search",
    "q",
    "due",
    "due_before",
    "due_after",
    "overdue",
    "time_zone",
    "updated_since",
    "series",
    "deleted",
    "sort",
    "order",
    "limit",
    "offset",
    "page",
    "cursor",
    "count",
    "format",
    "permanent",
];

fn hostile_text_in_query_parameters_is_harmless(database: Database) {
    let users = TwoUsers::start(database);
    users.app.create("alice", &json!({ "title": "hers, 100% and a_b", "tags": ["x"] }));
    for text in hostile_texts() {
        // the request line has a maximum length
        let escaped = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        let escaped = if escaped.len() > 8000 { &escaped[..8000 / 12 * 12] } else { &escaped };
        for parameter in PARAMETERS {
            for path in ["/api/tasks", "/api/tasks/stats", "/api/tasks/export"] {
                let response = users.alice("GET", &format!("{path}?{parameter}={escaped}")).send();
                users.assert_harmless(&response, &format!("{path} {parameter} {}", excerpt(&text)));
            }
        }
        let response = users.alice("GET", &format!("/api/tasks?{escaped}={escaped}")).send();
        users.assert_harmless(&response, &excerpt(&text));
        let response = users.alice("DELETE", &format!("/api/tasks/999999?permanent={escaped}")).send();
        users.assert_harmless(&response, &excerpt(&text));
    }
    // invalid text: bad escapes, overlong encodings, lone surrogates, and a header injection by way of Link
    for query in [
        "q=%",
        "q=%zz",
        "q=%ff",
        "q=%c0%af",
        "q=%ed%a0%80",
        "q=%f4%90%80%80",
        "%00=%00",
        "&&&==&=",
        "q=a&q=b",
        "limit=1&x=%0d%0aSet-Cookie:a=b",
    ] {
        let response = users.alice("GET", &format!("/api/tasks?{query}")).send();
        users.assert_harmless(&response, query);
    }
    for cursor in [json!({ "m": [1, 1] }), json!({ "t": ["' OR 1=1 --", 1] }), json!({ "r": [99999, -1] })] {
        let forged = base64url([[0; 16].as_slice(), cursor.to_string().as_bytes()].concat());
        users.alice("GET", &format!("/api/tasks?cursor={forged}")).send().expect(422);
    }
    // wildcards of SQL are literal text
    for (text, expected_count) in [("%25", 1), ("_", 1), ("%25%25", 0), ("a_b", 1), ("a%25b", 0), ("'", 0), ("%5c", 0)] {
        let list = users.alice("GET", &format!("/api/tasks?q={text}")).send().expect(200);
        assert_eq!(list.as_array().unwrap().len(), expected_count, "{text}");
    }
    users.assert_bob_untouched();
}

fn hostile_text_in_paths_is_harmless(database: Database) {
    let users = TwoUsers::start(database);
    users.app.create("alice", &json!({ "title": "hers" }));
    for text in hostile_texts().into_iter().filter(|text| text.len() < 5000) {
        let escaped = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        for (method, path) in [
            ("GET", format!("/api/{escaped}/tasks")),
            ("POST", format!("/api/{escaped}/tasks")),
            ("GET", format!("/api/alice/tasks/{escaped}")),
            ("PATCH", format!("/api/tasks/{escaped}")),
            ("DELETE", format!("/api/tasks/{escaped}")),
            ("PATCH", format!("/api/tasks/{escaped}/complete")),
            ("POST", format!("/api/alice/tasks/{escaped}/restore")),
            ("GET", format!("/api/alice/tasks/1{escaped}")),
            ("GET", format!("/{escaped}")),
        ] {
            let response = users.alice(method, &path).json(&json!({ "title": "x" })).send();
            users.assert_harmless(&response, &format!("{method} {path}"));
            let is_resolvable = ["", " "].contains(&text.as_str()) || text.parse::<u64>().is_ok();
            assert!(response.status >= 400 || is_resolvable, "{method} {path}: {}", response.status);
        }
        // this text as a user id is a normal user or is rejected
        let (own_token, path) = (jwt(&text), format!("/api/{escaped}/tasks"));
        let created = users.app.request("POST", &path).bearer(&own_token).json(&json!({ "title": "mine" })).send();
        users.assert_harmless(&created, &path);
        if created.status == 201 {
            assert_eq!(created.json()["user_id"], text.as_str(), "{path}");
            assert_eq!(users.app.request("GET", &path).bearer(&own_token).send().expect(200), json!([created.json()]));
        }
    }
    for bytes in [b"\xff".as_slice(), b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xff"] {
        let escaped = percent_encode(bytes, NON_ALPHANUMERIC);
        for path in [format!("/api/{escaped}/tasks"), format!("/api/tasks/{escaped}")] {
            let response = users.alice("GET", &path).send();
            assert!([403, 404].contains(&response.status), "{path}: {}", response.status);
        }
    }
    users.assert_bob_untouched();
}

fn hostile_text_in_headers_is_harmless(database: Database) {
    // a key set in a file, because fetching a key set would delay each unknown key id
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), json!({ "keys": [ed25519_jwk("known")] }).to_string()).unwrap();
    let users = TwoUsers::start_with(App::start_with(database, &[("JWKS_FILE", keys.path().to_str().unwrap())]));
    let id = users.app.create("alice", &json!({ "title": "hers" }))["id"].clone();
    users.app.make_better_auth_tables();
    let claims = json!({ "sub": "alice", "exp": chrono::Utc::now().timestamp() + 900 });
    // a line break would end the header: raw_http and malformed_request_heads cover that
    for text in hostile_texts().into_iter().filter(|text| !text.contains(['\r', '\n', '\0', '\u{1}', '\u{7f}'])) {
        let context = excerpt(&text);
        for name in [
            "Idempotency-Key",
            "X-Request-Id",
            "Content-Type",
            "Origin",
            "User-Agent",
            "traceparent",
            "X-Forwarded-For",
            "Accept",
        ] {
            let request = users.alice("POST", "/api/tasks").header(name, &text);
            let request = if name == "Content-Type" {
                request.body(b"{\"title\":\"t\"}")
            } else {
                request.json(&json!({ "title": "t" }))
            };
            let response = request.send();
            users.assert_harmless(&response, &format!("{name} {context}"));
            let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            let echoed = response
                .headers
                .iter()
                .filter(|(header_name, value)| header_name != "x-request-id" && text.len() > 2 && value.contains(&text))
                .count();
            assert!(echoed == 0 || is_plain, "{name} {context} is echoed: {:?}", response.headers);
        }
        let item = format!("/api/tasks/{id}");
        let read = users.alice("GET", &item).header("If-None-Match", &text).send();
        assert_eq!(read.status, if text == "*" { 304 } else { 200 }, "If-None-Match {context}");
        for value in [text.clone(), format!("\"{text}\""), format!("\"{id}-{text}\""), format!("W/{text}")] {
            let is_matching = value.split(',').any(|tag| [format!("\"{id}-1\"").as_str(), "*"].contains(&tag.trim()));
            for method in ["PATCH", "DELETE"].into_iter().filter(|_| !is_matching) {
                let response =
                    users.alice(method, &item).header("If-Match", &value).json(&json!({ "title": "t" })).send();
                assert_eq!(response.expect(412)["status"], 412, "{method} If-Match {context}");
            }
        }
        for (name, value) in [
            ("Authorization", text.clone()),
            ("Authorization", format!("Bearer {text}")),
            ("Cookie", text.clone()),
            ("Cookie", format!("better-auth.session_token={text}")),
        ] {
            let response = users.app.request("GET", "/api/tasks").header(name, &value).send();
            assert_eq!(response.status, 401, "{name} {context}");
        }
        // a session cookie with this token has a valid signature, but the session does not exist
        let response = users.app.request("GET", "/api/tasks").header("Cookie", &cookie_header(&text)).send();
        assert_eq!(response.status, 401, "{context}");
    }
    // sent in parallel: requests with unknown keys share one refresh of the key set
    let mut token_requests = Vec::new();
    for text in hostile_texts() {
        let unknown_signature = || hmac("a secret of nobody, of some length");
        let alg = |name: &str| json!({ "alg": name, "kid": text, "typ": text, "cty": text }).to_string();
        let tokens = [
            eddsa(&text, &claims),
            jws(&alg("HS256"), claims.to_string(), unknown_signature()),
            jws(&alg(&text), claims.to_string(), hmac(SECRET)),
        ];
        token_requests.extend(tokens.map(|token| (text.clone(), users.app.request("GET", "/api/tasks").bearer(&token))));
    }
    let (texts, requests): (Vec<_>, Vec<_>) = token_requests.into_iter().unzip();
    for (text, response) in texts.iter().zip(send_all(requests)) {
        assert_eq!(response.expect(401)["error"]["code"], "invalid_credential", "{}", excerpt(text));
        let echoed = response.header("www-authenticate").unwrap();
        assert!(echoed.ends_with("error_description=\"The credential is not valid.\""), "{echoed}");
    }
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
