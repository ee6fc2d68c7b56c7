//! Paging while others write: whoever follows the links to the end sees every task once that was there all the time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(what_stays_is_seen_once_while_others_come_and_go);

/// Tasks that stay; between each two of them is one that will be deleted.
const STAYING: usize = 40;
/// How often the list is read to its end, in every order.
const ROUNDS: usize = 4;
/// No reading of the list has more pages, unless they go round in a circle.
const MOST_PAGES: usize = 500;

fn create(app: &App, title: &str) -> i64 {
    app.by("alice", "POST", "/api/alice/tasks").json(&json!({ "title": title })).send().expect(201)["id"]
        .as_i64()
        .unwrap()
}

fn delete(app: &App, id: i64) {
    app.by("alice", "DELETE", &format!("/api/alice/tasks/{id}")).send().expect(200);
}

fn next(answer: &Answer) -> Option<String> {
    let (target, _) = answer.header("link")?.split_once(';').expect("a link has a relation");
    Some(target.trim_matches(['<', '>']).to_owned())
}

/// Follows the links from this path to the end; gives how often each id was seen.
fn seen(app: &App, path: &str) -> HashMap<i64, usize> {
    let mut seen = HashMap::new();
    let mut page = Some(path.to_owned());
    let mut pages = 0;
    while let Some(path) = page {
        let answer = app.by("alice", "GET", &path).send();
        for task in answer.expect(200).as_array().unwrap() {
            *seen.entry(task["id"].as_i64().unwrap()).or_default() += 1;
        }
        page = next(&answer);
        pages += 1;
        assert!(pages <= MOST_PAGES, "the pages have no end");
    }
    seen
}

/// Deletes what is passing, and creates as much, at the top of the list and among the rest, until it is told to stop.
fn write_until(stop: &AtomicBool, app: &App, mut passing: Vec<i64>) -> usize {
    let mut writes = 0;
    while !stop.load(Ordering::Relaxed) {
        for id in &mut passing {
            delete(app, *id);
            *id = create(app, ["a", "m", "z"][writes % 3]);
            writes += 1;
        }
    }
    writes
}

fn what_stays_is_seen_once_while_others_come_and_go(database: Database) {
    let app = App::start_with(database, &[("SHUTDOWN_TIMEOUT", "1s")]);
    let mut passing = Vec::new();
    let mut staying = Vec::new();
    for number in 0..STAYING {
        staying.push(create(&app, ["b", "n", "y"][number % 3]));
        if number % 4 == 0 {
            passing.push(create(&app, "passing"));
        }
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // told to stop also where an assertion fails, which the scope would otherwise wait for in vain
        let _stop = StopOnDrop(&stop);
        let writer = scope.spawn(|| write_until(&stop, &app, passing));
        for round in 0..ROUNDS {
            for sort in ["created_at", "-created_at", "updated_at", "title", "-title", "priority", "due_date"] {
                let path = format!("/api/alice/tasks?sort={sort}&limit={}", 3 + round);
                let seen = seen(&app, &path);
                for id in &staying {
                    assert_eq!(seen.get(id), Some(&1), "{path}: task {id}, of {seen:?}");
                }
                let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
                assert!(twice.is_empty(), "{path}: {twice:?}");
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(writer.join().expect("the writes succeed") > 0, "nothing was written meanwhile");
    });
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
