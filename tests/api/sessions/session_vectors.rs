//! Checks captured sessions of real Better Auth servers: secondary storage and get-session.

use serde_json::{Value, json};

use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::support::iso_in_one_hour;
use crate::support::vectors::{of_kind, text};
use crate::support::{App, Database, RedisServer, expect_rejected};

/// Checks the record before and after all sessions are revoked, with and without the prefix of Better Auth's adapter.
#[test]
pub fn secondary_storage_sessions_are_accepted_until_revoked() {
    let redis = RedisServer::start();
    let app = App::start_with(Database::Sqlite, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &redis.url())]);
    for vector in of_kind("secondary_storage") {
        let user = text(&vector, "/expected/get_session/user/id");
        let list = || {
            let request = app.request("GET", &format!("/api/{user}/tasks"));
            request.header("Cookie", text(&vector, "/input/cookie")).send()
        };
        for prefix in ["", "better-auth:"] {
            redis.run(&["FLUSHALL"]);
            expect_rejected(&list(), "is not valid");
            fill(&redis, prefix, &vector["input"]["keys"]);
            assert_eq!(list().status, 200, "{}", vector["id"]);
            redis.run(&["FLUSHALL"]);
            fill(&redis, prefix, &vector["expected"]["keys_after_revoke_all"]);
            expect_rejected(&list(), "is not valid");
        }
    }
}

fn fill(redis: &RedisServer, prefix: &str, keys: &Value) {
    let Some(keys) = keys.as_object() else { return };
    for (key, entry) in keys {
        let value = entry["value"].as_str().or(entry.as_str()).expect("a value is text");
        let value = match serde_json::from_str::<Value>(value) {
            Ok(mut record) if record["session"].is_object() => {
                record["session"]["expiresAt"] = iso_in_one_hour().into();
                record.to_string()
            }
            _ => value.to_owned(),
        };
        redis.set(&format!("{prefix}{key}"), value);
    }
}

#[test]
pub fn get_session_responses_are_parsed() {
    for vector in of_kind("get_session") {
        let Some(session) = vector["expected"].get("json") else {
            // An invalid signature and an unknown token get the same response.
            for case in ["bad", "validSigUnknownToken"] {
                assert_eq!(
                    vector["expected"][case],
                    json!({ "status": 200, "body": null, "setCookie": vector["expected"][case]["setCookie"] })
                );
            }
            continue;
        };
        let mut session = session.clone();
        session["session"]["expiresAt"] = iso_in_one_hour().into();
        let reply = |body: &Value| Reply::body("200 OK", "Content-Type: application/json", &body.to_string());
        let front_end = KeyServer::start(reply(&session));
        let base = front_end.base();
        let settings = [("SESSION_SOURCE", "http"), ("BETTER_AUTH_URL", base.as_str()), ("JWKS_FILE", "/dev/null")];
        let app = App::start_with(Database::Sqlite, &settings);
        let user = text(&vector, "/expected/json/user/id");
        let list = || {
            let request = app.request("GET", &format!("/api/{user}/tasks"));
            request.header("Cookie", text(&vector, "/input/cookie")).send()
        };
        list().expect(200);
        assert!(front_end.last_head().starts_with(&format!("GET {}", text(&vector, "/input/path"))));
        front_end.reply(reply(&vector["expected"]["unauthenticated"]["getSession"]["json"]));
        expect_rejected(&list(), "is not valid");
    }
}
