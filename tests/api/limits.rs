//! How much one may ask for: each user for themselves, and refused credentials by the address that they come from.

use serde_json::json;

use crate::on_both;
use crate::support::{Answer, App, Database, Request, config, cookie_header, hs256, jwt};

on_both!(
    a_user_may_ask_so_often_and_no_more,
    each_user_is_limited_alone,
    a_limit_can_be_turned_off,
    guessing_is_slowed_and_good_credentials_are_not,
    an_expired_credential_is_no_guess,
    a_proxy_is_believed_only_where_trusted,
    probes_are_not_limited,
);

/// A rate at which nothing is granted again while a test lasts.
const THREE: (&str, &str) = ("RATE_LIMIT", "1/h burst 3");
const TWO_REFUSALS: (&str, &str) = ("REFUSAL_LIMIT", "1/h burst 2");

/// The parameters `r` and `t`, or `q` and `w`, of the one item of a RateLimit field.
#[track_caller]
fn parameters(answer: &Answer, field: &str, item: &str) -> [u64; 2] {
    let value = answer.header(field).unwrap_or_else(|| panic!("no {field}: {answer:?}"));
    let mut parts = value.split(';');
    assert_eq!(parts.next(), Some(format!("\"{item}\"").as_str()), "{value}");
    let names = if field == "ratelimit" { ["r", "t"] } else { ["q", "w"] };
    let numbers = names.map(|name| {
        let parameter = parts.next().and_then(|part| part.strip_prefix(&format!("{name}="))?.parse().ok());
        parameter.unwrap_or_else(|| panic!("no {name} in {value}"))
    });
    assert_eq!(parts.next(), None, "{value}");
    numbers
}

#[track_caller]
fn assert_too_many(answer: &Answer, item: &str) {
    let problem = answer.expect(429);
    assert_eq!(
        (&problem["error"]["code"], &problem["title"]),
        (&json!("too_many_requests"), &json!("Too Many Requests"))
    );
    let retry_after: u64 = answer.header("retry-after").expect("it says when").parse().expect("seconds");
    let [left, reset] = parameters(answer, "ratelimit", item);
    assert!(left == 0 && reset > 0 && retry_after >= reset, "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None);
}

fn a_user_may_ask_so_often_and_no_more(database: Database) {
    let app = App::start_with(database, &[THREE]);
    let path = format!("/api/alice/tasks/{}", 4711);
    // whatever comes of it: a list, somebody else's path, nothing
    let requests = [(200, "GET", "/api/tasks"), (403, "GET", "/api/bob/tasks"), (404, "DELETE", path.as_str())];
    for (left, (status, method, path)) in [2, 1, 0].into_iter().zip(requests) {
        let answer = app.by("alice", method, path).send();
        answer.expect(status);
        assert_eq!(parameters(&answer, "ratelimit", "user")[0], left);
        assert_eq!(parameters(&answer, "ratelimit-policy", "user"), [3, 3 * 3600]);
    }
    for (method, path) in
        [("GET", "/api/tasks"), ("POST", "/api/alice/tasks"), ("GET", "/api/bob/tasks"), ("PUT", "/api/tasks")]
    {
        let answer = app.by("alice", method, path).json(&json!({ "title": "one too many" })).send();
        assert_too_many(&answer, "user");
        assert_eq!(parameters(&answer, "ratelimit-policy", "user"), [3, 3 * 3600]);
    }
    let from_page = app.by("alice", "GET", "/api/tasks").header("Origin", "http://localhost:3000").send();
    assert_too_many(&from_page, "user");
    assert_eq!(from_page.header("access-control-allow-origin"), Some("http://localhost:3000"));
    assert_eq!(app.by("bob", "GET", "/api/tasks").send().expect(200), json!([]), "and nothing was written");
}

fn each_user_is_limited_alone(database: Database) {
    let app = App::start_with(database, &[THREE]);
    let session = cookie_header(&app.sign_in("alice"));
    // whichever credential it is
    app.request("GET", "/api/tasks").header("Cookie", &session).send().expect(200);
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    app.request("GET", "/api/tasks").header("Cookie", &session).send().expect(200);
    assert_too_many(&app.by("alice", "GET", "/api/tasks").send(), "user");
    assert_too_many(&app.request("GET", "/api/tasks").header("Cookie", &session).send(), "user");
    for left in [2, 1, 0] {
        let answer = app.by("bob", "GET", "/api/tasks").send();
        answer.expect(200);
        assert_eq!(parameters(&answer, "ratelimit", "user")[0], left);
    }
}

fn a_limit_can_be_turned_off(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "off"), ("REFUSAL_LIMIT", "off")]);
    let answer = app.by("alice", "GET", "/api/tasks").send();
    answer.expect(200);
    assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), (None, None));
    let default = config("sqlite:unused.db", &[("RATE_LIMIT", ""), ("REFUSAL_LIMIT", "")]);
    assert_eq!(default.edge.rate_limit, Some("100/s burst 200".parse().unwrap()));
    assert_eq!(default.edge.refusal_limit, Some("10/s burst 100".parse().unwrap()));
}

