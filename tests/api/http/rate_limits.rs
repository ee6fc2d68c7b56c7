//! How much one may ask for: each user for themselves, and refused credentials by the address that they come from.

use serde_json::json;

use crate::on_both;
use crate::support::{Answer, App, BETTER_AUTH_URL, Database, Request, config, cookie_header, eddsa, hs256, jwt};

on_both!(
    a_user_may_ask_so_often_and_no_more,
    each_user_is_limited_alone,
    a_bulk_counts_as_the_operations_that_it_carries,
    an_import_counts_as_the_tasks_that_it_brings,
    an_export_counts_as_its_pages,
    more_than_the_burst_needs_a_full_bucket_and_leaves_a_debt,
    a_request_over_the_limit_is_refused_before_its_session_is_looked_up,
    what_is_remembered_of_a_credential_opens_nothing,
    a_refused_session_is_looked_up_once_for_an_address_over_its_limit,
    the_body_of_a_request_over_the_limit_is_not_read,
    a_limit_can_be_turned_off,
    guessing_is_slowed_and_good_credentials_are_not,
    an_expired_credential_is_no_guess,
    a_key_that_cannot_be_looked_up_counts_as_a_refusal,
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
    let is_of_operations = field == "ratelimit-policy" && item == "user";
    assert_eq!(parts.next(), is_of_operations.then_some("qu=\"operations\""), "{value}");
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
    let from_page = app.by("alice", "GET", "/api/tasks").header("Origin", BETTER_AUTH_URL).send();
    assert_too_many(&from_page, "user");
    assert_eq!(from_page.header("access-control-allow-origin"), Some(BETTER_AUTH_URL));
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

/// A bulk of so many creates.
fn bulk(app: &App, operations: usize) -> Answer {
    let create = json!({ "op": "create", "title": "t" });
    app.by("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": vec![create; operations] })).send()
}

fn import(app: &App, tasks: usize) -> Answer {
    app.by("alice", "POST", "/api/tasks/import").json(&json!(vec![json!({ "title": "t" }); tasks])).send()
}

/// The number of alice's tasks, by another instance on the same database that has no limit.
fn tasks_in(app: &App) -> usize {
    let other = App::serve(config(&app.url, &[]), app.url.clone(), tempfile::tempdir().expect("a folder"));
    other.by("alice", "GET", "/api/tasks").send().expect(200).as_array().expect("a list").len()
}

fn a_bulk_counts_as_the_operations_that_it_carries(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 10")]);
    for (operations, left) in [(4, 6), (1, 5), (0, 4)] {
        let answer = bulk(&app, operations);
        answer.expect(200);
        assert_eq!(parameters(&answer, "ratelimit", "user")[0], left, "{operations}");
    }
    // four are left: the request itself takes one, and its operations none
    let refused = bulk(&app, 5);
    assert_eq!(refused.expect(429)["error"]["code"], "too_many_requests");
    let retry_after: u64 = refused.header("retry-after").expect("it says when").parse().expect("seconds");
    let [left, reset] = parameters(&refused, "ratelimit", "user");
    assert_eq!((left, reset), (3, retry_after));
    assert!((7190..=7200).contains(&retry_after), "five need two more than there are: {retry_after}");
    assert_eq!(tasks_in(&app), 5, "and none of them was carried out");
    let answer = bulk(&app, 3);
    answer.expect(200);
    assert_eq!(parameters(&answer, "ratelimit", "user")[0], 0);
    assert_too_many(&bulk(&app, 1), "user");
    // what is wrong with it is told first, at the price of a request
    let app = App::start_with(database, &[THREE]);
    app.by("alice", "POST", "/api/tasks/bulk")
        .json(&json!({ "operations": [{ "op": "x" }, { "op": "y" }] }))
        .send()
        .wrong();
    let answer = app.by("alice", "GET", "/api/tasks").send();
    assert_eq!(parameters(&answer, "ratelimit", "user")[0], 1);
}

