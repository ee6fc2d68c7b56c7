//! A client that records acknowledged writes and compares them with the stored tasks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Request, Response};

/// The acknowledged tasks of one user, whose only client sends one request after another.
///
/// After a request without a response, or with a 503, the state of its tasks is unknown. The client then does not use these tasks
/// until [`Journal::compare`] has read them.
pub struct Journal {
    pub user: String,
    /// Each task as in the last response with it.
    tasks: BTreeMap<i64, Value>,
    /// Effects of requests with an unknown outcome.
    unknown: Vec<Vec<Effect>>,
    /// Names of creates with an idempotency key that are not acknowledged yet. The client repeats them.
    to_repeat: Vec<String>,
    step: usize,
    pub acknowledged: usize,
    pub unanswered: usize,
    pub repeated: usize,
}

/// An effect of a request.
#[derive(Clone, Debug)]
enum Effect {
    /// A task with this title, which is unique.
    Created(String),
    /// The task's member has this value.
    Changed(i64, &'static str, Value),
    Deleted(i64),
}

impl Journal {
    pub fn new(user: &str) -> Self {
        Self {
            user: user.into(),
            tasks: BTreeMap::new(),
            unknown: Vec::new(),
            to_repeat: Vec::new(),
            step: 0,
            acknowledged: 0,
            unanswered: 0,
            repeated: 0,
        }
    }

    /// Sends the next request. Returns whether all effects are known. `total` counts the acknowledgements of all clients.
    pub fn write(&mut self, request: impl Fn(&str, &str) -> Request, total: &AtomicUsize) -> bool {
        self.step += 1;
        let name = format!("{} {}", self.user, self.step);
        let known: Vec<i64> = self.tasks.keys().filter(|id| !self.is_unknown(**id)).copied().collect();
        let pick = |number: usize| known[(self.step * 7 + number) % known.len()];
        let item = |id: i64| format!("/api/tasks/{id}");
        let new_task = json!({ "title": name, "tags": ["a", "b"] });
        // from 8 tasks on, the client deletes as many as it creates
        let kind = if known.len() < 8 { [0, 5][self.step % 2] } else { self.step % 7 };
        let (request, effects) = match kind {
            0 => (request("POST", "/api/tasks").json(&new_task), vec![Effect::Created(name)]),
            1 => {
                let patch = json!({ "title": name, "description": name });
                (request("PATCH", &item(pick(0))).json(&patch), vec![Effect::Changed(pick(0), "title", name.into())])
            }
            2 => {
                let to = !self.tasks[&pick(0)]["completed"].as_bool().unwrap();
                let path = format!("{}/complete", item(pick(0)));
                (request("PATCH", &path), vec![Effect::Changed(pick(0), "completed", to.into())])
            }
            3 | 6 => (request("DELETE", &item(pick(0))), vec![Effect::Deleted(pick(0))]),
            4 => {
                let operations = json!({ "operations": [
                    { "op": "create", "title": name },
                    { "op": "update", "id": pick(0), "title": format!("{name} b") },
                    { "op": "delete", "id": pick(1) },
                ]});
                let effects = vec![
                    Effect::Created(name.clone()),
                    Effect::Changed(pick(0), "title", format!("{name} b").into()),
                    Effect::Deleted(pick(1)),
                ];
                (request("POST", "/api/tasks/bulk").json(&operations), effects)
            }
            _ => {
                self.to_repeat.push(name);
                return self.repeat(&request, total);
            }
        };
        let answer = self.count(request.attempt(), total);
        match answer {
            Some(answer) => self.record(&answer, &effects),
            None => self.unknown.push(effects),
        }
        self.unknown.last().is_none()
    }

    /// Repeats the creates with a key and without a response. Returns whether all have a response now.
    pub fn repeat(&mut self, request: impl Fn(&str, &str) -> Request, total: &AtomicUsize) -> bool {
        for name in std::mem::take(&mut self.to_repeat) {
            let key = name.replace(' ', "-");
            let request = request("POST", "/api/tasks").header("Idempotency-Key", &key);
            match self.count(request.json(&json!({ "title": name })).attempt(), total) {
                Some(answer) => {
                    self.repeated += usize::from(answer.header("idempotent-replayed").is_some());
                    self.record(&answer, &[]);
                }
                None => self.to_repeat.push(name),
            }
        }
        self.to_repeat.is_empty()
    }

