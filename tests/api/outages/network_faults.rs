//! What goes wrong between the service and PostgreSQL: told as 503 within a bound, never taken for anything else, and over as soon as it
//! is over. SQLite has no such way; what can go wrong with its file is in `outages` and `busy`.

use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use serde_json::{Value, json};

use crate::outages::process_kills::started;
use crate::outages::unavailable::{assert_unavailable, send_all};
use crate::support::{Answer, App, Cluster, Database, Fault, Proxy, Request, Way, cookie_header};
use crate::{on_own_postgres, on_postgres};

on_postgres!(
    a_way_on_which_nothing_comes_through,
    a_way_on_which_connections_are_reset,
    a_way_that_is_slow,
    a_write_that_is_cut_anywhere_is_repeated_to_exactly_one,
    a_plain_write_that_is_cut_is_there_once_or_not_at_all,
);

on_own_postgres!(a_server_that_restarts_or_turns_connections_away);

/// A timeout of the service where the test waits for it; the service's own margin is added to it.
const SHORT: &str = "500ms";
/// A timeout of the service where a slow machine must not reach it.
const LONG: &str = "20s";
/// Ends a test that hangs after a fault has gone; no statement on the time that it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service that reaches its database through a proxy, and its user's session.
struct Behind {
    app: App,
    proxy: Proxy,
    session: String,
}

impl Behind {
    /// `timeout` is what the service allows a statement, and the wait for a connection.
    fn start(pool_size: &str, timeout: &str) -> Self {
        let settings = [("POOL_SIZE", pool_size), ("STATEMENT_TIMEOUT", timeout), ("POOL_WAIT", timeout)];
        let direct = App::start_with(Database::Postgres, &settings);
        let session = direct.sign_in("alice");
        let proxy = Proxy::before(&direct.url);
        let mut config = direct.config.clone();
        config.database.url = proxy.url.parse().unwrap();
        let app = App::serve(config, direct.url.clone(), tempfile::tempdir().unwrap());
        app.request("GET", "/readyz").send().expect(200);
        Self { app, proxy, session }
    }

    /// Calls that need the database: reads, writes, and one whose credential is a session.
    fn calls(&self) -> Vec<Request> {
        let app = &self.app;
        let task = json!({ "title": "never acknowledged" });
        let by_cookie = app.request("GET", "/api/tasks").header("Cookie", &cookie_header(&self.session));
        vec![
            app.by("alice", "GET", "/api/alice/tasks"),
            app.by("alice", "GET", "/api/tasks/1"),
            app.by("alice", "POST", "/api/tasks").json(&task),
            app.by("alice", "POST", "/api/tasks").header("Idempotency-Key", "during").json(&task),
            app.by("alice", "PATCH", "/api/tasks/1/complete"),
            app.by("alice", "DELETE", "/api/tasks/1"),
            by_cookie,
        ]
    }

    /// All of them are told 503; the client waits for an answer until its own timeout.
    fn assert_out(&self) {
        for answer in send_all(self.calls()) {
            assert_unavailable(&answer);
        }
        assert_unavailable(&self.app.wait_for_readiness(503));
        self.app.request("GET", "/livez").send().expect(200);
    }

    /// Everything is served again without a restart.
    fn assert_back(&self, why: &str) {
        let began = Instant::now();
        let good = |answer: &Answer| answer.status < 500;
        while !send_all(self.calls()).iter().all(good) {
            assert!(began.elapsed() < PATIENCE, "{why}");
        }
        self.app.wait_for_readiness(200);
    }
}

fn a_way_on_which_nothing_comes_through() {
    out_and_back(Fault::BlackHole);
}

fn a_way_on_which_connections_are_reset() {
    out_and_back(Fault::Reset);
}

fn out_and_back(fault: Fault) {
    let behind = Behind::start("4", SHORT);
    behind.app.create("alice", &json!({ "title": "before" }));
    for round in 0..2 {
        behind.proxy.set(fault);
        behind.assert_out();
        behind.assert_out();
        behind.proxy.set(Fault::None);
        behind.assert_back(&format!("{fault:?} {round}"));
    }
    let created = behind.app.create("alice", &json!({ "title": "after" }));
    let path = format!("/api/tasks/{}", created["id"]);
    assert_eq!(behind.app.by("alice", "GET", &path).send().expect(200), created);
}

