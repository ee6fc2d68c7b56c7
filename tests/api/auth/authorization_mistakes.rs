//! Texts that clients send instead of a credential: named in the log, in development mode in the response, and by `verify`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::verify::verify;
use crate::on_both;
use crate::support::{App, Database, Service, cookie_header, hs256, jwt, production, task_api};

on_both!(
    another_scheme_says_what_to_send,
    another_scheme_beside_a_cookie_counts_as_absent,
    a_text_that_is_no_token_has_the_same_sentence_as_other_invalid_credentials,
    the_log_names_each_mistake,
    a_jwt_may_have_16_kib,
);

/// A value of `Authorization`, its reason in the log, words of the cause, and words of what to send. These count as no credential.
const UNREAD: [(&str, &str, &str, &str); 7] = [
    ("Basic YWxpY2U6c2VjcmV0", "basic_scheme", "the scheme Basic", "send Authorization: Bearer"),
    ("basic YWxpY2U6c2VjcmV0", "basic_scheme", "the scheme Basic", "send Authorization: Bearer"),
    ("Token abcdef", "other_scheme", "another scheme than Bearer", "send Authorization: Bearer"),
    ("6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX", "no_scheme", "does not start with the word Bearer", "one space and the token"),
    ("Bearer:abcdef", "no_scheme", "does not start with the word Bearer", "one space and the token"),
    ("undefined", "text_undefined", "the word undefined", "wait for the token"),
    ("[object Object]", "text_object", "a JavaScript object", "only the text of the token"),
];

