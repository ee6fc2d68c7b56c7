//! Network faults between the service and PostgreSQL: 503 within a time limit, and recovery without a restart.
//! `unavailable` and `busy_database` cover faults of SQLite's file.

use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use serde_json::{Value, json};

use crate::outages::process_kills::postmaster_start_time;
use crate::outages::unavailable::{assert_unavailable, send_all};
use crate::support::{
    App, Cluster, Database, Direction, Fault, NO_KEYS, Proxy, Request, Response, Settings, cookie_header,
};
use crate::{on_own_postgres, on_postgres};

on_postgres!(
    a_black_hole_is_503_until_the_network_recovers,
    reset_connections_are_503_until_the_network_recovers,
    a_slow_network_is_not_an_outage,
    an_interrupted_create_with_a_key_is_stored_once_after_a_retry,
    an_interrupted_update_is_applied_once_or_not_at_all,
);

on_own_postgres!(a_postgres_restart_or_connection_limit_is_503_until_it_recovers);

/// A timeout that the test waits for. The service adds a margin.
const SHORT_TIMEOUT: &str = "500ms";
/// A timeout that a slow machine must not reach.
const LONG_TIMEOUT: &str = "20s";
/// Fails a test that hangs after a fault. Not a limit of the recovery time.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A service that reaches its database through a proxy, and a session of its user.
struct ProxiedService {
    app: App,
    proxy: Proxy,
    session: String,
}

impl ProxiedService {
    /// Starts the service. `timeout` is the statement timeout and the pool timeout.
    fn start(pool_size: &str, timeout: &str) -> Self {
        Self::start_with(&[("POOL_SIZE", pool_size), ("STATEMENT_TIMEOUT", timeout), ("POOL_WAIT", timeout)])
    }

    /// Starts the service with one connection. Only requests use the database, so each byte belongs to a request: keys and sessions are
    /// elsewhere, and the readiness check has run.
    fn start_without_background() -> Self {
        const NO_SESSION_TABLES: (&str, &str) = ("SESSION_SOURCE", "http");
        let timeouts = [("STATEMENT_TIMEOUT", LONG_TIMEOUT), ("POOL_WAIT", LONG_TIMEOUT)];
        Self::start_with(&[&timeouts[..], &[("POOL_SIZE", "1"), NO_KEYS, NO_SESSION_TABLES]].concat())
    }

    fn start_with(settings: Settings<'_>) -> Self {
        let direct = App::start_with(Database::Postgres, settings);
        let session = direct.sign_in("alice");
        let proxy = Proxy::before(&direct.url);
        let mut config = direct.config.clone();
        config.database.url = proxy.url.parse().unwrap();
        let app = App::serve(config, direct.url.clone(), tempfile::tempdir().unwrap());
        app.request("GET", "/readyz").send().expect(200);
        Self { app, proxy, session }
    }

    /// Returns requests that need the database: reads, writes, and a read with a session cookie.
    fn requests(&self) -> Vec<Request> {
        let app = &self.app;
        let task = json!({ "title": "never acknowledged" });
        let by_cookie = app.request("GET", "/api/tasks").header("Cookie", &cookie_header(&self.session));
        vec![
            app.request_as("alice", "GET", "/api/alice/tasks"),
            app.request_as("alice", "GET", "/api/tasks/1"),
            app.request_as("alice", "POST", "/api/tasks").json(&task),
            app.request_as("alice", "POST", "/api/tasks").header("Idempotency-Key", "during").json(&task),
            app.request_as("alice", "PATCH", "/api/tasks/1/complete"),
            app.request_as("alice", "DELETE", "/api/tasks/1"),
            by_cookie,
        ]
    }

    /// Asserts that all requests get 503 before the client times out.
    fn assert_all_503(&self) {
        for response in send_all(self.requests()) {
            assert_unavailable(&response);
        }
        assert_unavailable(&self.app.wait_for_readiness(503));
        self.app.request("GET", "/livez").send().expect(200);
    }