fn an_import_counts_as_the_tasks_that_it_brings(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 10")]);
    let answer = import(&app, 4);
    answer.expect(200);
    assert_eq!(parameters(&answer, "ratelimit", "user")[0], 6);
    import(&app, 7).expect(429);
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:a\r\nEND:VTODO\r\nBEGIN:VTODO\r\nSUMMARY:b\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let request = app.by("alice", "POST", "/api/tasks/import").header("Content-Type", "text/calendar");
    let answer = request.body(calendar.as_bytes()).send();
    answer.expect(200);
    assert_eq!(parameters(&answer, "ratelimit", "user")[0], 3);
    assert_eq!(tasks_in(&app), 6);
}

fn an_export_counts_as_its_pages(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 2000")]);
    import(&app, 1001).expect(200);
    let exported = app.by("alice", "GET", "/api/tasks/export").send();
    assert_eq!(parameters(&exported, "ratelimit", "user")[0], 998, "it has begun");
    assert_eq!(exported.chunked_json().as_array().map(Vec::len), Some(1001));
    let answer = app.by("alice", "GET", "/api/tasks?limit=1").send();
    assert_eq!(parameters(&answer, "ratelimit", "user")[0], 998 - 3);
}

fn more_than_the_burst_needs_a_full_bucket_and_leaves_a_debt(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "2/m burst 3")]);
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    let refused = bulk(&app, 5);
    refused.expect(429);
    let retry_after: u64 = refused.header("retry-after").expect("it says when").parse().expect("seconds");
    assert!((31..=60).contains(&retry_after), "the bucket is full again: {retry_after}");
    assert_eq!(tasks_in(&app), 0);

    for (operations, owed) in [(4, 30), (5, 60), (100, 60)] {
        let app = App::start_with(database, &[("RATE_LIMIT", "2/m burst 3")]);
        let answer = bulk(&app, operations);
        answer.expect(200);
        assert_eq!(tasks_in(&app), operations);
        let [left, reset] = parameters(&answer, "ratelimit", "user");
        assert_eq!((left, reset), (0, owed + 30), "the debt, and the first operation behind it: {operations}");
        for _ in 0..20 {
            let refused = bulk(&app, operations);
            assert_too_many(&refused, "user");
            assert!(parameters(&refused, "ratelimit", "user")[1] <= reset, "a refusal adds nothing to the debt");
        }
        app.by("bob", "GET", "/api/tasks").send().expect(200);
    }
}

/// Every character of a cookie's value as an escape, which decodes to the same value.
fn escaped(cookie: &str) -> String {
    let (name, value) = cookie.split_once('=').expect("a cookie");
    let value = percent_encoding::percent_decode_str(value).collect::<Vec<u8>>();
    format!("{name}={}", value.iter().map(|byte| format!("%{byte:02x}")).collect::<String>())
}

/// Takes the table of sessions away: from now on a look-up fails with 503.
fn remove_sessions(app: &App) {
    app.execute("drop table \"session\"");
}

fn a_request_over_the_limit_is_refused_before_its_session_is_looked_up(database: Database) {
    let app = App::start_with(database, &[THREE]);
    let [alice, bob] = ["alice", "bob"].map(|user| cookie_header(&app.sign_in(user)));
    let list = |cookie: &str| app.request("GET", "/api/tasks").header("Cookie", cookie).send();
    for cookie in [&alice, &alice, &alice, &bob] {
        list(cookie).expect(200);
    }
    remove_sessions(&app);
    let bearer = alice.split_once('=').expect("a cookie").1;
    assert_too_many(&list(&alice), "user");
    assert_too_many(&list(&escaped(&alice)), "user");
    assert_too_many(&list(&format!("other=1; {alice}")), "user");
    assert_too_many(&app.request("PUT", "/api/bob/tasks/1").bearer(bearer).send(), "user");
    // these have to be looked up: nothing is known of one, and the other's user has something left
    list(&cookie_header("unknownunknownunknownunknown1234")).expect(503);
    list(&bob).expect(503);
    list(&format!("{alice}x")).expect(401);
}

