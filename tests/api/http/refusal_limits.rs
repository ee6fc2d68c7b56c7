//! `REFUSAL_LIMIT`: the rate limit of rejected credentials of each client address.

use serde_json::json;

use crate::http::rate_limits::{TWO_REFUSALS, assert_too_many, drop_session_table, percent_encoded_cookie};
use crate::on_both;
use crate::support::{App, Database, Request, SECRET, cookie_header, eddsa, hs256};

on_both!(
    over_the_refusal_limit_a_rejected_session_is_not_looked_up_again,
    invalid_credentials_are_limited_and_valid_ones_are_not,
    an_expired_credential_does_not_count_as_a_refusal,
    an_unavailable_key_counts_as_a_refusal,
    x_forwarded_for_is_used_only_from_trusted_proxies,
);

fn invalid_token_request(app: &App) -> Request {
    app.request("GET", "/api/tasks").bearer(&hs256(&json!({ "sub": "alice", "exp": 9_999_999_999_u64 }), "a guess"))
}

fn over_the_refusal_limit_a_rejected_session_is_not_looked_up_again(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS]);
    let valid = cookie_header(&app.sign_in("alice"));
    let [unknown, not_yet_seen] =
        ["unknownunknownunknownunknown1234", "unseenunseenunseenunseenunseen12"].map(cookie_header);
    let list = |cookie: &str| app.request("GET", "/api/tasks").header("Cookie", cookie).send();
    list(&unknown).expect(401);
    list(&unknown).expect(401);
    assert_too_many(&list(&unknown), "refusals");
    list(&valid).expect(200);
    list(&cookie_header(&app.sign_in("bob"))).expect(200);
    drop_session_table(&app);
    assert_too_many(&list(&unknown), "refusals");
    assert_too_many(&list(&percent_encoded_cookie(&unknown)), "refusals");
    list(&not_yet_seen).expect(503);
    list(&valid).expect(503);
}

fn invalid_credentials_are_limited_and_valid_ones_are_not(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS]);
    invalid_token_request(&app).send().expect(401);
    app.request("GET", "/api/tasks").bearer("nonsense").send().expect(401);
    assert_too_many(&invalid_token_request(&app).send(), "refusals");
    assert_too_many(
        &app.request("PUT", "/api/bob/tasks/1").header("Cookie", "better-auth.session_token=a.b").send(),
        "refusals",
    );
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    // a request without a credential does not count
    app.request("GET", "/api/tasks").send().expect(401);
}

fn an_expired_credential_does_not_count_as_a_refusal(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS]);
    let expired = hs256(&json!({ "sub": "alice", "exp": 1_600_000_000 }), SECRET);
    for _ in 0..4 {
        let response = app.request("GET", "/api/tasks").bearer(&expired).send();
        assert_eq!(response.expect(401)["error"]["code"], "credential_expired");
    }
    invalid_token_request(&app).send().expect(401);
}

fn an_unavailable_key_counts_as_a_refusal(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS, ("JWKS_FILE", "/nonexistent/jwks.json")]);
    let unknown =
        |number: usize| eddsa(&format!("unknown {number}"), &json!({ "sub": "alice", "exp": 9_999_999_999_u64 }));
    // all requests share one fetch of the key set
    let mut responses = std::thread::scope(|scope| {
        let send = |number| app.request("GET", "/api/tasks").bearer(&unknown(number)).send();
        let threads: Vec<_> = (0..5).map(|number| scope.spawn(move || send(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a response")).collect::<Vec<_>>()
    });
    responses.sort_by_key(|response| std::cmp::Reverse(response.status));
    let (unavailable, rejected) = responses.split_at(2);
    for response in unavailable {
        response.expect(503);
        assert!(
            response.header("retry-after").is_some() && response.header("www-authenticate").is_none(),
            "{response:?}"
        );
    }
    rejected.iter().for_each(|response| assert_too_many(response, "refusals"));
    // other invalid credentials share the same limit, and a valid one is accepted
    assert_too_many(&invalid_token_request(&app).send(), "refusals");
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
}

fn x_forwarded_for_is_used_only_from_trusted_proxies(database: Database) {
    let from = |app: &App, client: &str| invalid_token_request(app).header("X-Forwarded-For", client).send();
    let app = App::start_with(database, &[TWO_REFUSALS]);
    from(&app, "192.0.2.1").expect(401);
    from(&app, "192.0.2.2").expect(401);
    assert_too_many(&from(&app, "192.0.2.3"), "refusals");

    let app = App::start_with(database, &[TWO_REFUSALS, ("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.1")]);
    for _ in 0..2 {
        from(&app, "192.0.2.1").expect(401);
    }
    // entries before the last untrusted address may be forged by that client
    for client in ["192.0.2.1", "203.0.113.5, 192.0.2.1", "203.0.113.6,192.0.2.1, 10.0.0.1"] {
        assert_too_many(&from(&app, client), "refusals");
    }
    from(&app, "192.0.2.2").expect(401);
    from(&app, "2001:db8::1").expect(401);
    from(&app, "[2001:db8::2]:4711").expect(401);
    assert_too_many(&from(&app, "2001:db8::3"), "refusals");
    from(&app, "2001:db8:0:1::3").expect(401);
}