/// Slow is not away: the right answer comes, only later.
fn a_way_that_is_slow() {
    // one connection, which is open: to open one over such a way takes longer than a request waits for it
    let behind = Behind::start("1", LONG);
    behind.proxy.set(Fault::Latency(Duration::from_millis(25)));
    let task = behind.app.create("alice", &json!({ "title": "slowly" }));
    behind.app.request("GET", "/readyz").send().expect(200);
    assert_eq!(behind.app.by("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
    // a timer of the database's does not see the way, so that this is no reason to give up
    behind.proxy.set(Fault::Latency(Duration::from_millis(200)));
    behind.app.by("alice", "GET", "/api/tasks").send().expect(200);
}

/// The same create, sent again until it is acknowledged, after its connection was cut at every place where it can be.
fn a_write_that_is_cut_anywhere_is_repeated_to_exactly_one() {
    let behind = Behind::start("1", LONG);
    let post = |name: &str| {
        let body = json!({ "title": name });
        behind.app.by("alice", "POST", "/api/tasks").header("Idempotency-Key", name).json(&body).send()
    };
    let mut expected = Vec::new();
    for way in [Way::There, Way::Back] {
        // one to prepare the statements, one to be measured
        post(&format!("first-{way:?}")).expect(201);
        let before = behind.proxy.passed(way);
        post(&format!("second-{way:?}")).expect(201);
        let whole = behind.proxy.passed(way) - before;
        assert!(whole > 100, "{way:?}: {whole}");
        expected.extend([format!("first-{way:?}"), format!("second-{way:?}")]);
        let mut unsure = 0;
        // the last byte of all is that of the commit, or of its acknowledgement
        for bytes in (0..whole - 1).step_by(whole / 40).chain([whole - 1]) {
            // as long as the one that was measured
            let name = format!("{way:?}-{bytes:06}");
            behind.proxy.cut_after(way, bytes);
            let cut = post(&name);
            assert!(!behind.proxy.forget_cut(), "{name}: the connection was cut");
            assert_unavailable(&cut);
            let repeated = post(&name);
            repeated.expect(201);
            unsure += usize::from(repeated.header("idempotent-replayed").is_some());
            expected.push(name);
        }
        // the commit's acknowledgement was among what was lost, or was not
        assert_eq!(unsure > 0, way == Way::Back, "{way:?}: {unsure} were there already");
    }
    let list = behind.app.by("alice", "GET", "/api/tasks?sort=created_at&order=asc").send().expect(200);
    let titles: Vec<&str> = list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect();
    assert_eq!(titles, expected, "each is there, once");
}

/// Without a key: what was acknowledged is there, what was not may be, and nothing is there twice.
fn a_plain_write_that_is_cut_is_there_once_or_not_at_all() {
    let behind = Behind::start("1", LONG);
    let app = &behind.app;
    let id = app.create("alice", &json!({ "title": "v1" }))["id"].clone();
    let path = format!("/api/tasks/{id}");
    let rename = |title: &str| app.by("alice", "PATCH", &path).json(&json!({ "title": title })).send();
    rename("v2").expect(200);
    let before = [Way::There, Way::Back].map(|way| behind.proxy.passed(way));
    let mut known = rename("v3").expect(200);
    for (way, before) in [Way::There, Way::Back].into_iter().zip(before) {
        let whole = behind.proxy.passed(way) - before;
        for bytes in (0..whole).step_by((whole / 10).max(1)) {
            behind.proxy.cut_after(way, bytes);
            let title = format!("{way:?} {bytes}");
            let cut = rename(&title);
            // the answer may be whole before the cut comes to pass
            behind.proxy.forget_cut();
            let now = app.by("alice", "GET", &path).send().expect(200);
            if cut.status == 200 {
                assert_eq!(now, cut.json());
            } else {
                assert_unavailable(&cut);
                let written =
                    now["title"] == title.as_str() && now["version"] == known["version"].as_i64().unwrap() + 1;
                assert!(written || now == known, "{title}: {now} after {known}");
            }
            known = now;
        }
    }
}

/// The server stopped at once, its connections ended by an administrator, its connections all in use.
fn a_server_that_restarts_or_turns_connections_away() {
    let mut cluster = Cluster::durable();
    let app = on(&cluster);
    let task = app.create("alice", &json!({ "title": "kept" }));
    for _ in 0..2 {
        let before = started(&cluster.url);
        cluster.signal("QUIT");
        // the signal has come to pass when another server answers
        while started(&cluster.url).is_none_or(|now| Some(now) == before) {
            std::thread::yield_now();
        }
        served_again(&app, &task);
    }
    let mut admin = cluster.admin();
    let mut ask = |sql: &str| diesel::sql_query(sql).execute(&mut admin).unwrap();
    for _ in 0..2 {
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'task-api'");
        served_again(&app, &task);
    }
    ask("ALTER ROLE task_api CONNECTION LIMIT 0");
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'task-api'");
    // the first may find that its connection has gone, the second finds no other
    for _ in 0..2 {
        assert_unavailable(&app.by("alice", "GET", "/api/tasks").send());
    }
    assert_unavailable(&app.wait_for_readiness(503));
    ask("ALTER ROLE task_api CONNECTION LIMIT -1");
    served_again(&app, &task);
}

/// A service on this cluster's database, by way of nothing.
fn on(cluster: &Cluster) -> App {
    let config = crate::support::config(&cluster.url, &[("STATEMENT_TIMEOUT", LONG)]);
    task_api::db::Migrator::connect(&config.database).unwrap().run().unwrap();
    App::serve(config, cluster.url.clone(), tempfile::tempdir().unwrap())
}

/// Until the service is as before: 503 and nothing else, and in the end what was there. Each of its connections may have gone.
fn served_again(app: &App, task: &Value) {
    let began = Instant::now();
    loop {
        let (answer, ready) = (
            app.by("alice", "GET", &format!("/api/tasks/{}", task["id"])).send(),
            app.request("GET", "/readyz").send(),
        );
        if (answer.status, ready.status) == (200, 200) {
            return assert_eq!(answer.json(), *task);
        }
        [answer, ready].iter().filter(|answer| answer.status != 200).for_each(assert_unavailable);
        assert!(began.elapsed() < PATIENCE);
    }
}
