//! Metrics for Prometheus: access, format, and every counter.

mod counters;
mod families;
mod pool_metrics;
mod scrape;

use crate::on_both;
use crate::support::{App, Database, Request, Service, jwt, production, task_api};
use scrape::Scrape;

on_both!(metrics_are_off_by_default, metrics_require_their_token, metrics_can_have_a_separate_address);

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const READABLE: (&str, &str) = ("METRICS_TOKEN", TOKEN);

fn metrics_are_off_by_default(database: Database) {
    let app = App::start(database);
    for method in ["GET", "POST"] {
        app.request_as("alice", method, "/metrics").send().expect(404);
        app.request(method, "/metrics").bearer("").send().expect(404);
    }
}

fn metrics_require_their_token(database: Database) {
    let app = App::start_with(database, &[READABLE, ("REFUSAL_LIMIT", "1/h burst 9")]);
    let too_long = format!("{TOKEN}0");
    for token in ["", "0", &TOKEN[1..], &too_long, &TOKEN.to_uppercase(), &jwt("alice")] {
        let answer = app.request("GET", "/metrics").bearer(token).send();
        answer.expect(401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"metrics\""));
    }
    app.request("GET", "/metrics").send().expect(401);
    app.request("GET", "/metrics").header("Authorization", &format!("Basic {TOKEN}")).send().expect(401);
    app.request("GET", &format!("/metrics?token={TOKEN}")).send().expect(401);
    app.request("GET", "/metrics").send().expect(429);
    assert!(Scrape::of(&app).get("task_api_rate_limited_total{policy=\"refusals\"}") > 0.0);
    let answer = app.request("POST", "/metrics").bearer(TOKEN).send();
    answer.expect(405);
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    assert_eq!(app.request("GET", "/api/tasks").bearer(TOKEN).send().status, 429, "the token gives no access to tasks");
}

fn metrics_can_have_a_separate_address(database: Database) {
    let (folder, url) = database.empty();
    let serve = |token: &[(&str, &str)]| {
        let service = Service::start({
            let mut command = task_api(folder.path(), &production(&url));
            command.env("METRICS_ADDR", "127.0.0.1:0").envs(token.iter().copied());
            command
        });
        let line = service.wait_for_line("metrics on http://");
        let address = line.split("http://").nth(1).and_then(|rest| rest.strip_suffix("/metrics")).unwrap().to_owned();
        (service, address.parse().unwrap())
    };
    let (service, address) = serve(&[]);
    service.request("GET", "/api/tasks").bearer(&jwt("alice")).send().expect(200);
    service.request("GET", "/metrics").send().expect(404);
    let scrape = Scrape::of_response_to(Request::new(address, "GET", "/metrics"));
    assert!(scrape.sum("task_api_http_requests_total", &[("status", "200")]) > 0.0);
    Request::new(address, "GET", "/api/tasks").bearer(&jwt("alice")).send().expect(404);
    assert_eq!(service.stop("-TERM").1, Some(0));

    let (service, address) = serve(&[READABLE]);
    Request::new(address, "GET", "/metrics").send().expect(401);
    Scrape::of_response_to(Request::new(address, "GET", "/metrics").bearer(TOKEN));
    service.request("GET", "/metrics").bearer(TOKEN).send().expect(404);
    assert_eq!(service.stop("-TERM").1, Some(0));
}