fn what_is_remembered_of_a_credential_opens_nothing(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 4")]);
    let cookie = cookie_header(&app.sign_in("alice"));
    let list = || app.request("GET", "/api/tasks").header("Cookie", &cookie).send();
    list().expect(200);
    list().expect(200);
    app.execute("delete from \"session\"");
    list().expect(401);
    // by a JWT the user uses up what is left; the answer to the cookie tells nothing but that
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    assert_too_many(&list(), "user");
}

fn a_refused_session_is_looked_up_once_for_an_address_over_its_limit(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS]);
    let good = cookie_header(&app.sign_in("alice"));
    let [unknown, unseen] = ["unknownunknownunknownunknown1234", "unseenunseenunseenunseenunseen12"].map(cookie_header);
    let list = |cookie: &str| app.request("GET", "/api/tasks").header("Cookie", cookie).send();
    list(&unknown).expect(401);
    list(&unknown).expect(401);
    assert_too_many(&list(&unknown), "refusals");
    list(&good).expect(200);
    list(&cookie_header(&app.sign_in("bob"))).expect(200);
    remove_sessions(&app);
    assert_too_many(&list(&unknown), "refusals");
    assert_too_many(&list(&escaped(&unknown)), "refusals");
    list(&unseen).expect(503);
    list(&good).expect(503);
}

fn the_body_of_a_request_over_the_limit_is_not_read(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 1")]);
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    for length in ["Content-Length: 8000000", "Transfer-Encoding: chunked"] {
        // the body never comes
        let head = format!(
            "POST /api/tasks/import HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{length}\r\n\r\n",
            jwt("alice")
        );
        let answer = app.exchange(head.as_bytes());
        assert_too_many(&answer, "user");
        assert_eq!(answer.header("connection"), Some("close"), "{length}");
    }
}

fn a_limit_can_be_turned_off(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "off"), ("REFUSAL_LIMIT", "off")]);
    let answer = app.by("alice", "GET", "/api/tasks").send();
    answer.expect(200);
    assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), (None, None));
    let default = config("sqlite:unused.db", &[("RATE_LIMIT", ""), ("REFUSAL_LIMIT", "")]);
    assert_eq!(default.requests.rate_limit, Some("100/s burst 200".parse().unwrap()));
    assert_eq!(default.requests.failed_auth_limit, Some("10/s burst 100".parse().unwrap()));
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

fn a_key_that_cannot_be_looked_up_counts_as_a_refusal(database: Database) {
    let app = App::start_with(database, &[TWO_REFUSALS, ("JWKS_FILE", "/nonexistent/jwks.json")]);
    let unknown =
        |number: usize| eddsa(&format!("unknown {number}"), &json!({ "sub": "alice", "exp": 9_999_999_999_u64 }));
    // they wait for the same attempt to fetch
    let mut answers = std::thread::scope(|scope| {
        let ask = |number| app.request("GET", "/api/tasks").bearer(&unknown(number)).send();
        let asking: Vec<_> = (0..5).map(|number| scope.spawn(move || ask(number))).collect();
        asking.into_iter().map(|thread| thread.join().expect("it was answered")).collect::<Vec<_>>()
    });
    answers.sort_by_key(|answer| std::cmp::Reverse(answer.status));
    let (away, refused) = answers.split_at(2);
    for answer in away {
        answer.expect(503);
        assert!(answer.header("retry-after").is_some() && answer.header("www-authenticate").is_none(), "{answer:?}");
    }
    refused.iter().for_each(|answer| assert_too_many(answer, "refusals"));
    // other bad credentials are counted together with these, and a good one is served
    assert_too_many(&guess(&app).send(), "refusals");
    app.by("alice", "GET", "/api/tasks").send().expect(200);
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
