//! Text that is written to break things, in every place where text is read: it is stored byte for byte or refused, and never a fault, a
//! command, or a header.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde_json::{Value, json};

use crate::on_both;
use crate::outages::unavailable::send_all;
use crate::support::{
    Answer, App, Database, Request, SECRET, base64url, cookie_header, ed25519_jwk, eddsa, hmac, jws, jwt,
};

on_both!(
    in_every_member_of_a_task,
    in_every_parameter_of_a_list,
    in_every_part_of_a_path,
    in_every_header,
    in_bodies_of_bytes
);

/// What could be taken for SQL, markup, a path, a header, a pattern or the end of a text.
fn nasty() -> Vec<String> {
    let long = "\u{1f980}".repeat(20_000 / 4);
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
    .chain([long, "'".repeat(5000), "a".repeat(70)])
    .collect()
}

/// Two users: what bob has must never change.
struct Place {
    app: App,
    bobs: Value,
}

impl Place {
    fn start(database: Database) -> Self {
        Self::with(App::start(database))
    }

    fn with(app: App) -> Self {
        app.create(
            "bob",
            &json!({ "title": "bob's", "description": "50% of a_b", "tags": ["x"], "due_date": "2026-12-01" }),
        );
        let bobs = app.by("bob", "GET", "/api/tasks").send().expect(200);
        Self { app, bobs }
    }

