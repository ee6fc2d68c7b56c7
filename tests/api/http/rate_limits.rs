//! `RATE_LIMIT`: the rate limit of each user.

use serde_json::json;

use crate::on_both;
use crate::support::{App, BETTER_AUTH_URL, Database, Response, config, cookie_header, jwt};

on_both!(
    requests_over_the_user_limit_are_429,
    each_user_has_a_separate_limit,
    a_bulk_request_counts_each_operation,
    an_import_counts_each_task,
    an_export_counts_each_page,
    a_request_larger_than_the_burst_needs_a_full_bucket_and_leaves_a_debt,
    a_request_over_the_limit_is_429_without_a_session_lookup,
    a_remembered_session_does_not_authenticate,
    the_body_of_a_request_over_the_limit_is_not_read,
    a_limit_can_be_turned_off,
    probes_are_not_limited,
);

/// A burst of three requests. The refill rate is too low to matter during a test.
const THREE_REQUESTS: (&str, &str) = ("RATE_LIMIT", "1/h burst 3");
pub const TWO_REFUSALS: (&str, &str) = ("REFUSAL_LIMIT", "1/h burst 2");

/// Returns the parameters `r` and `t` of `RateLimit`, or `q` and `w` of `RateLimit-Policy`, of its only item.
#[track_caller]
fn parameters(response: &Response, field: &str, item: &str) -> [u64; 2] {
    let value = response.header(field).unwrap_or_else(|| panic!("no {field}: {response:?}"));
    let mut parts = value.split(';');
    assert_eq!(parts.next(), Some(format!("\"{item}\"").as_str()), "{value}");
    let names = if field == "ratelimit" { ["r", "t"] } else { ["q", "w"] };
    let numbers = names.map(|name| {
        let parameter = parts.next().and_then(|part| part.strip_prefix(&format!("{name}="))?.parse().ok());
        parameter.unwrap_or_else(|| panic!("no {name} in {value}"))
    });
    let has_quota_unit = field == "ratelimit-policy" && item == "user";
    assert_eq!(parts.next(), has_quota_unit.then_some("qu=\"operations\""), "{value}");
    numbers
}

#[track_caller]
pub fn assert_too_many(response: &Response, item: &str) {
    let problem = response.expect(429);
    assert_eq!(
        (&problem["error"]["code"], &problem["title"]),
        (&json!("too_many_requests"), &json!("Too Many Requests"))
    );
    let retry_after: u64 = response.header("retry-after").expect("a Retry-After header").parse().expect("seconds");
    let [remaining, reset] = parameters(response, "ratelimit", item);
    assert!(remaining == 0 && reset > 0 && retry_after >= reset, "{response:?}");
    assert_eq!(response.header("www-authenticate"), None);
}

fn requests_over_the_user_limit_are_429(database: Database) {
    let app = App::start_with(database, &[THREE_REQUESTS]);
    let path = format!("/api/alice/tasks/{}", 4711);
    // every response counts: a list, a path of another user, a missing task
    let requests = [(200, "GET", "/api/tasks"), (403, "GET", "/api/bob/tasks"), (404, "DELETE", path.as_str())];
    for (remaining, (status, method, path)) in [2, 1, 0].into_iter().zip(requests) {
        let response = app.request_as("alice", method, path).send();
        response.expect(status);
        assert_eq!(parameters(&response, "ratelimit", "user")[0], remaining);
        assert_eq!(parameters(&response, "ratelimit-policy", "user"), [3, 3 * 3600]);
    }
    for (method, path) in
        [("GET", "/api/tasks"), ("POST", "/api/alice/tasks"), ("GET", "/api/bob/tasks"), ("PUT", "/api/tasks")]
    {
        let response = app.request_as("alice", method, path).json(&json!({ "title": "one too many" })).send();
        assert_too_many(&response, "user");
        assert_eq!(parameters(&response, "ratelimit-policy", "user"), [3, 3 * 3600]);
    }
    let cross_origin = app.request_as("alice", "GET", "/api/tasks").header("Origin", BETTER_AUTH_URL).send();
    assert_too_many(&cross_origin, "user");
    assert_eq!(cross_origin.header("access-control-allow-origin"), Some(BETTER_AUTH_URL));
    assert_eq!(app.request_as("bob", "GET", "/api/tasks").send().expect(200), json!([]), "no task was created");
}