    /// Counts a response. Returns it if it acknowledges the request; panics on any status but 2xx and 503.
    fn count(&mut self, answer: Option<Response>, total: &AtomicUsize) -> Option<Response> {
        match answer {
            Some(answer) if answer.status < 300 => {
                self.acknowledged += 1;
                total.fetch_add(1, Ordering::SeqCst);
                Some(answer)
            }
            other => {
                if let Some(answer) = other {
                    answer.expect(503);
                }
                self.unanswered += 1;
                None
            }
        }
    }

    fn record(&mut self, answer: &Response, effects: &[Effect]) {
        let body = answer.json();
        let results = body["results"].as_array().cloned().unwrap_or_else(|| vec![body]);
        for task in results {
            let id = task["id"].as_i64().expect("ids are numbers");
            match effects.iter().any(|effect| matches!(effect, Effect::Deleted(deleted) if *deleted == id)) {
                true => self.tasks.remove(&id),
                false => self.tasks.insert(id, task),
            };
        }
    }

    fn is_unknown(&self, id: i64) -> bool {
        self.unknown.iter().flatten().any(|effect| match effect {
            Effect::Created(_) => false,
            Effect::Changed(unknown, ..) | Effect::Deleted(unknown) => *unknown == id,
        })
    }

    /// Compares the journal with the stored tasks, and continues from them.
    ///
    /// Asserts that every acknowledged write is stored, that every unknown request had all of its effects or none, and that no
    /// other task is stored.
    #[track_caller]
    pub fn compare(&mut self, request: impl Fn(&str, &str) -> Request) {
        let list = read(|| request("GET", "/api/tasks?limit=100000"));
        let mut stored: BTreeMap<i64, Value> =
            list.as_array().unwrap().iter().map(|task| (task["id"].as_i64().unwrap(), task.clone())).collect();
        let mut known = std::mem::take(&mut self.tasks);
        let mut adopted = BTreeMap::new();
        for effects in std::mem::take(&mut self.unknown) {
            let mut done = Vec::new();
            for effect in &effects {
                let (id, is_done) = match effect {
                    Effect::Created(title) => {
                        let created: Vec<i64> =
                            stored.values().filter(|task| task["title"] == title.as_str()).map(id).collect();
                        assert!(created.len() <= 1, "{title} is stored {} times", created.len());
                        (created.first().copied(), !created.is_empty())
                    }
                    Effect::Changed(id, name, value) => {
                        let (now, before) = (&stored[id], &known[id]);
                        let done = now[name] == *value && now["version"] == before["version"].as_i64().unwrap() + 1;
                        assert!(done || now == before, "{}: {now} after {before}", self.user);
                        (Some(*id), done)
                    }
                    Effect::Deleted(id) => {
                        assert!(stored.get(id).is_none_or(|now| *now == known[id]), "{}: {id}", self.user);
                        (Some(*id), !stored.contains_key(id))
                    }
                };
                done.push(is_done);
                if let Some(id) = id {
                    known.remove(&id);
                    adopted.extend(stored.remove_entry(&id));
                }
            }
            assert!(done.iter().all(|one| *one == done[0]), "{}: only a part of {effects:?} is stored", self.user);
        }
        // an unacknowledged create with a key may be stored; its repetition then returns it
        let keyed: Vec<i64> = stored
            .values()
            .filter(|task| self.to_repeat.iter().any(|name| task["title"] == name.as_str()))
            .map(id)
            .collect();
        let keyed: BTreeMap<i64, Value> = keyed.iter().filter_map(|id| stored.remove_entry(id)).collect();
        assert!(keyed.len() <= self.to_repeat.len(), "a create with a key is stored twice: {keyed:?}");
        let lost: Vec<_> = known.iter().filter(|(id, task)| stored.get(id) != Some(task)).collect();
        assert!(lost.is_empty(), "{}: acknowledged and not stored: {lost:?}", self.user);
        let unknown: Vec<_> = stored.keys().filter(|id| !known.contains_key(id)).collect();
        assert!(unknown.is_empty(), "{}: stored, but never created or already deleted: {unknown:?}", self.user);
        self.tasks = known;
        self.tasks.extend(adopted);
    }
}

/// Reads a list. Retries a 503 of connections to a stopped database, for up to 60 s.
fn read(request: impl Fn() -> Request) -> Value {
    let start = Instant::now();
    loop {
        let answer = request().send();
        if answer.status != 503 || start.elapsed() > Duration::from_secs(60) {
            return answer.expect(200);
        }
    }
}

fn id(task: &Value) -> i64 {
    task["id"].as_i64().expect("ids are numbers")
}
