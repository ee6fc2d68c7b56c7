//! Tests sessions in Better Auth's secondary storage: a real Redis with records as Better Auth writes them.

use std::time::{Duration, Instant};

use better_auth_guard::{Secret, signed_cookie_value};
use chrono::{TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, Database, RedisServer, Response, SECRET, cookie_header, expect_outage, expect_rejected,
    session_json,
};

on_both!(a_record_is_accepted_until_it_is_deleted, an_unreachable_redis_is_an_outage);

const TOKEN: &str = "wZUDmLAIDFpDkkb8srkCNWAJ1z5yNTEb";

/// Starts a service on SQLite. The results of these tests do not depend on the database.
fn app_with_redis(redis: &RedisServer) -> App {
    App::start_with(Database::Sqlite, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &redis.url())])
}

fn list(app: &App) -> Response {
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie_header(TOKEN)).send()
}

fn alice() -> Value {
    session_json(TOKEN, "alice", Utc::now() + TimeDelta::hours(1))
}

fn a_record_is_accepted_until_it_is_deleted(database: Database) {
    for prefix in ["", "better-auth:"] {
        let redis = RedisServer::start();
        let app = App::start_with(database, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &redis.url())]);
        expect_rejected(&list(&app), "is not valid");
        redis.set(&format!("{prefix}{TOKEN}"), alice());
        let create = app.request("POST", "/api/alice/tasks").header("Cookie", &cookie_header(TOKEN));
        let task = create.header("Origin", BETTER_AUTH_URL).json(&json!({ "title": "t" })).send().expect(201);
        assert_eq!(task["user_id"], "alice");
        assert_eq!(list(&app).expect(200), json!([task]));
        app.request("GET", "/api/bob/tasks").header("Cookie", &cookie_header(TOKEN)).send().expect(403);
        let encoded = signed_cookie_value(TOKEN, &Secret::new(SECRET));
        let decoded = percent_decode_str(&encoded).decode_utf8().unwrap().into_owned();
        for bearer in [encoded, decoded] {
            app.request("GET", "/api/tasks").bearer(&bearer).send().expect(200);
        }
        redis.run(&["DEL", &format!("{prefix}{TOKEN}")]);
        expect_rejected(&list(&app), "is not valid");
    }
}

#[test]
fn a_record_is_verified_like_a_row() {
    let redis = RedisServer::start();
    let app = app_with_redis(&redis);
    let list_with_record = |edit: &dyn Fn(&mut Value)| {
        let mut record = alice();
        edit(&mut record);
        redis.set(TOKEN, record);
        list(&app)
    };
    let (past, future) = ("2001-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z");
    // Some custom adapters write a key without a time to live.
    expect_rejected(&list_with_record(&|record| record["session"]["expiresAt"] = past.into()), "has expired");
    for ban in [json!({}), json!({ "banExpires": null }), json!({ "banExpires": future })] {
        let answer = list_with_record(&|record| {
            record["user"]["banned"] = true.into();
            record["user"]["banExpires"] = ban["banExpires"].clone();
        });
        expect_rejected(&answer, "is not valid");
    }
    list_with_record(&|record| record["user"]["banned"] = false.into()).expect(200);
    list_with_record(&|record| {
        record["user"]["banned"] = true.into();
        record["user"]["banExpires"] = past.into();
    })
    .expect(200);
    expect_rejected(&list_with_record(&|record| record["user"] = Value::Null), "is not valid");
    // A serial id that an adapter stored as a number.
    let answer = list_with_record(&|record| {
        record["session"]["userId"] = 7.into();
        record["user"]["id"] = "7".into();
    });
    answer.expect(403);
}

#[test]
fn invalid_records_are_an_outage() {
    let redis = RedisServer::start();
    let app = app_with_redis(&redis);
    let records = [
        "",
        "{",
        "null",
        "[]",
        "true",
        "{}",
        "\"text\"",
        &alice()["session"].to_string(),
        &json!({ "session": alice()["session"] }).to_string().replace("expiresAt", "expires"),
        &alice().to_string().replace(TOKEN, "another0another0another0another0"),
        &alice().to_string().replace("\"id\":\"alice\"", "\"id\":\"bob\""),
        &format!("{}x", alice()),
        &format!("[{}]", alice()),
    ];
    for record in records {
        redis.set(TOKEN, record);
        expect_outage(&list(&app));
    }
    // A key of another Redis type is no session.
    redis.run(&["DEL", TOKEN]);
    redis.run(&["RPUSH", TOKEN, "x"]);
    expect_rejected(&list(&app), "is not valid");
    redis.set(TOKEN, alice());
    list(&app).expect(200);
}