fn each_user_has_a_separate_limit(database: Database) {
    let app = App::start_with(database, &[THREE_REQUESTS]);
    let session = cookie_header(&app.sign_in("alice"));
    // all credentials of a user share one limit
    app.request("GET", "/api/tasks").header("Cookie", &session).send().expect(200);
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    app.request("GET", "/api/tasks").header("Cookie", &session).send().expect(200);
    assert_too_many(&app.request_as("alice", "GET", "/api/tasks").send(), "user");
    assert_too_many(&app.request("GET", "/api/tasks").header("Cookie", &session).send(), "user");
    for remaining in [2, 1, 0] {
        let response = app.request_as("bob", "GET", "/api/tasks").send();
        response.expect(200);
        assert_eq!(parameters(&response, "ratelimit", "user")[0], remaining);
    }
}

/// Sends a bulk request with this number of creates.
fn bulk(app: &App, operations: usize) -> Response {
    let create = json!({ "op": "create", "title": "t" });
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": vec![create; operations] })).send()
}

fn import(app: &App, tasks: usize) -> Response {
    app.request_as("alice", "POST", "/api/tasks/import").json(&json!(vec![json!({ "title": "t" }); tasks])).send()
}

/// Returns the number of alice's tasks, from another instance on the same database without a limit.
fn count_tasks(app: &App) -> usize {
    let unlimited = App::serve(config(&app.url, &[]), app.url.clone(), tempfile::tempdir().expect("a folder"));
    unlimited.request_as("alice", "GET", "/api/tasks").send().expect(200).as_array().expect("a list").len()
}

fn a_bulk_request_counts_each_operation(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 10")]);
    for (operations, remaining) in [(4, 6), (1, 5), (0, 4)] {
        let response = bulk(&app, operations);
        response.expect(200);
        assert_eq!(parameters(&response, "ratelimit", "user")[0], remaining, "{operations}");
    }
    // four operations remain: the rejected request takes one, and its operations none
    let rejected = bulk(&app, 5);
    assert_eq!(rejected.expect(429)["error"]["code"], "too_many_requests");
    let retry_after: u64 = rejected.header("retry-after").expect("a Retry-After header").parse().expect("seconds");
    let [remaining, reset] = parameters(&rejected, "ratelimit", "user");
    assert_eq!((remaining, reset), (3, retry_after));
    assert!((7190..=7200).contains(&retry_after), "five operations need two more than remain: {retry_after}");
    assert_eq!(count_tasks(&app), 5, "no rejected operation was executed");
    let response = bulk(&app, 3);
    response.expect(200);
    assert_eq!(parameters(&response, "ratelimit", "user")[0], 0);
    assert_too_many(&bulk(&app, 1), "user");
    // a request with invalid operations takes one
    let app = App::start_with(database, &[THREE_REQUESTS]);
    app.request_as("alice", "POST", "/api/tasks/bulk")
        .json(&json!({ "operations": [{ "op": "x" }, { "op": "y" }] }))
        .send()
        .error_pointers();
    let response = app.request_as("alice", "GET", "/api/tasks").send();
    assert_eq!(parameters(&response, "ratelimit", "user")[0], 1);
}

fn an_import_counts_each_task(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 10")]);
    let response = import(&app, 4);
    response.expect(200);
    assert_eq!(parameters(&response, "ratelimit", "user")[0], 6);
    import(&app, 7).expect(429);
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:a\r\nEND:VTODO\r\nBEGIN:VTODO\r\nSUMMARY:b\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let request = app.request_as("alice", "POST", "/api/tasks/import").header("Content-Type", "text/calendar");
    let response = request.body(calendar.as_bytes()).send();
    response.expect(200);
    assert_eq!(parameters(&response, "ratelimit", "user")[0], 3);
    assert_eq!(count_tasks(&app), 6);
}

fn an_export_counts_each_page(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 2000")]);
    import(&app, 1001).expect(200);
    let exported = app.request_as("alice", "GET", "/api/tasks/export").send();
    assert_eq!(parameters(&exported, "ratelimit", "user")[0], 998, "the first page was counted");
    assert_eq!(exported.chunked_json().as_array().map(Vec::len), Some(1001));
    let response = app.request_as("alice", "GET", "/api/tasks?limit=1").send();
    assert_eq!(parameters(&response, "ratelimit", "user")[0], 998 - 3);
}