fn guess(app: &App) -> Request {
    app.request("GET", "/api/tasks").bearer(&hs256(&json!({ "sub": "alice", "exp": 9_999_999_999_u64 }), "a guess"))
}

fn guessing_is_slowed_and_good_credentials_are_not(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS]);
    guess(&app).send().expect(401);
    app.request("GET", "/api/tasks").bearer("nonsense").send().expect(401);
    assert_too_many(&guess(&app).send(), "refusals");
    assert_too_many(
        &app.request("PUT", "/api/bob/tasks/1").header("Cookie", "better-auth.session_token=a.b").send(),
        "refusals",
    );
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    // who shows nothing guesses nothing
    app.request("GET", "/api/tasks").send().expect(401);
}

fn an_expired_credential_is_no_guess(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS]);
    let expired = hs256(&json!({ "sub": "alice", "exp": 1_600_000_000 }), crate::support::SECRET);
    for _ in 0..4 {
        let answer = app.request("GET", "/api/tasks").bearer(&expired).send();
        assert_eq!(answer.expect(401)["error"]["code"], "credential_expired");
    }
    guess(&app).send().expect(401);
}

fn a_proxy_is_believed_only_where_trusted(database: Database) {
    let from = |app: &App, client: &str| guess(app).header("X-Forwarded-For", client).send();
    let app = App::start_with(database, &[TWO_REFUSALS]);
    from(&app, "192.0.2.1").expect(401);
    from(&app, "192.0.2.2").expect(401);
    assert_too_many(&from(&app, "192.0.2.3"), "refusals");

    let app = App::start_with(database, &[TWO_REFUSALS, ("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.1")]);
    for _ in 0..2 {
        from(&app, "192.0.2.1").expect(401);
    }
    // what stands before the last stranger that a trusted proxy saw, that stranger made up
    for client in ["192.0.2.1", "203.0.113.5, 192.0.2.1", "203.0.113.6,192.0.2.1, 10.0.0.1"] {
        assert_too_many(&from(&app, client), "refusals");
    }
    from(&app, "192.0.2.2").expect(401);
    from(&app, "2001:db8::1").expect(401);
    from(&app, "[2001:db8::2]:4711").expect(401);
    assert_too_many(&from(&app, "2001:db8::3"), "refusals");
    from(&app, "2001:db8:0:1::3").expect(401);
}

fn probes_are_not_limited(database: Database) {
    let app = App::start_with(database, &[THREE, TWO_REFUSALS]);
    for _ in 0..5 {
        for path in ["/livez", "/readyz", "/healthz"] {
            let answer = app.request("GET", path).bearer(&jwt("alice")).send();
            answer.expect(200);
            assert_eq!(answer.header("ratelimit"), None);
        }
        app.request("GET", "/nothing").bearer("nonsense").send().expect(404);
    }
}
