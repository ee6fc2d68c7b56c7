//! A client that writes down what it was told, and compares it with what is there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Answer, Request};

/// What one user was told about their tasks. They have one client, which does one thing after the other, so that it knows what must be
/// there; after a request without an answer, or with a 503, it does not know, and leaves those tasks alone until it has looked.
pub struct Journal {
    pub user: String,
    /// Each task as the last answer about it was.
    tasks: BTreeMap<i64, Value>,
    /// Requests that may have been done, and may not.
    doubts: Vec<Vec<Effect>>,
    /// Creates with a key that were not acknowledged yet: sent again until they are.
    to_repeat: Vec<String>,
    step: usize,
    pub acknowledged: usize,
    pub unanswered: usize,
    pub repeated: usize,
}

/// What a request would leave behind.
#[derive(Clone, Debug)]
enum Effect {
    /// A task of this title, which nobody else has.
    Created(String),
    /// This member of the task has this value.
    Changed(i64, &'static str, Value),
    Deleted(i64),
}

impl Journal {
    pub fn new(user: &str) -> Self {
        Self {
            user: user.into(),
            tasks: BTreeMap::new(),
            doubts: Vec::new(),
            to_repeat: Vec::new(),
            step: 0,
            acknowledged: 0,
            unanswered: 0,
            repeated: 0,
        }
    }

    /// Sends the next request. Whether it was acknowledged; `told` counts those of all clients.
    pub fn write(&mut self, request: impl Fn(&str, &str) -> Request, told: &AtomicUsize) -> bool {
        self.step += 1;
        let name = format!("{} {}", self.user, self.step);
        let chosen: Vec<i64> = self.tasks.keys().filter(|id| !self.is_doubtful(**id)).copied().collect();
        let pick = |number: usize| chosen[(self.step * 7 + number) % chosen.len()];
        let item = |id: i64| format!("/api/tasks/{id}");
        let draft = json!({ "title": name, "tags": ["a", "b"] });
        // as many are deleted as are created, once there are enough
        let kind = if chosen.len() < 8 { [0, 5][self.step % 2] } else { self.step % 7 };
        let (request, effects) = match kind {
            0 => (request("POST", "/api/tasks").json(&draft), vec![Effect::Created(name)]),
            1 => {
                let change = json!({ "title": name, "description": name });
                (request("PATCH", &item(pick(0))).json(&change), vec![Effect::Changed(pick(0), "title", name.into())])
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
                return self.repeat(&request, told);
            }
        };
        let answer = self.count(request.attempt(), told);
        match answer {
            Some(answer) => self.note(&answer, &effects),
            None => self.doubts.push(effects),
        }
        self.doubts.last().is_none()
    }

    /// Sends all creates again that have a key and no answer. Whether all have one now; a stale connection may refuse one or two.
    pub fn repeat(&mut self, request: impl Fn(&str, &str) -> Request, told: &AtomicUsize) -> bool {
        for name in std::mem::take(&mut self.to_repeat) {
            let key = name.replace(' ', "-");
            let request = request("POST", "/api/tasks").header("Idempotency-Key", &key);
            match self.count(request.json(&json!({ "title": name })).attempt(), told) {
                Some(answer) => {
                    self.repeated += usize::from(answer.header("idempotent-replayed").is_some());
                    self.note(&answer, &[]);
                }
                None => self.to_repeat.push(name),
            }
        }
        self.to_repeat.is_empty()
    }

    /// An answer that acknowledges; none and 503 do not, and any other is a fault.
    fn count(&mut self, answer: Option<Answer>, told: &AtomicUsize) -> Option<Answer> {
        match answer {
            Some(answer) if answer.status < 300 => {
                self.acknowledged += 1;
                told.fetch_add(1, Ordering::SeqCst);
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

    fn note(&mut self, answer: &Answer, effects: &[Effect]) {
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

    fn is_doubtful(&self, id: i64) -> bool {
        self.doubts.iter().flatten().any(|effect| match effect {
            Effect::Created(_) => false,
            Effect::Changed(doubtful, ..) | Effect::Deleted(doubtful) => *doubtful == id,
        })
    }

    /// Compares with what is there, and goes on from that. Everything acknowledged is there as it was told; what is in doubt was done
    /// wholly or not at all; nothing else is there.
    #[track_caller]
    pub fn compare(&mut self, request: impl Fn(&str, &str) -> Request) {
        let list = read(|| request("GET", "/api/tasks?limit=100000"));
        let mut there: BTreeMap<i64, Value> =
            list.as_array().unwrap().iter().map(|task| (task["id"].as_i64().unwrap(), task.clone())).collect();
        let mut known = std::mem::take(&mut self.tasks);
        let mut adopted = BTreeMap::new();
        for doubt in std::mem::take(&mut self.doubts) {
            let mut done = Vec::new();
            for effect in &doubt {
                let (id, is_done) = match effect {
                    Effect::Created(title) => {
                        let created: Vec<i64> =
                            there.values().filter(|task| task["title"] == title.as_str()).map(id).collect();
                        assert!(created.len() <= 1, "{title} is there {} times", created.len());
                        (created.first().copied(), !created.is_empty())
                    }
                    Effect::Changed(id, name, value) => {
                        let (now, before) = (&there[id], &known[id]);
                        let done = now[name] == *value && now["version"] == before["version"].as_i64().unwrap() + 1;
                        assert!(done || now == before, "{}: {now} after {before}", self.user);
                        (Some(*id), done)
                    }
                    Effect::Deleted(id) => {
                        assert!(there.get(id).is_none_or(|now| *now == known[id]), "{}: {id}", self.user);
                        (Some(*id), !there.contains_key(id))
                    }
                };
                done.push(is_done);
                if let Some(id) = id {
                    known.remove(&id);
                    adopted.extend(there.remove_entry(&id));
                }
            }
            assert!(done.iter().all(|one| *one == done[0]), "{}: half of {doubt:?} was done", self.user);
        }
        // an unacknowledged create with a key may be there, and will be when it is repeated
        let keyed: Vec<i64> = there
            .values()
            .filter(|task| self.to_repeat.iter().any(|name| task["title"] == name.as_str()))
            .map(id)
            .collect();
        let keyed: BTreeMap<i64, Value> = keyed.iter().filter_map(|id| there.remove_entry(id)).collect();
        assert!(keyed.len() <= self.to_repeat.len(), "a create with a key was done twice: {keyed:?}");
        let lost: Vec<_> = known.iter().filter(|(id, task)| there.get(id) != Some(task)).collect();
        assert!(lost.is_empty(), "{}: acknowledged, and not there: {lost:?}", self.user);
        let unknown: Vec<_> = there.keys().filter(|id| !known.contains_key(id)).collect();
        assert!(unknown.is_empty(), "{}: there, and never asked for or deleted: {unknown:?}", self.user);
        self.tasks = known;
        self.tasks.extend(adopted);
    }
}

/// A list that may first be answered by connections whose database has gone.
fn read(request: impl Fn() -> Request) -> Value {
    let began = Instant::now();
    loop {
        let answer = request().send();
        if answer.status != 503 || began.elapsed() > Duration::from_secs(60) {
            return answer.expect(200);
        }
    }
}

fn id(task: &Value) -> i64 {
    task["id"].as_i64().expect("ids are numbers")
}