    /// Returns how many bytes pass in this direction for one of these requests: the fewest of some.
    ///
    /// A connection that was idle for a second is checked first, which adds bytes on a slow machine.
    fn fewest_bytes(&self, direction: Direction, mut request: impl FnMut(usize)) -> usize {
        let measure = |number| {
            let before = self.proxy.passed(direction);
            request(number);
            self.proxy.passed(direction) - before
        };
        (0..5).map(measure).min().expect("five measurements")
    }

    /// Waits until no request fails with 5xx, without a restart.
    fn wait_until_available(&self, why: &str) {
        let started_at = Instant::now();
        let is_available = |response: &Response| response.status < 500;
        while !send_all(self.requests()).iter().all(is_available) {
            assert!(started_at.elapsed() < TEST_TIMEOUT, "{why}");
        }
        self.app.wait_for_readiness(200);
    }
}

fn a_black_hole_is_503_until_the_network_recovers() {
    assert_recovers_from(Fault::BlackHole);
}

fn reset_connections_are_503_until_the_network_recovers() {
    assert_recovers_from(Fault::Reset);
}

fn assert_recovers_from(fault: Fault) {
    let service = ProxiedService::start("4", SHORT_TIMEOUT);
    service.app.create("alice", &json!({ "title": "before" }));
    for round in 0..2 {
        service.proxy.set(fault);
        service.assert_all_503();
        service.assert_all_503();
        service.proxy.set(Fault::None);
        service.wait_until_available(&format!("{fault:?} {round}"));
    }
    let created = service.app.create("alice", &json!({ "title": "after" }));
    let path = format!("/api/tasks/{}", created["id"]);
    assert_eq!(service.app.request_as("alice", "GET", &path).send().expect(200), created);
}