/// The same for texts after `Bearer`. These are invalid credentials.
const INVALID: [(&str, &str, &str, &str); 10] = [
    ("Bearer undefined", "text_undefined", "the word undefined", "wait for the token"),
    ("bearer undefined", "text_undefined", "the word undefined", "wait for the token"),
    ("Bearer null", "text_null", "the word null", "wait for the token"),
    ("Bearer [object Object]", "text_object", "a JavaScript object", "only the text of the token"),
    ("Bearer NaN", "text_value", "true, NaN or None", "wait for the token"),
    ("Bearer ${token}", "text_placeholder", "a placeholder", "replace the placeholder"),
    (r#"Bearer {"token":"x"}"#, "text_json", "JSON instead of a token", "only the text of the token"),
    (r#"Bearer "eyJ.a.b""#, "text_quoted", "in quotes", "without quotes"),
    ("Bearer Bearer eyJ.a.b", "repeated_scheme", "the word Bearer is repeated", "one space and the token"),
    ("Bearer", "empty_bearer", "the text after Bearer is empty", "wait for its token"),
];

#[track_caller]
fn assert_detail(problem: &Value, cause: &str, change: &str) {
    let detail = problem["detail"].as_str().unwrap();
    let (cause, change) = (cause.trim_start_matches("the "), change);
    assert!(detail.contains(cause) && detail.contains(change) && detail.ends_with('.'), "{cause}, {change}: {detail}");
}

fn another_scheme_says_what_to_send(database: Database) {
    let app = App::start(database);
    for (value, _, cause, change) in UNREAD {
        let response = app.request("GET", "/api/tasks").header("Authorization", value).send();
        let problem = response.expect(401);
        assert_eq!(problem["error"]["code"], "no_credential", "{value}");
        assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="tasks""#), "{value}");
        assert_detail(&problem, cause, change);
    }
    let without_scheme = app.request("GET", "/api/tasks").header("Authorization", &jwt("alice")).send().expect(401);
    assert_detail(&without_scheme, "does not start with the word Bearer", "one space and the token");
}

fn another_scheme_beside_a_cookie_counts_as_absent(database: Database) {
    let app = App::start(database);
    let cookie = cookie_header(&app.sign_in("alice"));
    for (value, ..) in UNREAD {
        app.request("GET", "/api/tasks").header("Authorization", value).header("Cookie", &cookie).send().expect(200);
    }
    for (value, ..) in INVALID {
        app.request("GET", "/api/tasks").header("Authorization", value).header("Cookie", &cookie).send().expect(401);
    }
}

fn a_text_that_is_no_token_has_the_same_sentence_as_other_invalid_credentials(database: Database) {
    let app = App::start(database);
    let send = |value: &str| app.request("GET", "/api/tasks").header("Authorization", value).send();
    let forged = send(&format!(
        "Bearer {}",
        hs256(&serde_json::json!({ "sub": "alice" }), "another secret of 32 bytes or more")
    ));
    let detail = forged.expect(401)["detail"].clone();
    assert!(detail.as_str().unwrap().contains("send Authorization: Bearer"), "{detail}");
    for (value, ..) in INVALID {
        let response = send(value);
        assert_eq!(response.expect(401)["detail"], detail, "{value}");
        assert_eq!(response.header("www-authenticate"), forged.header("www-authenticate"), "{value}");
    }
}

fn start(mut command: Command, database: Database) -> Service {
    let _ = database;
    command.env("RUST_LOG", "info");
    Service::start(command)
}

fn the_log_names_each_mistake(database: Database) {
    let (folder, url) = database.empty();
    let service = start(task_api(folder.path(), &production(&url)), database);
    for (number, (value, reason, cause, change)) in UNREAD.into_iter().chain(INVALID).enumerate() {
        let id = format!("mistake-{number}");
        service
            .request("GET", "/api/tasks")
            .header("X-Request-Id", &id)
            .header("Authorization", value)
            .send()
            .expect(401);
        let line = service.wait_for_line(&id);
        for part in [reason, cause, change, "outcome=refused"] {
            assert!(line.contains(part), "{part} is missing: {line}");
        }
    }
    // the texts of a cookie are named too
    let request = service.request("GET", "/api/tasks").header("Cookie", "better-auth.session_token=undefined");
    request.header("X-Request-Id", "in-a-cookie").send().expect(401);
    assert!(service.wait_for_line("in-a-cookie").contains("text_undefined"));
}

/// Without a configured secret, the response says what the text is. A rejected token still has the sentence of production.
#[test]
fn development_mode_names_each_mistake_in_the_response() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(task_api(Path::new(folder.path()), &[]));
    for (value, _, cause, change) in UNREAD.into_iter().chain(INVALID) {
        let response = service.request("GET", "/api/tasks").header("Authorization", value).send();
        assert_detail(&response.expect(401), cause, change);
    }
    let forged = service.request_as("alice", "GET", "/api/tasks").send().expect(401);
    assert!(forged["detail"].as_str().unwrap().starts_with("The credential is not valid; "), "{forged}");
    assert_eq!(forged["error"]["code"], "invalid_credential");
}

#[test]
fn verify_names_each_mistake() {
    for (value, _, cause, change) in UNREAD {
        verify(&[], &["--offline"], &format!("Authorization: {value}")).expect(1, "no_credential", &[cause, change]);
    }
    for (value, reason, cause, change) in INVALID {
        verify(&[], &["--offline"], &format!("Authorization: {value}")).expect(1, reason, &[cause, change]);
    }
    let cookie = "Cookie: better-auth.session_token=undefined";
    verify(&[], &["--offline"], cookie).expect(1, "text_undefined", &["the word undefined"]);
}

/// A picture in a claim makes a JWT long.
fn a_jwt_may_have_16_kib(database: Database) {
    let app = App::start(database);
    let token = |length: usize| {
        hs256(
            &serde_json::json!({ "sub": "alice", "exp": 9_999_999_999_u64, "picture": "x".repeat(length) }),
            crate::support::SECRET,
        )
    };
    let longest = (0..).map(|length| token(12_000 + length)).take_while(|token| token.len() <= 16_384).last().unwrap();
    assert!(longest.len() > 16_380, "{}", longest.len());
    for _ in 0..2 {
        app.request("GET", "/api/tasks").bearer(&longest).send().expect(200);
    }
    app.request("GET", "/api/tasks").bearer(&token(12_300)).send().expect(401);
    // such a token fits beside other large headers
    let cookies = format!("a={}", "b".repeat(16_384));
    app.request("GET", "/api/tasks").bearer(&longest).header("Cookie", &cookies).send().expect(200);
}
