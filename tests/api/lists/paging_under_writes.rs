//! Pagination during concurrent writes: a task that exists during the whole read is listed exactly once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(unchanged_tasks_are_listed_once_during_concurrent_writes);

/// The number of tasks that are not changed. After every fourth one a task is created that the writer replaces.
const UNCHANGED_TASKS: usize = 40;
/// How often the full list is read in every sort order.
const ROUNDS: usize = 4;
/// An upper bound of the pages of one read, to detect a loop of links.
const MAX_PAGES: usize = 500;

fn create(app: &App, title: &str) -> i64 {
    app.request_as("alice", "POST", "/api/alice/tasks").json(&json!({ "title": title })).send().expect(201)["id"]
        .as_i64()
        .unwrap()
}

fn delete(app: &App, id: i64) {
    app.request_as("alice", "DELETE", &format!("/api/alice/tasks/{id}")).send().expect(200);
}

fn next_path(response: &Response) -> Option<String> {
    let (target, _) = response.header("link")?.split_once(';').expect("a link has a relation");
    Some(target.trim_matches(['<', '>']).to_owned())
}

/// Follows the links from this path to the last page; returns how often each id was listed.
fn listings_per_id(app: &App, path: &str) -> HashMap<i64, usize> {
    let mut listings_per_id = HashMap::new();
    let mut page = Some(path.to_owned());
    let mut pages = 0;
    while let Some(path) = page {
        let response = app.request_as("alice", "GET", &path).send();
        for task in response.expect(200).as_array().unwrap() {
            *listings_per_id.entry(task["id"].as_i64().unwrap()).or_default() += 1;
        }
        page = next_path(&response);
        pages += 1;
        assert!(pages <= MAX_PAGES, "the links form a loop");
    }
    listings_per_id
}

/// Deletes and creates tasks in all parts of the list until `stop` is set; returns the number of writes.
fn write_until(stop: &AtomicBool, app: &App, mut replaced: Vec<i64>) -> usize {
    let mut writes = 0;
    while !stop.load(Ordering::Relaxed) {
        for id in &mut replaced {
            delete(app, *id);
            *id = create(app, ["a", "m", "z"][writes % 3]);
            writes += 1;
        }
    }
    writes
}

fn unchanged_tasks_are_listed_once_during_concurrent_writes(database: Database) {
    let app = App::start_with(database, &[("SHUTDOWN_TIMEOUT", "1s")]);
    let mut replaced = Vec::new();
    let mut unchanged = Vec::new();
    for number in 0..UNCHANGED_TASKS {
        unchanged.push(create(&app, ["b", "n", "y"][number % 3]));
        if number % 4 == 0 {
            replaced.push(create(&app, "passing"));
        }
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // also stops the writer after a failed assertion, because the scope waits for it
        let _stop = StopOnDrop(&stop);
        let writer = scope.spawn(|| write_until(&stop, &app, replaced));
        for round in 0..ROUNDS {
            for sort in ["created_at", "-created_at", "updated_at", "title", "-title", "priority", "due_date"] {
                let path = format!("/api/alice/tasks?sort={sort}&limit={}", 3 + round);
                let listings_per_id = listings_per_id(&app, &path);
                for id in &unchanged {
                    assert_eq!(listings_per_id.get(id), Some(&1), "{path}: task {id} in {listings_per_id:?}");
                }
                let duplicates: Vec<_> = listings_per_id.iter().filter(|(_, listings)| **listings > 1).collect();
                assert!(duplicates.is_empty(), "{path}: {duplicates:?}");
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(writer.join().expect("the writes succeed") > 0, "no concurrent write happened");
    });
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