    /// No fault of the service, nothing of the text in a header, and nothing of bob's shown.
    #[track_caller]
    fn assert_harmless(&self, answer: &Answer, what: &str) {
        assert!(answer.status < 500, "{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        assert!(answer.header("set-cookie").is_none(), "{what}: {:?}", answer.headers);
        assert!(!String::from_utf8_lossy(&answer.body).contains("bob's"), "{what}: of another user");
        if answer.status >= 400 {
            answer.expect(answer.status);
        }
    }

    #[track_caller]
    fn assert_bob_untouched(&self) {
        assert_eq!(self.app.by("bob", "GET", "/api/tasks").send().expect(200), self.bobs);
        self.app.request("GET", "/readyz").send().expect(200);
    }

    fn alice(&self, method: &str, path: &str) -> Request {
        self.app.by("alice", method, path)
    }
}

/// Shown in a message, cut to a length.
fn shown(text: &str) -> String {
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

fn in_every_member_of_a_task(database: Database) {
    let place = Place::start(database);
    let path = format!("/api/tasks/{}", place.app.create("alice", &json!({ "title": "hers" }))["id"]);
    for text in nasty() {
        for member in MEMBERS {
            let what = format!("{member} {}", shown(&text));
            let mut body = json!({ "title": "t" });
            body[member] = json!(text);
            let created = place.alice("POST", "/api/tasks").json(&body).send();
            place.assert_harmless(&created, &what);
            let changed = place.alice("PATCH", &path).json(&body).send();
            place.assert_harmless(&changed, &what);
            assert_eq!(created.status == 201, changed.status == 200, "{what}: a create and a change read alike");
            // what was taken is what is there, byte for byte but for what is trimmed
            if created.status == 201 {
                let id = &created.json()["id"];
                let there = place.alice("GET", &format!("/api/tasks/{id}")).send().expect(200);
                assert_eq!(there, created.json(), "{what}");
                match member {
                    "title" => assert_eq!(there[member], text.trim(), "{what}"),
                    "description" => assert_eq!(there[member], text.as_str(), "{what}"),
                    _ => {}
                }
                assert_eq!(there["user_id"], "alice", "{what}");
            }
        }
        let tag =
            place.alice("POST", "/api/tasks").json(&json!({ "title": "t", "tags": [text, { "name": text }] })).send();
        place.assert_harmless(&tag, &shown(&text));
        if tag.status == 201 {
            assert_eq!(tag.json()["tags"], json!([text.trim()]), "{}", shown(&text));
        }
        for (kind, body) in [
            (
                "bulk",
                json!({ "operations": [{ "op": text, "id": 1 }, { "op": "update", "id": text }, { "op": "create", "title": text }] }),
            ),
            ("import", json!([{ "title": text, "uid": text, "created_at": text }])),
            ("import", json!([{ "title": "t", "uid": text, "description": text, "tags": [text] }])),
        ] {
            let answer = place.alice("POST", &format!("/api/tasks/{kind}")).json(&body).send();
            place.assert_harmless(&answer, &format!("{kind} {}", shown(&text)));
        }
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{text}\r\nBEGIN:VTODO\r\nUID:{text}\r\nSUMMARY:{text}\r\nDUE:{text}\r\nRRULE:{text}\r\nCATEGORIES:{text}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        );
        let answer = place
            .alice("POST", "/api/tasks/import")
            .header("Content-Type", "text/calendar")
            .body(calendar.as_bytes())
            .send();
        place.assert_harmless(&answer, &format!("calendar {}", shown(&text)));
    }
    // whatever was taken can be given out in every form
    for format in ["json", "csv", "ics"] {
        assert_eq!(place.alice("GET", &format!("/api/tasks/export?format={format}")).send().status, 200);
    }
    place.alice("GET", "/api/tasks/stats").send().expect(200);
    place.assert_bob_untouched();
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

fn in_every_parameter_of_a_list(database: Database) {
    let place = Place::start(database);
    place.app.create("alice", &json!({ "title": "hers, 100% and a_b", "tags": ["x"] }));
    for text in nasty() {
        // a line of a request may be long, but not endless
        let escaped = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        let escaped = if escaped.len() > 8000 { &escaped[..8000 / 12 * 12] } else { &escaped };
        for parameter in PARAMETERS {
            for path in ["/api/tasks", "/api/tasks/stats", "/api/tasks/export"] {
                let answer = place.alice("GET", &format!("{path}?{parameter}={escaped}")).send();
                place.assert_harmless(&answer, &format!("{path} {parameter} {}", shown(&text)));
            }
        }
        let answer = place.alice("GET", &format!("/api/tasks?{escaped}={escaped}")).send();
        place.assert_harmless(&answer, &shown(&text));
        let answer = place.alice("DELETE", &format!("/api/tasks/999999?permanent={escaped}")).send();
        place.assert_harmless(&answer, &shown(&text));
    }
    // what is no text at all: bad escapes, overlong forms, halves of surrogates, and a Link that would repeat them
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
        let answer = place.alice("GET", &format!("/api/tasks?{query}")).send();
        place.assert_harmless(&answer, query);
    }
    for cursor in [json!({ "m": [1, 1] }), json!({ "t": ["' OR 1=1 --", 1] }), json!({ "r": [99999, -1] })] {
        let forged = base64url([[0; 16].as_slice(), cursor.to_string().as_bytes()].concat());
        place.alice("GET", &format!("/api/tasks?cursor={forged}")).send().expect(422);
    }
    // a pattern is text
    for (text, found) in [("%25", 1), ("_", 1), ("%25%25", 0), ("a_b", 1), ("a%25b", 0), ("'", 0), ("%5c", 0)] {
        let list = place.alice("GET", &format!("/api/tasks?q={text}")).send().expect(200);
        assert_eq!(list.as_array().unwrap().len(), found, "{text}");
    }
    place.assert_bob_untouched();
}

fn in_every_part_of_a_path(database: Database) {
    let place = Place::start(database);
    place.app.create("alice", &json!({ "title": "hers" }));
    for text in nasty().into_iter().filter(|text| text.len() < 5000) {
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
            let answer = place.alice(method, &path).json(&json!({ "title": "x" })).send();
            place.assert_harmless(&answer, &format!("{method} {path}"));
            let hers = ["", " "].contains(&text.as_str()) || text.parse::<u64>().is_ok();
            assert!(answer.status >= 400 || hers, "{method} {path}: {}", answer.status);
        }
        // a user of that very name is a user like others, or nobody
        let (own, path) = (jwt(&text), format!("/api/{escaped}/tasks"));
        let created = place.app.request("POST", &path).bearer(&own).json(&json!({ "title": "mine" })).send();
        place.assert_harmless(&created, &path);
        if created.status == 201 {
            assert_eq!(created.json()["user_id"], text.as_str(), "{path}");
            assert_eq!(place.app.request("GET", &path).bearer(&own).send().expect(200), json!([created.json()]));
        }
    }
    for bytes in [b"\xff".as_slice(), b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xff"] {
        let escaped = percent_encode(bytes, NON_ALPHANUMERIC);
        for path in [format!("/api/{escaped}/tasks"), format!("/api/tasks/{escaped}")] {
            let answer = place.alice("GET", &path).send();
            assert!([403, 404].contains(&answer.status), "{path}: {}", answer.status);
        }
    }
    place.assert_bob_untouched();
}

