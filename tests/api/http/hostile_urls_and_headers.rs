//! Hostile text in query parameters, paths and headers: no 5xx, no injected header, and no data of another user.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde_json::json;

use crate::http::hostile_text::{TwoUsers, excerpt, hostile_texts};
use crate::on_both;
use crate::outages::unavailable::send_all;
use crate::support::{App, Database, SECRET, base64url, cookie_header, ed25519_jwk, eddsa, hmac, jws, jwt};

on_both!(
    hostile_text_in_query_parameters_is_harmless,
    hostile_text_in_paths_is_harmless,
    hostile_text_in_headers_is_harmless,
);

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
    for (text, expected_count) in [("%25", 1), ("_", 1), ("%25%25", 0), ("a_b", 1), ("a%25b", 0), ("'", 0), ("%5c", 0)]
    {
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
    // a line break would end the header: raw_http and malformed_requests cover that
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
        token_requests
            .extend(tokens.map(|token| (text.clone(), users.app.request("GET", "/api/tasks").bearer(&token))));
    }
    let (texts, requests): (Vec<_>, Vec<_>) = token_requests.into_iter().unzip();
    for (text, response) in texts.iter().zip(send_all(requests)) {
        assert_eq!(response.expect(401)["error"]["code"], "invalid_credential", "{}", excerpt(text));
        let echoed = response.header("www-authenticate").unwrap();
        assert!(echoed.ends_with("error_description=\"The credential is not valid.\""), "{echoed}");
    }
    users.assert_bob_untouched();
}
