//! Better Auth's cookie cache at the HTTP edge: when it saves the look-up of a session, and when it is the session.

use chrono::Utc;
use serde_json::json;
use task_api::auth::{Secret, signed_cookie_value};

use crate::on_both;
use crate::sessions::cookie_cache::{ALONE, ON, OTHER, TOKEN, in_an_hour, with_copy};
use crate::support::{App, BETTER_AUTH_URL, Database, SECRET, compact, cookie_header, inner, jwe};

on_both!(
    a_copy_saves_the_look_up,
    without_being_asked_to_the_service_looks_up,
    a_bad_copy_costs_a_look_up,
    a_ban_in_the_copy_counts,
    without_a_database_the_copy_is_the_session,
);

fn get(app: &App, path: &str, cookies: &str) -> u16 {
    let answer = app.request("GET", path).header("Cookie", cookies).send();
    if answer.status != 200 {
        answer.expect(answer.status);
    }
    answer.status
}

fn a_copy_saves_the_look_up(database: Database) {
    // nothing could be looked up: Better Auth's tables are not there
    let app = App::start_with(database, &[ON]);
    let cookies = with_copy(&compact(&inner("alice", TOKEN), in_an_hour(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/bob/tasks", &cookies), 403);
    assert_eq!(get(&app, "/api/alice/tasks", &cookie_header(TOKEN)), 503);
    // it is a cookie: a write needs a proof of origin
    let write = || app.request("POST", "/api/alice/tasks").header("Cookie", &cookies).json(&json!({ "title": "t" }));
    assert_eq!(write().send().expect(403)["error"]["code"], "origin_not_trusted");
    write().header("Origin", BETTER_AUTH_URL).send().expect(201);
}

fn without_being_asked_to_the_service_looks_up(database: Database) {
    let app = App::start(database);
    let cookies = with_copy(&compact(&inner("alice", TOKEN), in_an_hour(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 503);
    app.make_better_auth_tables();
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 401);
}

fn a_bad_copy_costs_a_look_up(database: Database) {
    let app = App::start_with(database, &[ON]);
    let token = app.sign_in("alice");
    let session = cookie_header(&token);
    let good = compact(&inner("alice", &token), in_an_hour(), SECRET);
    let bad = [
        "x".to_owned(),
        compact(&inner("bob", "another session"), in_an_hour(), SECRET),
        compact(&inner("bob", &token), Utc::now().timestamp_millis() - 1, SECRET),
        compact(&inner("bob", &token), in_an_hour(), OTHER),
    ];
    for copy in &bad {
        assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={copy}")), 200);
    }
    app.execute("DELETE FROM session");
    for copy in &bad {
        assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={copy}")), 401);
    }
    // what the cache is: a sign-out counts when the copy has run out
    assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={good}")), 200);
}

fn a_ban_in_the_copy_counts(database: Database) {
    let app = App::start_with(database, &[ON]);
    let token = app.sign_in("alice");
    let mut banned = inner("alice", &token);
    banned["user"]["banned"] = true.into();
    let copy = compact(&banned, in_an_hour(), SECRET);
    assert_eq!(get(&app, "/api/alice/tasks", &cookie_header(&token)), 200);
    assert_eq!(
        get(&app, "/api/alice/tasks", &format!("{}; better-auth.session_data={copy}", cookie_header(&token))),
        401
    );
}

fn without_a_database_the_copy_is_the_session(database: Database) {
    let app = App::start_with(database, &[ALONE]);
    let mut claims = inner("alice", TOKEN);
    claims["exp"] = (in_an_hour() / 1000).into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    let cookies = with_copy(&jwe(&header, claims.to_string(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/bob/tasks", &cookies), 403);
    assert_eq!(app.request("GET", "/readyz").send().expect(200)["sessions"], "ok");
    // neither the token alone nor the copy alone; and nothing is asked of a table, though there is one with a row
    assert_eq!(app.sign_in("tok"), "toktok00000000000000000000000000");
    assert_eq!(get(&app, "/api/tok/tasks", &cookie_header("toktok00000000000000000000000000")), 401);
    let (_, copy) = cookies.split_once("; ").unwrap();
    assert_eq!(get(&app, "/api/alice/tasks", copy), 401);
    let bearer = signed_cookie_value("toktok00000000000000000000000000", &Secret::new(SECRET));
    app.request("GET", "/api/tok/tasks").bearer(&bearer).send().expect(401);
    // an end is told apart from what is bad
    claims["exp"] = (Utc::now().timestamp() - 1).into();
    let ended = with_copy(&jwe(&header, claims.to_string(), SECRET));
    let answer = app.request("GET", "/api/alice/tasks").header("Cookie", &ended).send();
    answer.expect(401);
    assert!(answer.header("www-authenticate").unwrap().contains("has expired"), "{answer:?}");
    let write = app.request("POST", "/api/alice/tasks").header("Cookie", &cookies).json(&json!({ "title": "t" }));
    write.send().expect(403);
}
