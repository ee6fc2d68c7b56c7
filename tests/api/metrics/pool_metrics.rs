//! Metrics of the database connections.

use std::time::{Duration, Instant};

use super::READABLE;
use super::scrape::Scrape;
use crate::on_both;
use crate::outages::busy_database::HeldConnection;
use crate::outages::unavailable::assert_unavailable;
use crate::support::{App, Database, NO_KEYS};

on_both!(waiting_requests_are_counted_before_the_service_rejects_any);

/// An alert needs the gauges to rise before the service rejects requests.
fn waiting_requests_are_counted_before_the_service_rejects_any(database: Database) {
    let app = App::start_with(database, &[READABLE, NO_KEYS, ("POOL_SIZE", "1"), ("POOL_WAIT", "3s")]);
    let name = if database == Database::Sqlite { "reading" } else { "all" };
    let sample = |metric: &str| format!("task_api_database_{metric}{{connections=\"{name}\"}}");
    let unavailable_responses = |scrape: &Scrape| scrape.sum("task_api_http_requests_total", &[("status", "503")]);
    // at its start the service looks for the sessions' table
    let deadline = Instant::now() + Duration::from_secs(20);
    while Scrape::of(&app).get(&sample("connections_in_use")) > 0.0 {
        assert!(Instant::now() < deadline, "the connection stays in use");
    }
    assert_eq!(Scrape::of(&app).get(&sample("connections")), 1.0);

    let held = HeldConnection::reading(&app);
    let answers: Vec<_> = (0..3)
        .map(|_| {
            let request = app.request_as("alice", "GET", "/api/tasks?limit=20");
            std::thread::spawn(move || request.send())
        })
        .collect();
    let deadline = Instant::now() + Duration::from_secs(20);
    let exhausted = loop {
        let scrape = Scrape::of(&app);
        if scrape.get(&sample("waiting_requests")) == 3.0 {
            break scrape;
        }
        assert!(Instant::now() < deadline, "no request waits: {:?}", scrape.0);
    };
    assert_eq!(exhausted.get(&sample("connections_in_use")), 1.0);
    assert_eq!(unavailable_responses(&exhausted), 0.0, "the gauges rise before the first 503");
    for answer in answers {
        assert_unavailable(&answer.join().unwrap());
    }
    let after = Scrape::of(&app);
    assert_eq!(unavailable_responses(&after), 3.0);
    let errors = format!("task_api_database_errors_total{{connections=\"{name}\",error=\"unavailable\"}}");
    assert_eq!(after.get(&errors), 3.0);
    let slow = |scrape: &Scrape| {
        let bucket = scrape.sum("task_api_database_wait_seconds_bucket", &[("connections", name), ("le", "2.5")]);
        assert!(bucket > 0.0, "{:?}", scrape.0);
        scrape.get(&sample("wait_seconds_count")) - bucket
    };
    assert_eq!(slow(&after), 3.0, "requests that time out are counted as waiting, too");
    held.release();
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    let last = Scrape::of(&app);
    assert_eq!((last.get(&sample("connections_in_use")), last.get(&sample("waiting_requests"))), (0.0, 0.0));
}
