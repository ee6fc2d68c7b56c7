//! What Prometheus reads: only who may, in its own format, and early enough.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::on_both;
use crate::outages::busy_database::Held;
use crate::outages::unavailable::assert_unavailable;
use crate::support::{App, Database, NO_KEYS, Request, jwt};
use crate::support::{Service, production, task_api};

on_both!(
    nobody_reads_them_by_default,
    they_are_behind_their_token,
    requests_are_counted_by_route_method_and_status,
    credentials_are_counted_by_what_they_came_to,
    a_pool_is_seen_to_run_dry_before_anybody_is_turned_away,
    a_session_that_cannot_be_looked_up_is_counted,
    they_have_an_address_of_their_own,
    dashboards_and_alerts_look_for_what_is_there,
);

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const READABLE: (&str, &str) = ("METRICS_TOKEN", TOKEN);

/// One scrape: each sample by its name and labels, as they are written.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    fn of(app: &App) -> Self {
        Self::by(app.request("GET", "/metrics").bearer(TOKEN))
    }

    #[track_caller]
    fn by(request: Request) -> Self {
        let answer = request.send();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        Self(parse(std::str::from_utf8(&answer.body).unwrap()))
    }

    /// The sample of this name and these labels; what was never counted is 0.
    fn get(&self, sample: &str) -> f64 {
        self.0.get(sample).copied().unwrap_or(0.0)
    }

    /// The sum of all samples that have this name and these labels among theirs.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &str| labels.iter().all(|(label, value)| sample.contains(&format!("{label}=\"{value}\"")));
        let named = self.0.iter().filter(|(sample, _)| sample.split('{').next() == Some(name) && has(sample));
        named.map(|(_, value)| value).sum()
    }
}

/// Reads OpenMetrics 1.0 text, and is strict about it.
#[track_caller]
fn parse(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with EOF");
    let mut families: HashSet<&str> = HashSet::new();
    let (mut family, mut kind, mut samples) = ("", "", BTreeMap::new());
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let [keyword, name, value] = rest.splitn(3, ' ').collect::<Vec<_>>().try_into().expect("three words");
            match keyword {
                "HELP" => {
                    assert!(families.insert(name) && !value.is_empty(), "{line}");
                    family = name;
                }
                "TYPE" => {
                    assert!(name == family && ["counter", "gauge", "histogram"].contains(&value), "{line}");
                    kind = value;
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect("a sample and its value");
        let name = sample.split('{').next().unwrap();
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(suffixes.iter().any(|suffix| name == format!("{family}{suffix}")), "{line} in {family}");
        assert!(sample == name || is_label_set(&sample[name.len()..]), "{line}");
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(samples.insert(sample.to_owned(), value).is_none(), "twice: {line}");
    }
    assert_buckets_add_up(&samples);
    samples
}

/// `{name="value",…}`; the service's own labels hold nothing that would have to be escaped.
fn is_label_set(text: &str) -> bool {
    let Some(pairs) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else { return false };
    let is_pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or_default();
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_name && quoted.is_some_and(|value| !value.contains(['"', '\\', '\n']))
    };
    // no value has a comma
    pairs.split(',').all(is_pair)
}

fn assert_buckets_add_up(samples: &BTreeMap<String, f64>) {
    let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (sample, value) in samples {
        if let Some((name, labels)) = sample.split_once("_bucket{") {
            let (bound, rest) = labels.split_once("le=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a bound");
            let labels = labels.replace(&format!("le=\"{bound}\""), "");
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
            assert!(rest.ends_with('}'));
            series.entry(format!("{name}{labels}")).or_default().push((bound, *value));
        }
    }
    for (name, mut buckets) in series {
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        assert!(buckets.is_sorted_by(|one, other| one.1 <= other.1), "{name}: {buckets:?}");
        assert_eq!(buckets.last().map(|bucket| bucket.0), Some(f64::INFINITY), "{name}");
    }
}

fn nobody_reads_them_by_default(database: Database) {
    let app = App::start(database);
    for method in ["GET", "POST"] {
        app.by("alice", method, "/metrics").send().expect(404);
        app.request(method, "/metrics").bearer("").send().expect(404);
    }
}

