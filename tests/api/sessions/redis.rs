//! Sessions in Better Auth's secondary storage: a real Redis, with records as Better Auth writes them.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use task_api::auth::{Secret, signed_cookie_value};

use crate::on_both;
use crate::support::{
    Answer, App, BETTER_AUTH_URL, Database, RedisServer, SECRET, cookie_header, expect_outage, expect_refused,
    session_json,
};

on_both!(a_record_opens_the_api_until_it_is_gone, a_redis_that_is_away_is_an_outage_and_no_refusal);

const TOKEN: &str = "wZUDmLAIDFpDkkb8srkCNWAJ1z5yNTEb";

/// The database plays no part in what these tests ask: they run on SQLite.
fn app_at(redis: &RedisServer) -> App {
    App::start_with(Database::Sqlite, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &redis.url())])
}

fn list(app: &App) -> Answer {
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie_header(TOKEN)).send()
}

fn alice() -> Value {
    session_json(TOKEN, "alice", Utc::now() + TimeDelta::hours(1))
}

fn a_record_opens_the_api_until_it_is_gone(database: Database) {
    for prefix in ["", "better-auth:"] {
        let redis = RedisServer::start();
        let app = App::start_with(database, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &redis.url())]);
        expect_refused(&list(&app), "is not valid");
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
        expect_refused(&list(&app), "is not valid");
    }
}

#[test]
fn a_record_is_judged_like_a_row() {
    let redis = RedisServer::start();
    let app = app_at(&redis);
    let ask = |change: &dyn Fn(&mut Value)| {
        let mut record = alice();
        change(&mut record);
        redis.set(TOKEN, record);
        list(&app)
    };
    let (past, future) = ("2001-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z");
    // a key without its time to live, as some adapters by hand write it
    expect_refused(&ask(&|record| record["session"]["expiresAt"] = past.into()), "has expired");
    for ban in [json!({}), json!({ "banExpires": null }), json!({ "banExpires": future })] {
        let answer = ask(&|record| {
            record["user"]["banned"] = true.into();
            record["user"]["banExpires"] = ban["banExpires"].clone();
        });
        expect_refused(&answer, "is not valid");
    }
    ask(&|record| record["user"]["banned"] = false.into()).expect(200);
    ask(&|record| {
        record["user"]["banned"] = true.into();
        record["user"]["banExpires"] = past.into();
    })
    .expect(200);
    expect_refused(&ask(&|record| record["user"] = Value::Null), "is not valid");
    // a serial id, had an adapter left it a number
    let numbered = ask(&|record| {
        record["session"]["userId"] = 7.into();
        record["user"]["id"] = "7".into();
    });
    numbered.expect(403);
}

#[test]
fn what_cannot_be_read_lets_nobody_in_and_signs_nobody_out() {
    let redis = RedisServer::start();
    let app = app_at(&redis);
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
    // a key of another type
    redis.run(&["DEL", TOKEN]);
    redis.run(&["RPUSH", TOKEN, "x"]);
    expect_refused(&list(&app), "is not valid");
    redis.set(TOKEN, alice());
    list(&app).expect(200);
}

/// Late in 1.7, revoking all sessions of a user leaves this behind, for a session that is written at the same time.
#[test]
fn sessions_from_before_a_revocation_are_revoked() {
    let redis = RedisServer::start();
    let app = app_at(&redis);
    let now = Utc::now().timestamp_millis();
    for prefix in ["", "better-auth:"] {
        redis.run(&["FLUSHALL"]);
        redis.set(&format!("{prefix}{TOKEN}"), alice());
        for (before, is_open) in [(now + 60_000, false), (now - 60_000, true)] {
            redis.set(&format!("{prefix}revoked-sessions-before-alice"), before);
            if is_open { drop(list(&app).expect(200)) } else { expect_refused(&list(&app), "is not valid") }
        }
        redis.set(&format!("{prefix}revoked-sessions-before-bob"), now + 60_000);
        list(&app).expect(200);
        redis.set(&format!("{prefix}revoked-sessions-before-alice"), "soon");
        expect_outage(&list(&app));
    }
}

#[test]
fn a_prefix_that_is_set_is_the_only_one() {
    let redis = RedisServer::start();
    let url = redis.url();
    let settings = [("SESSION_SOURCE", "redis"), ("REDIS_URL", &*url), ("REDIS_KEY_PREFIX", "shop:auth:")];
    let app = App::start_with(Database::Sqlite, &settings);
    redis.set(TOKEN, alice());
    redis.set(&format!("better-auth:{TOKEN}"), alice());
    expect_refused(&list(&app), "is not valid");
    redis.set(&format!("shop:auth:{TOKEN}"), alice());
    list(&app).expect(200);
}

/// Better Auth's other signed cookies name no session, whatever Redis holds under their values.
#[test]
fn other_signed_cookies_are_no_session() {
    let redis = RedisServer::start();
    let app = app_at(&redis);
    redis.set("2fa-YPkmt9iICkS4s8Kqto60", json!({ "value": "alice", "expiresAt": "2999-01-01T00:00:00.000Z" }));
    for value in ["true", "alice", "a b", &format!("{TOKEN}:"), "a\0b"] {
        let answer = app.request("GET", "/api/alice/tasks").header("Cookie", &cookie_header(value)).send();
        expect_refused(&answer, "is not valid");
    }
    let stray = cookie_header("2fa-YPkmt9iICkS4s8Kqto60");
    expect_outage(&app.request("GET", "/api/alice/tasks").header("Cookie", &stray).send());
}

fn a_redis_that_is_away_is_an_outage_and_no_refusal(database: Database) {
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
        // what needs no session goes on
        app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
        expect_refused(
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
    let app = app_at(&redis);
    redis.set(TOKEN, alice());
    list(&app).expect(200);
    // nothing is answered until the pause is over, longer than we wait
    redis.run(&["CLIENT", "PAUSE", "4000", "ALL"]);
    expect_outage(&list(&app));
    let deadline = Instant::now() + Duration::from_secs(30);
    while list(&app).status != 200 {
        assert!(Instant::now() < deadline, "it never came back");
    }
}

#[test]
fn a_redis_may_ask_for_a_password() {
    let redis = RedisServer::start_with(&["--requirepass", "p@ss"]);
    let wanted = redis.url();
    for (url, is_right) in [(wanted.clone(), false), (wanted.replace("//", "//:p%40ss@"), true)] {
        let app = App::start_with(Database::Sqlite, &[("SESSION_SOURCE", "redis"), ("REDIS_URL", &url)]);
        if is_right { expect_refused(&list(&app), "is not valid") } else { expect_outage(&list(&app)) }
    }
}
