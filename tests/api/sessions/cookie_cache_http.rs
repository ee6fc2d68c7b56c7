//! Tests Better Auth's cookie cache over HTTP: as a replacement of the session look-up and as the only session source.

use better_auth_guard::{Secret, signed_cookie_value};
use chrono::Utc;
use serde_json::json;

use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, CACHE_ON, COOKIE_ONLY, Database, OTHER_SECRET, SECRET, TOKEN, cached_session, compact,
    cookie_header, in_one_hour, jwe, with_cached_session,
};

on_both!(
    cookie_cache_replaces_the_lookup,
    the_cache_is_ignored_by_default,
    an_invalid_cached_session_causes_a_lookup,
    a_ban_in_the_cached_session_is_applied,
    with_source_cookie_the_cache_is_the_session,
);

fn get(app: &App, path: &str, cookies: &str) -> u16 {
    let answer = app.request("GET", path).header("Cookie", cookies).send();
    if answer.status != 200 {
        answer.expect(answer.status);
    }
    answer.status
}

fn cookie_cache_replaces_the_lookup(database: Database) {
    // A look-up would fail: Better Auth's tables are missing.
    let app = App::start_with(database, &[CACHE_ON]);
    let cookies = with_cached_session(&compact(&cached_session("alice", TOKEN), in_one_hour(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/bob/tasks", &cookies), 403);
    assert_eq!(get(&app, "/api/alice/tasks", &cookie_header(TOKEN)), 503);
    // A write with a cookie needs a trusted origin.
    let write = || app.request("POST", "/api/alice/tasks").header("Cookie", &cookies).json(&json!({ "title": "t" }));
    assert_eq!(write().send().expect(403)["error"]["code"], "origin_not_trusted");
    write().header("Origin", BETTER_AUTH_URL).send().expect(201);
}

fn the_cache_is_ignored_by_default(database: Database) {
    let app = App::start(database);
    let cookies = with_cached_session(&compact(&cached_session("alice", TOKEN), in_one_hour(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 503);
    app.make_better_auth_tables();
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 401);
}

fn an_invalid_cached_session_causes_a_lookup(database: Database) {
    let app = App::start_with(database, &[CACHE_ON]);
    let token = app.sign_in("alice");
    let session = cookie_header(&token);
    let valid = compact(&cached_session("alice", &token), in_one_hour(), SECRET);
    let invalid = [
        "x".to_owned(),
        compact(&cached_session("bob", "another session"), in_one_hour(), SECRET),
        compact(&cached_session("bob", &token), Utc::now().timestamp_millis() - 1, SECRET),
        compact(&cached_session("bob", &token), in_one_hour(), OTHER_SECRET),
    ];
    for cached in &invalid {
        assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={cached}")), 200);
    }
    app.execute("DELETE FROM session");
    for cached in &invalid {
        assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={cached}")), 401);
    }
    // After a sign-out the cached session stays valid until it expires.
    assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={valid}")), 200);
}

fn a_ban_in_the_cached_session_is_applied(database: Database) {
    let app = App::start_with(database, &[CACHE_ON]);
    let token = app.sign_in("alice");
    let mut banned = cached_session("alice", &token);
    banned["user"]["banned"] = true.into();
    let cached = compact(&banned, in_one_hour(), SECRET);
    assert_eq!(get(&app, "/api/alice/tasks", &cookie_header(&token)), 200);
    assert_eq!(
        get(&app, "/api/alice/tasks", &format!("{}; better-auth.session_data={cached}", cookie_header(&token))),
        401
    );
}

fn with_source_cookie_the_cache_is_the_session(database: Database) {
    let app = App::start_with(database, &[COOKIE_ONLY]);
    let mut claims = cached_session("alice", TOKEN);
    claims["exp"] = (in_one_hour() / 1000).into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    let cookies = with_cached_session(&jwe(&header, claims.to_string(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/bob/tasks", &cookies), 403);
    assert_eq!(app.request("GET", "/readyz").send().expect(200)["sessions"], "ok");
    // The token or the cached session alone is rejected. The service does not read the session table, which has a row.
    assert_eq!(app.sign_in("tok"), "toktok00000000000000000000000000");
    assert_eq!(get(&app, "/api/tok/tasks", &cookie_header("toktok00000000000000000000000000")), 401);
    let (_, cached) = cookies.split_once("; ").unwrap();
    assert_eq!(get(&app, "/api/alice/tasks", cached), 401);
    let bearer = signed_cookie_value("toktok00000000000000000000000000", &Secret::new(SECRET));
    app.request("GET", "/api/tok/tasks").bearer(&bearer).send().expect(401);
    // An expired session has its own error.
    claims["exp"] = (Utc::now().timestamp() - 1).into();
    let expired = with_cached_session(&jwe(&header, claims.to_string(), SECRET));
    let answer = app.request("GET", "/api/alice/tasks").header("Cookie", &expired).send();
    answer.expect(401);
    assert!(answer.header("www-authenticate").unwrap().contains("has expired"), "{answer:?}");
    let write = app.request("POST", "/api/alice/tasks").header("Cookie", &cookies).json(&json!({ "title": "t" }));
    write.send().expect(403);
}