fn a_request_larger_than_the_burst_needs_a_full_bucket_and_leaves_a_debt(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "2/m burst 3")]);
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    let rejected = bulk(&app, 5);
    rejected.expect(429);
    let retry_after: u64 = rejected.header("retry-after").expect("a Retry-After header").parse().expect("seconds");
    assert!((31..=60).contains(&retry_after), "time until the bucket is full: {retry_after}");
    assert_eq!(count_tasks(&app), 0);

    for (operations, debt_seconds) in [(4, 30), (5, 60), (100, 60)] {
        let app = App::start_with(database, &[("RATE_LIMIT", "2/m burst 3")]);
        let response = bulk(&app, operations);
        response.expect(200);
        assert_eq!(count_tasks(&app), operations);
        let [remaining, reset] = parameters(&response, "ratelimit", "user");
        assert_eq!((remaining, reset), (0, debt_seconds + 30), "the debt and one more operation: {operations}");
        for _ in 0..20 {
            let rejected = bulk(&app, operations);
            assert_too_many(&rejected, "user");
            assert!(
                parameters(&rejected, "ratelimit", "user")[1] <= reset,
                "a rejected request does not increase the debt"
            );
        }
        app.request_as("bob", "GET", "/api/tasks").send().expect(200);
    }
}

/// Percent-encodes every character of a cookie's value.
pub fn percent_encoded_cookie(cookie: &str) -> String {
    let (name, value) = cookie.split_once('=').expect("a cookie");
    let value = percent_encoding::percent_decode_str(value).collect::<Vec<u8>>();
    format!("{name}={}", value.iter().map(|byte| format!("%{byte:02x}")).collect::<String>())
}

/// Drops the session table. Every later session look-up fails with 503.
pub fn drop_session_table(app: &App) {
    app.execute("drop table \"session\"");
}

fn a_request_over_the_limit_is_429_without_a_session_lookup(database: Database) {
    let app = App::start_with(database, &[THREE_REQUESTS]);
    let [alice, bob] = ["alice", "bob"].map(|user| cookie_header(&app.sign_in(user)));
    let list = |cookie: &str| app.request("GET", "/api/tasks").header("Cookie", cookie).send();
    for cookie in [&alice, &alice, &alice, &bob] {
        list(cookie).expect(200);
    }
    drop_session_table(&app);
    let bearer = alice.split_once('=').expect("a cookie").1;
    assert_too_many(&list(&alice), "user");
    assert_too_many(&list(&percent_encoded_cookie(&alice)), "user");
    assert_too_many(&list(&format!("other=1; {alice}")), "user");
    assert_too_many(&app.request("PUT", "/api/bob/tasks/1").bearer(bearer).send(), "user");
    // these sessions are looked up: one is unknown, and the user of the other is below the limit
    list(&cookie_header("unknownunknownunknownunknown1234")).expect(503);
    list(&bob).expect(503);
    list(&format!("{alice}x")).expect(401);
}

fn a_remembered_session_does_not_authenticate(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 4")]);
    let cookie = cookie_header(&app.sign_in("alice"));
    let list = || app.request("GET", "/api/tasks").header("Cookie", &cookie).send();
    list().expect(200);
    list().expect(200);
    app.execute("delete from \"session\"");
    list().expect(401);
    // the user spends the remaining requests with a JWT; the response to the cookie contains only the limit
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_too_many(&list(), "user");
}

fn the_body_of_a_request_over_the_limit_is_not_read(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "1/h burst 1")]);
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    for length in ["Content-Length: 8000000", "Transfer-Encoding: chunked"] {
        // the body is never sent
        let head = format!(
            "POST /api/tasks/import HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{length}\r\n\r\n",
            jwt("alice")
        );
        let response = app.exchange(head.as_bytes());
        assert_too_many(&response, "user");
        assert_eq!(response.header("connection"), Some("close"), "{length}");
    }
}

fn a_limit_can_be_turned_off(database: Database) {
    let app = App::start_with(database, &[("RATE_LIMIT", "off"), ("REFUSAL_LIMIT", "off")]);
    let response = app.request_as("alice", "GET", "/api/tasks").send();
    response.expect(200);
    assert_eq!((response.header("ratelimit"), response.header("ratelimit-policy")), (None, None));
    let defaults = config("sqlite:unused.db", &[("RATE_LIMIT", ""), ("REFUSAL_LIMIT", "")]);
    assert_eq!(defaults.requests.rate_limit, Some("100/s burst 200".parse().unwrap()));
    assert_eq!(defaults.requests.failed_auth_limit, Some("10/s burst 100".parse().unwrap()));
}

fn probes_are_not_limited(database: Database) {
    let app = App::start_with(database, &[THREE_REQUESTS, TWO_REFUSALS]);
    for _ in 0..5 {
        for path in ["/livez", "/readyz", "/healthz"] {
            let response = app.request("GET", path).bearer(&jwt("alice")).send();
            response.expect(200);
            assert_eq!(response.header("ratelimit"), None);
        }
        app.request("GET", "/nothing").bearer("nonsense").send().expect(404);
    }
}