/// Late 1.7 versions write this key when all sessions of a user are revoked. It also revokes a session that is written concurrently.
#[test]
fn sessions_from_before_a_revocation_are_revoked() {
    let redis = RedisServer::start();
    let app = app_with_redis(&redis);
    let now = Utc::now().timestamp_millis();
    for prefix in ["", "better-auth:"] {
        redis.run(&["FLUSHALL"]);
        redis.set(&format!("{prefix}{TOKEN}"), alice());
        for (revoked_before, is_accepted) in [(now + 60_000, false), (now - 60_000, true)] {
            redis.set(&format!("{prefix}revoked-sessions-before-alice"), revoked_before);
            if is_accepted { drop(list(&app).expect(200)) } else { expect_rejected(&list(&app), "is not valid") }
        }
        redis.set(&format!("{prefix}revoked-sessions-before-bob"), now + 60_000);
        list(&app).expect(200);
        redis.set(&format!("{prefix}revoked-sessions-before-alice"), "soon");
        expect_outage(&list(&app));
    }
}

#[test]
fn a_configured_prefix_replaces_the_defaults() {
    let redis = RedisServer::start();
    let url = redis.url();
    let settings = [("SESSION_SOURCE", "redis"), ("REDIS_URL", &*url), ("REDIS_KEY_PREFIX", "shop:auth:")];
    let app = App::start_with(Database::Sqlite, &settings);
    redis.set(TOKEN, alice());
    redis.set(&format!("better-auth:{TOKEN}"), alice());
    expect_rejected(&list(&app), "is not valid");
    redis.set(&format!("shop:auth:{TOKEN}"), alice());
    list(&app).expect(200);
}

/// Better Auth's other signed cookies are no session, even if Redis has a record under their value.
#[test]
fn other_signed_cookies_are_rejected() {
    let redis = RedisServer::start();
    let app = app_with_redis(&redis);
    redis.set("2fa-YPkmt9iICkS4s8Kqto60", json!({ "value": "alice", "expiresAt": "2999-01-01T00:00:00.000Z" }));
    for value in ["true", "alice", "a b", &format!("{TOKEN}:"), "a\0b"] {
        let answer = app.request("GET", "/api/alice/tasks").header("Cookie", &cookie_header(value)).send();
        expect_rejected(&answer, "is not valid");
    }
    let two_factor_cookie = cookie_header("2fa-YPkmt9iICkS4s8Kqto60");
    expect_outage(&app.request("GET", "/api/alice/tasks").header("Cookie", &two_factor_cookie).send());
}

fn an_unreachable_redis_is_an_outage(database: Database) {
    let mut redis = RedisServer::start();
    let app = App::start_with(database, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &redis.url())]);
    redis.set(TOKEN, alice());
    list(&app).expect(200);
    assert_eq!(app.wait_for_readiness(200).json()["sessions"], "ok");
    for _ in 0..2 {
        redis.stop();
        for _ in 0..3 {
            expect_outage(&list(&app));
        }
        expect_outage(&app.wait_for_readiness(503));
        // Requests without a session look-up are unaffected.
        app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
        expect_rejected(
            &app.request("GET", "/api/tasks").header("Cookie", "better-auth.session_token=x").send(),
            "is not valid",
        );
        redis.resume();
        redis.set(TOKEN, alice());
        list(&app).expect(200);
        app.wait_for_readiness(200);
    }
}

#[test]
fn a_redis_that_hangs_is_an_outage() {
    let redis = RedisServer::start();
    let app = app_with_redis(&redis);
    redis.set(TOKEN, alice());
    list(&app).expect(200);
    // The pause is longer than the timeout of the service.
    redis.run(&["CLIENT", "PAUSE", "4000", "ALL"]);
    expect_outage(&list(&app));
    let deadline = Instant::now() + Duration::from_secs(30);
    while list(&app).status != 200 {
        assert!(Instant::now() < deadline, "timeout waiting for the recovery");
    }
}

#[test]
fn the_password_in_the_url_is_used() {
    let redis = RedisServer::start_with(&["--requirepass", "p@ss"]);
    let url = redis.url();
    for (url, has_password) in [(url.clone(), false), (url.replace("//", "//:p%40ss@"), true)] {
        let app = App::start_with(Database::Sqlite, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &url)]);
        if has_password { expect_rejected(&list(&app), "is not valid") } else { expect_outage(&list(&app)) }
    }
}
