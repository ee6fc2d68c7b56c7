//! Kills the service or PostgreSQL while clients write: every acknowledged write is stored afterwards.
//!
//! `TASK_API_KILL_ROUNDS` sets the number of kills (default 20). A kill ends a process: the test does not cover a power loss.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};

use crate::on_own_postgres;
use crate::support::{App, Cluster, Database, Journal, Request, Service, jwt, production, task_api};

on_own_postgres!(
    acknowledged_writes_survive_kills_of_the_service_on_postgres,
    acknowledged_writes_survive_kills_of_postgres
);

/// The number of clients that write in parallel.
const CLIENTS: usize = 8;

fn rounds() -> usize {
    std::env::var("TASK_API_KILL_ROUNDS").map_or(20, |rounds| rounds.parse().expect("TASK_API_KILL_ROUNDS is a number"))
}

fn journals() -> Vec<Journal> {
    (0..CLIENTS).map(|number| Journal::new(&format!("client{number}"))).collect()
}

/// Starts the service with production settings, a large `MAX_LIST`, and no request log.
fn start(folder: &Path, url: &str) -> Service {
    let mut command = task_api(folder, &production(url));
    command.env("MAX_LIST", "100000").env("RUST_LOG", "warn,task_api::cli=info");
    Service::start(command)
}

fn request_as(service: SocketAddr, user: &str, method: &str, path: &str) -> Request {
    Request::new(service, method, path).bearer(&jwt(user))
}

/// Lets all clients write. Calls `kill` after this number of responses, and stops the clients when `is_ended` returns true.
fn write_during_kill(
    service: SocketAddr,
    journals: &mut [Journal],
    responses: usize,
    kill: impl FnOnce(),
    mut is_ended: impl FnMut(&AtomicUsize) -> bool,
) {
    let (response_count, should_stop) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for journal in journals {
            let (response_count, should_stop) = (&response_count, &should_stop);
            scope.spawn(move || {
                let user = journal.user.clone();
                while should_stop.load(Ordering::SeqCst) == 0 {
                    let acknowledged =
                        journal.write(|method, path| request_as(service, &user, method, path), response_count);
                    if !acknowledged && TcpStream::connect(service).is_err() {
                        return;
                    }
                }
            });
        }
        wait_until(|| response_count.load(Ordering::SeqCst) >= responses);
        kill();
        wait_until(|| is_ended(&response_count));
        should_stop.store(1, Ordering::SeqCst);
    });
}

