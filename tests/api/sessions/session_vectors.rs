//! Checks captured sessions of real Better Auth servers: secondary storage, get-session, Drizzle rows and local times.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::on_both;
use crate::support::vectors::{of_kind, text};
use crate::support::{App, Database, RedisServer, expect_rejected, session_token};
use crate::support::{insert, iso_in_one_hour};

on_both!(drizzle_rows_are_read, local_times_are_read_in_the_configured_zone);

/// Looks up the session row of a token and returns its user and its expiry.
fn look_up(app: &App, token: &str) -> (String, DateTime<Utc>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let record = runtime.block_on(app.db.session(session_token(token))).unwrap().expect("there is a session");
    (record.user_id, record.expires_at)
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

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

pub fn drizzle_rows_are_read(database: Database) {
    for vector in of_kind("drizzle_row") {
        let (rows, api, column_type) = match database {
            Database::Sqlite => ("/input/sqlite", "/expected/sqlite_api", "integer"),
            Database::Postgres => ("/input/pg", "/expected/pg_api", "timestamp"),
        };
        for row in vector.pointer(rows).and_then(Value::as_array).expect("rows") {
            let app = App::start(database);
            app.execute(&format!(
                "CREATE TABLE \"user\" (id text); CREATE TABLE session (token text, user_id text, expires_at {column_type})"
            ));
            let user = row["user_id"].as_str().unwrap_or("somebody");
            let session = json!({ "token": row["token"], "user_id": user, "expires_at": row["expires_at"] });
            app.execute(&insert("session", &session));
            let token = row["token"].as_str().expect("a token");
            assert_eq!(look_up(&app, token), (user.to_owned(), instant(text(&vector, api))));
        }
    }
}

pub fn local_times_are_read_in_the_configured_zone(database: Database) {
    for vector in of_kind("pg_naive_timestamp") {
        let zone = text(&vector, "/config").split_once("TZ=").expect("a zone").1;
        let app = App::start_with(database, &[("SESSION_TIMEZONE", zone)]);
        app.execute(
            "CREATE TABLE \"user\" (id text); CREATE TABLE session (token text, \"userId\" text, \"expiresAt\" timestamp)",
        );
        let expires_at = text(&vector, "/input/row_text");
        app.execute(&insert("session", &json!({ "token": "t", "userId": "u", "expiresAt": expires_at })));
        assert_eq!(look_up(&app, "t").1, instant(text(&vector, "/expected/api_utc")));
    }
}
