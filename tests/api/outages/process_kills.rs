//! The service killed while clients write, and PostgreSQL killed below it: whatever a client was told is there afterwards.
//!
//! `TASK_API_KILL_ROUNDS` says how often (20). A kill ends a process, not the machine: what the disk does in a power cut is not tried.

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

on_own_postgres!(the_service_on_postgres, postgres_below_the_service);

/// At most so many clients write at once.
const CLIENTS: usize = 4;

fn rounds() -> usize {
    std::env::var("TASK_API_KILL_ROUNDS").map_or(20, |rounds| rounds.parse().expect("TASK_API_KILL_ROUNDS is a number"))
}

fn journals() -> Vec<Journal> {
    (0..CLIENTS).map(|number| Journal::new(&format!("client{number}"))).collect()
}

/// As in production, with room for whole lists, and a log that does not name every request.
fn start(folder: &Path, url: &str) -> Service {
    let mut command = task_api(folder, &production(url));
    command.env("MAX_LIST", "100000").env("RUST_LOG", "warn,task_api::cli=info");
    Service::start(command)
}

fn by(service: SocketAddr, user: &str, method: &str, path: &str) -> Request {
    Request::new(service, method, path).bearer(&jwt(user))
}

/// Lets all clients write until so many answers came; then `kill`s, while they go on until `ended` says that it is enough.
fn write_and(
    service: SocketAddr,
    journals: &mut [Journal],
    answers: usize,
    kill: impl FnOnce(),
    mut ended: impl FnMut(&AtomicUsize) -> bool,
) {
    let (told, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for journal in journals {
            let (told, over) = (&told, &over);
            scope.spawn(move || {
                let user = journal.user.clone();
                while over.load(Ordering::SeqCst) == 0 {
                    let acknowledged = journal.write(|method, path| by(service, &user, method, path), told);
                    if !acknowledged && TcpStream::connect(service).is_err() {
                        return;
                    }
                }
            });
        }
        wait_until(|| told.load(Ordering::SeqCst) >= answers);
        kill();
        wait_until(|| ended(&told));
        over.store(1, Ordering::SeqCst);
    });
}

#[track_caller]
fn wait_until(mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(300), "it never came to pass");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What was not answered is sent again where it can be; then everything is compared.
fn compare(service: SocketAddr, journals: &mut [Journal]) {
    for journal in journals {
        let user = journal.user.clone();
        let request = |method: &str, path: &str| by(service, &user, method, path);
        journal.compare(request);
        wait_until(|| journal.repeat(request, &AtomicUsize::new(0)));
        journal.compare(request);
    }
}

fn report(what: &str, journals: &[Journal]) {
    let sum = |count: fn(&Journal) -> usize| journals.iter().map(count).sum::<usize>();
    println!(
        "{what}: {} rounds, {} writes acknowledged, 0 lost; {} not answered, {} of them repeated with their key and found done",
        rounds(),
        sum(|journal| journal.acknowledged),
        sum(|journal| journal.unanswered),
        sum(|journal| journal.repeated),
    );
    assert!(sum(|journal| journal.acknowledged) > 20 * rounds() && sum(|journal| journal.unanswered) > 0);
}

/// Somewhere else in the stream of answers each time.
fn some_answers(round: usize) -> usize {
    20 + round * 37 % 150
}

fn the_service_is_killed(url: &str, folder: &Path, check: impl Fn()) -> Vec<Journal> {
    let mut journals = journals();
    for round in 0..rounds() {
        let service = start(folder, url);
        compare(service.address, &mut journals);
        write_and(
            service.address,
            &mut journals,
            some_answers(round),
            || service.signal("-KILL"),
            |_| TcpStream::connect(service.address).is_err(),
        );
        check();
    }
    let service = start(folder, url);
    compare(service.address, &mut journals);
    check();
    journals
}

#[test]
fn the_service_on_sqlite() {
    let (folder, url) = Database::Sqlite.fresh();
    let check = || {
        let mut file = SqliteConnection::establish(url.strip_prefix("sqlite:").unwrap()).unwrap();
        file.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        assert_eq!(said(&mut file, "SELECT integrity_check AS said FROM pragma_integrity_check"), ["ok"]);
        assert_eq!(said(&mut file, "SELECT \"table\" AS said FROM pragma_foreign_key_check"), [""; 0]);
    };
    report("kill -9 of the service on SQLite", &the_service_is_killed(&url, folder.path(), check));
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    said: String,
}

fn said(file: &mut SqliteConnection, query: &str) -> Vec<String> {
    let rows: Vec<Said> = sql_query(query).load(file).unwrap();
    rows.into_iter().map(|row| row.said).collect()
}

fn the_service_on_postgres() {
    let cluster = Cluster::durable();
    let folder = tempfile::tempdir().unwrap();
    report("kill -9 of the service on PostgreSQL", &the_service_is_killed(&cluster.url, folder.path(), || {}));
}

/// Nothing above would be worth anything if this were not seen.
#[test]
fn what_is_lost_is_noticed() {
    let app = App::start(Database::Sqlite);
    let request = |method: &str, path: &str| app.by("client", method, path);
    let harms = [
        "DELETE FROM tasks WHERE id = (SELECT max(id) FROM tasks WHERE deleted_at IS NULL)",
        "UPDATE tasks SET title = 'another' WHERE id = (SELECT max(id) FROM tasks WHERE deleted_at IS NULL)",
        "UPDATE tasks SET deleted_at = NULL",
        "UPDATE tasks SET completed = NOT completed, completed_at = iif(completed, NULL, created_at)",
    ];
    for harm in harms {
        app.execute("DELETE FROM tasks; DELETE FROM idempotent_answers");
        let mut journal = Journal::new("client");
        while journal.acknowledged < 40 {
            assert!(journal.write(request, &AtomicUsize::new(0)));
        }
        journal.compare(request);
        app.execute(harm);
        let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| journal.compare(request)));
        assert!(compared.is_err(), "{harm}");
    }
}

/// When the server there was started, if there is one.
pub fn started(url: &str) -> Option<String> {
    let mut server = PgConnection::establish(url).ok()?;
    let said: Said = sql_query("SELECT pg_postmaster_start_time()::text AS said").get_result(&mut server).ok()?;
    Some(said.said)
}

/// In turns with SIGKILL, and with an immediate stop; the service goes on, and is not restarted.
fn postgres_below_the_service() {
    let mut cluster = Cluster::durable();
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path(), &cluster.url);
    let mut journals = journals();
    for round in 0..rounds() {
        let (url, before) = (cluster.url.clone(), started(&cluster.url));
        let mut at_return = None;
        let signal = if round % 2 == 0 { "KILL" } else { "QUIT" };
        let answers = some_answers(round);
        // until it has been back for a few answers: those that come while it is gone are of 503
        let back = |told: &AtomicUsize| {
            if at_return.is_none() && started(&url).is_some_and(|now| Some(now) != before) {
                at_return = Some(told.load(Ordering::SeqCst));
            }
            at_return.is_some_and(|then| told.load(Ordering::SeqCst) >= then + 10)
        };
        write_and(service.address, &mut journals, answers, || cluster.signal(signal), back);
        compare(service.address, &mut journals);
    }
    report("kill -9 and immediate stop of PostgreSQL, in turns", &journals);
}