/// A slow network delays responses without errors.
fn a_slow_network_is_not_an_outage() {
    // one open connection, because opening another over this network exceeds the pool timeout
    let service = ProxiedService::start("1", LONG_TIMEOUT);
    service.proxy.set(Fault::Latency(Duration::from_millis(25)));
    let task = service.app.create("alice", &json!({ "title": "slowly" }));
    service.app.request("GET", "/readyz").send().expect(200);
    assert_eq!(service.app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
    // the database's statement timeout excludes the network delay
    service.proxy.set(Fault::Latency(Duration::from_millis(200)));
    service.app.request_as("alice", "GET", "/api/tasks").send().expect(200);
}

/// Interrupts the connection at many positions of a create, and retries the create until it is acknowledged.
fn an_interrupted_create_with_a_key_is_stored_once_after_a_retry() {
    let service = ProxiedService::start_without_background();
    let post = |name: &str| {
        let body = json!({ "title": name });
        service.app.request_as("alice", "POST", "/api/tasks").header("Idempotency-Key", name).json(&body).send()
    };
    let mut expected = Vec::new();
    for direction in [Direction::ToServer, Direction::ToClient] {
        // the first request prepares the statements; all names have the same length
        post(&format!("{direction:?}-warmup")).expect(201);
        service.proxy.wait_for_events_connection();
        expected.push(format!("{direction:?}-warmup"));
        let byte_count = service.fewest_bytes(direction, |number| {
            let name = format!("{direction:?}-s{number:05}");
            post(&name).expect(201);
            expected.push(name);
        });
        assert!(byte_count > 100, "{direction:?}: {byte_count}");
        let mut replayed_count = 0;
        // the last bytes belong to the commit, or to its acknowledgement
        let last_bytes = byte_count - 12..byte_count;
        for bytes in (0..byte_count - 12).step_by(byte_count / 40).chain(last_bytes) {
            let name = format!("{direction:?}-{bytes:06}");
            service.proxy.cut_after(direction, bytes);
            let interrupted = post(&name);
            assert!(!service.proxy.cancel_cut(), "{name}: the connection was interrupted");
            assert_unavailable(&interrupted);
            let retried = post(&name);
            retried.expect(201);
            replayed_count += usize::from(retried.header("idempotent-replayed").is_some());
            expected.push(name);
        }
        // only a lost acknowledgement leaves a committed create
        assert_eq!(
            replayed_count > 0,
            direction == Direction::ToClient,
            "{direction:?}: {replayed_count} were already stored"
        );
    }
    let list = service.app.request_as("alice", "GET", "/api/tasks?sort=created_at&order=asc").send().expect(200);
    let titles: Vec<&str> = list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect();
    assert_eq!(titles, expected, "each task is stored once");
}

/// Without a key: an acknowledged update is applied, and an interrupted one is applied at most once.
fn an_interrupted_update_is_applied_once_or_not_at_all() {
    let service = ProxiedService::start_without_background();
    let app = &service.app;
    let id = app.create("alice", &json!({ "title": "v1" }))["id"].clone();
    let path = format!("/api/tasks/{id}");
    let rename = |title: &str| app.request_as("alice", "PATCH", &path).json(&json!({ "title": title })).send();
    rename("v2").expect(200);
    service.proxy.wait_for_events_connection();
    let mut last_seen = rename("v3").expect(200);
    for direction in [Direction::ToServer, Direction::ToClient] {
        let byte_count = service.fewest_bytes(direction, |number| {
            last_seen = rename(&format!("v{number}")).expect(200);
        });
        for bytes in (0..byte_count).step_by((byte_count / 10).max(1)) {
            service.proxy.cut_after(direction, bytes);
            let title = format!("{direction:?} {bytes}");
            let interrupted = rename(&title);
            // the response may be complete before the interruption
            service.proxy.cancel_cut();
            let current = app.request_as("alice", "GET", &path).send().expect(200);
            if interrupted.status == 200 {
                assert_eq!(current, interrupted.json());
            } else {
                assert_unavailable(&interrupted);
                let written = current["title"] == title.as_str()
                    && current["version"] == last_seen["version"].as_i64().unwrap() + 1;
                assert!(written || current == last_seen, "{title}: {current} after {last_seen}");
            }
            last_seen = current;
        }
    }
}

/// Stops the server immediately, terminates its connections, and sets a connection limit of 0.
fn a_postgres_restart_or_connection_limit_is_503_until_it_recovers() {
    let mut cluster = Cluster::durable();
    let app = start_on(&cluster);
    let task = app.create("alice", &json!({ "title": "kept" }));
    for _ in 0..2 {
        let before = postmaster_start_time(&cluster.url);
        cluster.signal("QUIT");
        // the restart is complete when the server start time changes
        while postmaster_start_time(&cluster.url).is_none_or(|current| Some(current) == before) {
            std::thread::yield_now();
        }
        wait_until_recovered(&app, &task);
    }
    let mut admin = cluster.admin();
    let mut execute = |sql: &str| diesel::sql_query(sql).execute(&mut admin).unwrap();
    for _ in 0..2 {
        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'task-api'");
        wait_until_recovered(&app, &task);
    }
    execute("ALTER ROLE task_api CONNECTION LIMIT 0");
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'task-api'");
    // the first request may find its connection terminated, the second cannot open another
    for _ in 0..2 {
        assert_unavailable(&app.request_as("alice", "GET", "/api/tasks").send());
    }
    assert_unavailable(&app.wait_for_readiness(503));
    execute("ALTER ROLE task_api CONNECTION LIMIT -1");
    wait_until_recovered(&app, &task);
}

/// Starts a service on this cluster's database, without a proxy.
fn start_on(cluster: &Cluster) -> App {
    let config = crate::support::config(&cluster.url, &[("STATEMENT_TIMEOUT", LONG_TIMEOUT)]);
    task_api::db::Migrator::connect(&config.database).unwrap().run().unwrap();
    App::serve(config, cluster.url.clone(), tempfile::tempdir().unwrap())
}

/// Waits until the service returns the task again. Until then, every response must be 200 or 503.
fn wait_until_recovered(app: &App, task: &Value) {
    let started_at = Instant::now();
    loop {
        let (response, ready) = (
            app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send(),
            app.request("GET", "/readyz").send(),
        );
        if (response.status, ready.status) == (200, 200) {
            return assert_eq!(response.json(), *task);
        }
        [response, ready].iter().filter(|response| response.status != 200).for_each(assert_unavailable);
        assert!(started_at.elapsed() < TEST_TIMEOUT);
    }
}