#[track_caller]
fn wait_until(mut condition: impl FnMut() -> bool) {
    let started_at = Instant::now();
    while !condition() {
        assert!(started_at.elapsed() < Duration::from_secs(300), "the condition was not met within 300 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Compares the journals with the service, retries unanswered writes with a key, and compares again.
fn compare_and_retry(service: SocketAddr, journals: &mut [Journal]) {
    for journal in journals {
        let user = journal.user.clone();
        let request = |method: &str, path: &str| request_as(service, &user, method, path);
        journal.compare(request);
        wait_until(|| journal.repeat(request, &AtomicUsize::new(0)));
        journal.compare(request);
    }
}

fn print_summary(title: &str, journals: &[Journal]) {
    let sum = |count: fn(&Journal) -> usize| journals.iter().map(count).sum::<usize>();
    println!(
        "{title}: {} rounds, {} writes acknowledged, 0 lost; {} unanswered, {} of them retried with their key and found stored",
        rounds(),
        sum(|journal| journal.acknowledged),
        sum(|journal| journal.unanswered),
        sum(|journal| journal.repeated),
    );
    assert!(sum(|journal| journal.acknowledged) > 20 * rounds() && sum(|journal| journal.unanswered) > 0);
}

/// Returns a different number of responses for each round.
fn responses_before_kill(round: usize) -> usize {
    20 + round * 37 % 150
}

fn kill_service_repeatedly(url: &str, folder: &Path, check: impl Fn()) -> Vec<Journal> {
    let mut journals = journals();
    for round in 0..rounds() {
        let service = start(folder, url);
        compare_and_retry(service.address, &mut journals);
        write_during_kill(
            service.address,
            &mut journals,
            responses_before_kill(round),
            || service.signal("-KILL"),
            |_| TcpStream::connect(service.address).is_err(),
        );
        check();
    }
    let service = start(folder, url);
    compare_and_retry(service.address, &mut journals);
    check();
    journals
}

#[test]
fn acknowledged_writes_survive_kills_of_the_service_on_sqlite() {
    let (folder, url) = Database::Sqlite.empty();
    let check = || {
        let mut file = SqliteConnection::establish(url.strip_prefix("sqlite:").unwrap()).unwrap();
        file.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        assert_eq!(query_text(&mut file, "SELECT integrity_check AS text FROM pragma_integrity_check"), ["ok"]);
        assert_eq!(query_text(&mut file, "SELECT \"table\" AS text FROM pragma_foreign_key_check"), [""; 0]);
    };
    print_summary("kill -9 of the service on SQLite", &kill_service_repeatedly(&url, folder.path(), check));
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    text: String,
}

fn query_text(file: &mut SqliteConnection, query: &str) -> Vec<String> {
    let rows: Vec<TextRow> = sql_query(query).load(file).unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

fn acknowledged_writes_survive_kills_of_the_service_on_postgres() {
    let cluster = Cluster::durable();
    let folder = tempfile::tempdir().unwrap();
    print_summary("kill -9 of the service on PostgreSQL", &kill_service_repeatedly(&cluster.url, folder.path(), || {}));
}

/// Verifies that the comparison fails after a loss or a change of data.
#[test]
fn the_journal_detects_lost_writes() {
    let app = App::start(Database::Sqlite);
    let request = |method: &str, path: &str| app.request_as("client", method, path);
    let corruptions = [
        "DELETE FROM tasks WHERE id = (SELECT max(id) FROM tasks WHERE deleted_at IS NULL)",
        "UPDATE tasks SET title = 'another' WHERE id = (SELECT max(id) FROM tasks WHERE deleted_at IS NULL)",
        "UPDATE tasks SET deleted_at = NULL",
        "UPDATE tasks SET completed = NOT completed, completed_at = iif(completed, NULL, created_at)",
    ];
    for corruption in corruptions {
        app.execute("DELETE FROM tasks; DELETE FROM idempotent_answers");
        let mut journal = Journal::new("client");
        while journal.acknowledged < 40 {
            assert!(journal.write(request, &AtomicUsize::new(0)));
        }
        journal.compare(request);
        app.execute(corruption);
        let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| journal.compare(request)));
        assert!(compared.is_err(), "{corruption}");
    }
}

/// Returns the start time of the server, or `None` if it is unreachable.
pub fn postmaster_start_time(url: &str) -> Option<String> {
    let mut server = PgConnection::establish(url).ok()?;
    let row: TextRow = sql_query("SELECT pg_postmaster_start_time()::text AS text").get_result(&mut server).ok()?;
    Some(row.text)
}

/// Alternates SIGKILL and immediate stop of PostgreSQL. The service is not restarted.
fn acknowledged_writes_survive_kills_of_postgres() {
    let mut cluster = Cluster::durable();
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path(), &cluster.url);
    let mut journals = journals();
    for round in 0..rounds() {
        let (url, previous_start) = (cluster.url.clone(), postmaster_start_time(&cluster.url));
        let mut responses_at_recovery = None;
        let signal = if round % 2 == 0 { "KILL" } else { "QUIT" };
        let responses = responses_before_kill(round);
        // wait for ten responses after the recovery, because responses during the outage are 503
        let is_recovered = |response_count: &AtomicUsize| {
            if responses_at_recovery.is_none()
                && postmaster_start_time(&url).is_some_and(|current| Some(current) != previous_start)
            {
                responses_at_recovery = Some(response_count.load(Ordering::SeqCst));
            }
            responses_at_recovery.is_some_and(|at_recovery| response_count.load(Ordering::SeqCst) >= at_recovery + 10)
        };
        write_during_kill(service.address, &mut journals, responses, || cluster.signal(signal), is_recovered);
        compare_and_retry(service.address, &mut journals);
    }
    print_summary("kill -9 and immediate stop of PostgreSQL, in turns", &journals);
}