fn in_every_header(database: Database) {
    // a key set in a file, so that nobody waits for another while a name is not known
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), json!({ "keys": [ed25519_jwk("known")] }).to_string()).unwrap();
    let place = Place::with(App::start_with(database, &[("JWKS_FILE", keys.path().to_str().unwrap())]));
    let id = place.app.create("alice", &json!({ "title": "hers" }))["id"].clone();
    place.app.make_better_auth_tables();
    let claims = json!({ "sub": "alice", "exp": chrono::Utc::now().timestamp() + 900 });
    // a line break would end the header: what it does there is tried byte by byte elsewhere
    for text in nasty().into_iter().filter(|text| !text.contains(['\r', '\n', '\0', '\u{1}', '\u{7f}'])) {
        let what = shown(&text);
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
            let request = place.alice("POST", "/api/tasks").header(name, &text);
            let request = if name == "Content-Type" {
                request.body(b"{\"title\":\"t\"}")
            } else {
                request.json(&json!({ "title": "t" }))
            };
            let answer = request.send();
            place.assert_harmless(&answer, &format!("{name} {what}"));
            let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            let said = answer
                .headers
                .iter()
                .filter(|(known, value)| known != "x-request-id" && text.len() > 2 && value.contains(&text))
                .count();
            assert!(said == 0 || plain, "{name} {what} comes back: {:?}", answer.headers);
        }
        let item = format!("/api/tasks/{id}");
        let read = place.alice("GET", &item).header("If-None-Match", &text).send();
        assert_eq!(read.status, if text == "*" { 304 } else { 200 }, "If-None-Match {what}");
        for value in [text.clone(), format!("\"{text}\""), format!("\"{id}-{text}\""), format!("W/{text}")] {
            let good = value.split(',').any(|tag| [format!("\"{id}-1\"").as_str(), "*"].contains(&tag.trim()));
            for method in ["PATCH", "DELETE"].into_iter().filter(|_| !good) {
                let answer =
                    place.alice(method, &item).header("If-Match", &value).json(&json!({ "title": "t" })).send();
                assert_eq!(answer.expect(412)["status"], 412, "{method} If-Match {what}");
            }
        }
        for (name, value) in [
            ("Authorization", text.clone()),
            ("Authorization", format!("Bearer {text}")),
            ("Cookie", text.clone()),
            ("Cookie", format!("better-auth.session_token={text}")),
        ] {
            let answer = place.app.request("GET", "/api/tasks").header(name, &value).send();
            assert_eq!(answer.status, 401, "{name} {what}");
        }
        // a session of such a name is none, though its signature is good
        let answer = place.app.request("GET", "/api/tasks").header("Cookie", &cookie_header(&text)).send();
        assert_eq!(answer.status, 401, "{what}");
    }
    // all at once: a key that is not known is looked for again, and they wait for that together
    let mut named = Vec::new();
    for text in nasty() {
        let nobody = || hmac("a secret of nobody, of some length");
        let alg = |name: &str| json!({ "alg": name, "kid": text, "typ": text, "cty": text }).to_string();
        let tokens = [
            eddsa(&text, &claims),
            jws(&alg("HS256"), claims.to_string(), nobody()),
            jws(&alg(&text), claims.to_string(), hmac(SECRET)),
        ];
        named.extend(tokens.map(|token| (text.clone(), place.app.request("GET", "/api/tasks").bearer(&token))));
    }
    let (texts, requests): (Vec<_>, Vec<_>) = named.into_iter().unzip();
    for (text, answer) in texts.iter().zip(send_all(requests)) {
        assert_eq!(answer.expect(401)["error"]["code"], "invalid_credential", "{}", shown(text));
        let said = answer.header("www-authenticate").unwrap();
        assert!(said.ends_with("error_description=\"The credential is not valid.\""), "{said}");
    }
    place.assert_bob_untouched();
}

/// Escapes and bytes that JSON can carry and text cannot.
fn in_bodies_of_bytes(database: Database) {
    let place = Place::start(database);
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
        let answer = place.alice("POST", "/api/tasks").header("Content-Type", "application/json").body(body).send();
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(body));
        answer.expect(status);
    }
    let crabs = place.alice("GET", "/api/tasks?q=%F0%9F%A6%80").send().expect(200);
    assert_eq!(crabs.as_array().unwrap().len(), 2, "escaped or not, it is the same text");
    place.assert_bob_untouched();
}
