//! Writes that cost much: repeating tasks, bulks, answers that are kept.

use serde_json::{Value, json};

use super::{ANY_LENGTH, ATTACKER, Attack, Load, fill_tasks, nothing};
use crate::support;
use crate::wire::request;

const JSON: &str = "\nContent-Type: application/json";
/// Every seventh second, of which hardly any falls on a Sunday 29 February.
const SECONDLY: &str = "FREQ=SECONDLY;INTERVAL=7;BYSECOND=1;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=29;BYMONTH=2;BYDAY=SU";
/// A day that never comes.
const FEBRUARY_30: &str = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30";
/// So many tasks are there: the quota, less some room for next occurrences.
const TASKS: u32 = 9_000;

/// Tasks with a costly rule, stored before such rules were refused, completed 20 at a time.
pub const SECONDLY_BULK: Attack = Attack {
    name: "secondly_bulk",
    fill: |database| fill_tasks(database, TASKS, "", Some(SECONDLY)),
    load: || complete_in_bulk(20),
    accepted: &[200, 422, 429],
    longest_answer: ANY_LENGTH,
};

/// The same with a rule that never comes to pass, 100 at a time.
pub const FEBRUARY_30_BULK: Attack = Attack {
    name: "february_30_bulk",
    fill: |database| fill_tasks(database, TASKS, "", Some(FEBRUARY_30)),
    load: || complete_in_bulk(100),
    accepted: &[200, 422, 429],
    longest_answer: ANY_LENGTH,
};

/// Creates tasks with the rule of seconds, which the service evaluates in few steps.
pub const SECONDLY_RULES: Attack = Attack {
    name: "secondly_rules",
    fill: nothing,
    load: || create_with(SECONDLY),
    accepted: &[201, 422, 429],
    longest_answer: ANY_LENGTH,
};

/// Creates tasks with the rule that has no occurrence. The service refuses it.
pub const FEBRUARY_30_RULES: Attack = Attack {
    name: "february_30_rules",
    fill: nothing,
    load: || create_with(FEBRUARY_30),
    accepted: &[422, 429],
    longest_answer: ANY_LENGTH,
};

/// A hundred writes in each request.
pub const BULK_OF_100: Attack = Attack {
    name: "bulk_of_100",
    fill: |database| fill_tasks(database, TASKS, "", None),
    load: || {
        let token = support::token(ATTACKER);
        Load::Answered(Box::new(move |number, ask| {
            let body = operations(number, 100, |id| json!({ "op": "update", "id": id, "title": number.to_string() }));
            ask(&request(&format!("POST /api/tasks/bulk{JSON}"), &token, &body));
        }))
    },
    accepted: &[200, 429],
    longest_answer: ANY_LENGTH,
};

/// Answers that are kept for a day, of tasks that are gone at once.
pub const IDEMPOTENT_CREATES: Attack = Attack {
    name: "idempotent_creates",
    fill: nothing,
    load: || {
        let token = support::token(ATTACKER);
        let task = json!({ "title": "Gone", "description": "a".repeat(1000) }).to_string();
        Load::Answered(Box::new(move |number, ask| {
            let head = format!("POST /api/tasks{JSON}\nIdempotency-Key: key-{number}");
            let created = ask(&request(&head, &token, task.as_bytes())).filter(|answer| answer.status == 201);
            let task = created.and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
            if let Some(task) = task {
                ask(&request(&format!("DELETE /api/tasks/{}?permanent=true", task["id"]), &token, b""));
            }
        }))
    },
    // beyond the bound on kept answers a create is refused
    accepted: &[200, 201, 409, 429],
    longest_answer: ANY_LENGTH,
};

fn create_with(rule: &str) -> Load {
    let task = json!({ "title": "Seldom", "due_date": "1970-01-01T00:00:00Z", "recurrence_rule": rule });
    let request = request(&format!("POST /api/tasks{JSON}"), &support::token(ATTACKER), task.to_string().as_bytes());
    Load::Answered(Box::new(move |_, ask| drop(ask(&request))))
}

fn complete_in_bulk(count: u32) -> Load {
    let token = support::token(ATTACKER);
    Load::Answered(Box::new(move |number, ask| {
        let body = operations(number, count, |id| json!({ "op": "complete", "id": id, "completed": true }));
        ask(&request(&format!("POST /api/tasks/bulk{JSON}"), &token, &body));
    }))
}

/// So many operations on tasks that the requests before did not touch, as long as there are such.
fn operations(number: u32, count: u32, operation: impl Fn(u32) -> Value) -> Vec<u8> {
    let first = (number * count) % TASKS;
    let operations: Vec<Value> = (first..first + count).map(|index| operation(index % TASKS + 1)).collect();
    json!({ "operations": operations }).to_string().into_bytes()
}
