//! Kills a node of Citus while clients write: its users get 503, other users get no error, and every acknowledged write is stored.
//!
//! `CITUS_NODE_COMMAND` is a command that takes `kill` or `start` and the node's `host:port`, and waits until this is done.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::on_citus;
use crate::support::{App, Database, Journal, node_of, nodes};

on_citus!(acknowledged_writes_survive_kills_of_a_node);

const CLIENTS: usize = 8;

fn rounds() -> usize {
    std::env::var("TASK_API_KILL_ROUNDS").map_or(20, |rounds| rounds.parse().expect("TASK_API_KILL_ROUNDS is a number"))
}

/// A client, and the number of acknowledgements that it got.
struct Client {
    journal: Mutex<Journal>,
    acknowledged: AtomicUsize,
    has_rows_on_node: bool,
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let started_at = Instant::now();
    while !condition() {
        assert!(started_at.elapsed() < Duration::from_secs(120), "the condition was not met within 120 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn acknowledged_writes_survive_kills_of_a_node() {
    let settings = [("MAX_LIST", "100000"), ("POOL_SIZE", "4"), ("REQUIRE_ROW_SECURITY", "true")];
    let app = App::start_with(Database::Postgres, &settings);
    let nodes = nodes(&app.url);
    let users: Vec<String> = (0..CLIENTS).map(|number| format!("client{number}")).collect();
    let mut journals: Vec<Journal> = users.iter().map(|user| Journal::new(user)).collect();
    let (mut writes, mut unanswered) = (0, 0);
    for round in 0..rounds() {
        let node = &nodes[round % nodes.len()];
        let clients: Vec<Client> = std::mem::take(&mut journals)
            .into_iter()
            .map(|journal| Client {
                has_rows_on_node: node_of(&app.url, &journal.user) == *node,
                journal: Mutex::new(journal),
                acknowledged: AtomicUsize::new(0),
            })
            .collect();
        let on_node = |is_on_node: bool| clients.iter().filter(move |client| client.has_rows_on_node == is_on_node);
        assert!(on_node(true).count() > 0 && on_node(false).count() > 0, "both nodes have users");
        let (failures, is_ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for client in &clients {
                let (app, failures, is_ended) = (&app, &failures, &is_ended);
                scope.spawn(move || {
                    let mut journal = client.journal.lock().unwrap();
                    let user = journal.user.clone();
                    while !is_ended.load(Ordering::SeqCst) {
                        let before = journal.unanswered;
                        journal.write(|method, path| app.request_as(&user, method, path), &client.acknowledged);
                        failures.fetch_add(journal.unanswered - before, Ordering::SeqCst);
                    }
                });
            }
            // also when an assertion fails
            let _end = EndOnDrop(&is_ended);
            wait_for_writes(on_node(true).chain(on_node(false)), 5);
            node.control("kill");
            wait_until(|| failures.load(Ordering::SeqCst) > 3);
            wait_for_writes(on_node(false), 20);
            let readiness = app.wait_for_readiness(200).json();
            node.control("start");
            wait_for_writes(on_node(true), 5);
            assert_eq!(readiness["nodes"], format!("unreachable: {}:{}", node.host, node.port));
        });
        for client in clients {
            let mut journal = client.journal.into_inner().unwrap();
            let user = journal.user.clone();
            if !client.has_rows_on_node {
                assert_eq!(journal.unanswered, 0, "{user} has no rows on the killed node");
            }
            let request = |method: &str, path: &str| app.request_as(&user, method, path);
            journal.compare(request);
            assert!(journal.repeat(request, &AtomicUsize::new(0)));
            journal.compare(request);
            unanswered += std::mem::take(&mut journal.unanswered);
            writes += client.acknowledged.load(Ordering::SeqCst);
            journals.push(journal);
        }
    }
    println!(
        "kills of a node of Citus: {} rounds, {writes} writes acknowledged, 0 lost; {unanswered} answered 503",
        rounds()
    );
}

/// Waits until each of these clients has this number of further acknowledgements.
fn wait_for_writes<'c>(clients: impl Iterator<Item = &'c Client>, writes: usize) {
    let targets: Vec<_> = clients.map(|client| (client, client.acknowledged.load(Ordering::SeqCst) + writes)).collect();
    wait_until(|| targets.iter().all(|(client, target)| client.acknowledged.load(Ordering::SeqCst) >= *target));
}

struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