fn they_are_behind_their_token(database: Database) {
    let app = App::start_with(database, &[READABLE, ("REFUSAL_LIMIT", "1/h burst 9")]);
    let longer = format!("{TOKEN}0");
    for wrong in ["", "0", &TOKEN[1..], &longer, &TOKEN.to_uppercase(), &jwt("alice")] {
        let answer = app.request("GET", "/metrics").bearer(wrong).send();
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
    assert_eq!(app.request("GET", "/api/tasks").bearer(TOKEN).send().status, 429, "it opens nothing else");
}

fn requests_are_counted_by_route_method_and_status(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    let task = app.create("alice", &json!({ "title": "x" }));
    for path in ["/api/tasks", "/api/alice/tasks", "/api/tasks/", "/api/alice/tasks?limit=1"] {
        app.by("alice", "GET", path).send().expect(200);
    }
    app.by("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200);
    for number in 0..50 {
        app.request("GET", &format!("/made-up-{number}")).send().expect(404);
        app.by("alice", "GET", &format!("/api/user-{number}/tasks")).send().expect(403);
        app.request(&format!("BREW{number}"), "/api/tasks").send().expect(401);
    }
    let scrape = Scrape::of(&app);
    let count = |route: &str, method: &str, status: &str| {
        scrape.sum("task_api_http_requests_total", &[("route", route), ("method", method), ("status", status)])
    };
    assert_eq!(count("/api/{user_id}/tasks", "GET", "200"), 4.0);
    assert_eq!(count("/api/{user_id}/tasks", "POST", "201"), 1.0);
    assert_eq!(count("/api/{user_id}/tasks", "GET", "403"), 50.0);
    assert_eq!(count("/api/{user_id}/tasks", "other", "401"), 50.0);
    assert_eq!(count("/api/{user_id}/tasks/{id}", "GET", "200"), 1.0);
    assert_eq!(count("unknown", "GET", "404"), 50.0);
    let text = format!("{:?}", scrape.0.keys());
    assert!(!text.contains("made-up") && !text.contains("user-1") && !text.contains("BREW"), "{text}");
    let labels = [("route", "/api/{user_id}/tasks"), ("method", "GET")];
    assert_eq!(scrape.sum("task_api_http_request_duration_seconds_count", &labels), 54.0);
    assert!(scrape.sum("task_api_http_request_duration_seconds_sum", &labels) > 0.0);
    assert_eq!(scrape.get("task_api_http_requests_in_flight"), 1.0, "the scrape itself");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(scrape.get(&format!("task_api_build_info{{version=\"{version}\"}}")), 1.0);
}

fn credentials_are_counted_by_what_they_came_to(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    for _ in 0..3 {
        app.by("alice", "GET", "/api/tasks").send().expect(200);
    }
    app.request("GET", "/api/tasks").bearer("nonsense").send().expect(401);
    app.by("alice", "GET", "/api/bob/tasks").send().expect(403);
    let scrape = Scrape::of(&app);
    let count = |kind: &str, outcome: &str, reason: &str| {
        scrape.sum("task_api_credentials_total", &[("kind", kind), ("outcome", outcome), ("reason", reason)])
    };
    assert_eq!((count("jwt", "accepted", ""), count("bearer_session", "refused", "malformed")), (4.0, 1.0));
}

/// What an alert needs: the pool's gauges rise while everybody is still being answered.
fn a_pool_is_seen_to_run_dry_before_anybody_is_turned_away(database: Database) {
    let app = App::start_with(database, &[READABLE, NO_KEYS, ("POOL_SIZE", "1"), ("POOL_WAIT", "3s")]);
    let name = if database == Database::Sqlite { "reading" } else { "all" };
    let of = |metric: &str| format!("task_api_database_{metric}{{connections=\"{name}\"}}");
    let turned_away = |scrape: &Scrape| scrape.sum("task_api_http_requests_total", &[("status", "503")]);
    // at its start the service looks where sessions are
    let deadline = Instant::now() + Duration::from_secs(20);
    while Scrape::of(&app).get(&of("connections_in_use")) > 0.0 {
        assert!(Instant::now() < deadline, "the connection is never free");
    }
    assert_eq!(Scrape::of(&app).get(&of("connections")), 1.0);

    let held = Held::reading(&app);
    let answers: Vec<_> = (0..3)
        .map(|_| {
            let request = app.by("alice", "GET", "/api/tasks?limit=20");
            std::thread::spawn(move || request.send())
        })
        .collect();
    let deadline = Instant::now() + Duration::from_secs(20);
    let dry = loop {
        let scrape = Scrape::of(&app);
        if scrape.get(&of("waiting_requests")) == 3.0 {
            break scrape;
        }
        assert!(Instant::now() < deadline, "nobody waits: {:?}", scrape.0);
    };
    assert_eq!(dry.get(&of("connections_in_use")), 1.0);
    assert_eq!(turned_away(&dry), 0.0, "it is seen before anybody is turned away");
    for answer in answers {
        assert_unavailable(&answer.join().unwrap());
    }
    let after = Scrape::of(&app);
    assert_eq!(turned_away(&after), 3.0);
    let errors = format!("task_api_database_errors_total{{connections=\"{name}\",error=\"unavailable\"}}");
    assert_eq!(after.get(&errors), 3.0);
    let slow = of("wait_seconds_bucket").replace('}', ",le=\"2.5\"}");
    let slow = |scrape: &Scrape| {
        let bucket = scrape.sum("task_api_database_wait_seconds_bucket", &[("connections", name), ("le", "2.5")]);
        assert!(bucket > 0.0, "{slow}");
        scrape.get(&of("wait_seconds_count")) - bucket
    };
    assert_eq!(slow(&after), 3.0, "who waited in vain is among those who waited");
    held.release();
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    let last = Scrape::of(&app);
    assert_eq!((last.get(&of("connections_in_use")), last.get(&of("waiting_requests"))), (0.0, 0.0));
}

fn a_session_that_cannot_be_looked_up_is_counted(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    let cookie = crate::support::cookie_header("6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX");
    app.request("GET", "/api/tasks").header("Cookie", &cookie).send().expect(503);
    assert_eq!(Scrape::of(&app).get("task_api_session_source_errors_total"), 1.0);
}

/// A dashboard or an alert that looks for what is not there stays silent for ever.
fn dashboards_and_alerts_look_for_what_is_there(database: Database) {
    let app = App::start_with(database, &[READABLE]);
    // a metric with labels appears once it was counted
    app.by("alice", "GET", "/api/tasks").send().expect(200);
    let text = String::from_utf8(app.request("GET", "/metrics").bearer(TOKEN).send().body).unwrap();
    let families: HashSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let dashboard = include_str!("../../deploy/grafana/task-api.json");
    serde_json::from_str::<serde_json::Value>(dashboard).expect("it is JSON");
    let mut found = HashSet::new();
    for text in [dashboard, include_str!("../../deploy/prometheus/alerts.yml")] {
        let is_of_names = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for name in text.split(|c| !is_of_names(c)).filter(|name| name.starts_with("task_api_")) {
            let suffix = ["_total", "_bucket", "_sum", "_count"].into_iter().find(|suffix| name.ends_with(suffix));
            let family = name.strip_suffix(suffix.unwrap_or("")).unwrap();
            assert!(families.contains(family), "{name}");
            found.insert(family);
        }
    }
    assert_eq!(found, families, "everything that is counted is looked at");
}

fn they_have_an_address_of_their_own(database: Database) {
    let (folder, url) = database.fresh();
    let serve = |token: &[(&str, &str)]| {
        let service = Service::start({
            let mut command = task_api(folder.path(), &production(&url));
            command.env("METRICS_ADDR", "127.0.0.1:0").envs(token.iter().copied());
            command
        });
        let line = service.line("metrics on http://");
        let address = line.split("http://").nth(1).and_then(|rest| rest.strip_suffix("/metrics")).unwrap().to_owned();
        (service, address.parse().unwrap())
    };
    let (service, address) = serve(&[]);
    service.request("GET", "/api/tasks").bearer(&jwt("alice")).send().expect(200);
    service.request("GET", "/metrics").send().expect(404);
    let scrape = Scrape::by(Request::new(address, "GET", "/metrics"));
    assert!(scrape.sum("task_api_http_requests_total", &[("status", "200")]) > 0.0);
    Request::new(address, "GET", "/api/tasks").bearer(&jwt("alice")).send().expect(404);
    assert_eq!(service.stop("-TERM").1, Some(0));

    let (service, address) = serve(&[READABLE]);
    Request::new(address, "GET", "/metrics").send().expect(401);
    Scrape::by(Request::new(address, "GET", "/metrics").bearer(TOKEN));
    service.request("GET", "/metrics").bearer(TOKEN).send().expect(404);
    assert_eq!(service.stop("-TERM").1, Some(0));
}
