//! Expensive writes: repeating tasks, bulk requests, stored responses.

use serde_json::{Value, json};

use super::{ATTACKER, Attack, Load, UNLIMITED, fill_tasks, no_tasks};
use crate::support;
use crate::wire::request;

const JSON: &str = "\nContent-Type: application/json";
/// A rule for every seventh second. Hardly any match is on a Sunday, 29 February.
const SECONDLY: &str = "FREQ=SECONDLY;INTERVAL=7;BYSECOND=1;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=29;BYMONTH=2;BYDAY=SU";
/// A rule without occurrences.
const FEBRUARY_30: &str = "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;SKIP=OMIT";
/// The number of tasks: the quota minus capacity for next occurrences.
const TASKS: u32 = 9_000;

/// Completes tasks with an expensive rule, 20 per request. An older version of the service stored these rules.
pub const SECONDLY_BULK: Attack = Attack {
    name: "secondly_bulk",
    fill: |database| fill_tasks(database, TASKS, "", Some(SECONDLY)),
    load: || complete_in_bulk(20),
    accepted: &[200, 422, 429],
    max_response: UNLIMITED,
};

/// Completes tasks with a rule without occurrences, 100 per request.
pub const FEBRUARY_30_BULK: Attack = Attack {
    name: "february_30_bulk",
    fill: |database| fill_tasks(database, TASKS, "", Some(FEBRUARY_30)),
    load: || complete_in_bulk(100),
    accepted: &[200, 422, 429],
    max_response: UNLIMITED,
};

/// Creates tasks with the secondly rule, which the service evaluates in few steps.
pub const SECONDLY_RULES: Attack = Attack {
    name: "secondly_rules",
    fill: no_tasks,
    load: || create_with(SECONDLY),
    accepted: &[201, 422, 429],
    max_response: UNLIMITED,
};

/// Creates tasks with a rule without occurrences. The service rejects the rule.
pub const FEBRUARY_30_RULES: Attack = Attack {
    name: "february_30_rules",
    fill: no_tasks,
    load: || create_with(FEBRUARY_30),
    accepted: &[422, 429],
    max_response: UNLIMITED,
};

/// Sends 100 updates per request.
pub const BULK_OF_100: Attack = Attack {
    name: "bulk_of_100",
    fill: |database| fill_tasks(database, TASKS, "", None),
    load: || {
        let token = support::token(ATTACKER);
        Load::Paced(Box::new(move |number, send| {
            let body = operations(number, 100, |id| json!({ "op": "update", "id": id, "title": number.to_string() }));
            send(&request(&format!("POST /api/tasks/bulk{JSON}"), &token, &body));
        }))
    },
    accepted: &[200, 429],
    max_response: UNLIMITED,
};

/// Creates and purges tasks with idempotency keys. The service stores each response for a day.
pub const IDEMPOTENT_CREATES: Attack = Attack {
    name: "idempotent_creates",
    fill: no_tasks,
    load: || {
        let token = support::token(ATTACKER);
        let task = json!({ "title": "Gone", "description": "a".repeat(1000) }).to_string();
        Load::Paced(Box::new(move |number, send| {
            let head = format!("POST /api/tasks{JSON}\nIdempotency-Key: key-{number}");
            let created = send(&request(&head, &token, task.as_bytes())).filter(|response| response.status == 201);
            let task = created.and_then(|response| serde_json::from_slice::<Value>(&response.body).ok());
            if let Some(task) = task {
                send(&request(&format!("DELETE /api/tasks/{}?permanent=true", task["id"]), &token, b""));
            }
        }))
    },
    // above the quota of stored responses the service rejects creates
    accepted: &[200, 201, 409, 429],
    max_response: UNLIMITED,
};

fn create_with(rule: &str) -> Load {
    let task = json!({ "title": "Seldom", "due_date": "1970-01-01T00:00:00Z", "recurrence_rule": rule });
    let request = request(&format!("POST /api/tasks{JSON}"), &support::token(ATTACKER), task.to_string().as_bytes());
    Load::Paced(Box::new(move |_, send| drop(send(&request))))
}

fn complete_in_bulk(count: u32) -> Load {
    let token = support::token(ATTACKER);
    Load::Paced(Box::new(move |number, send| {
        let body = operations(number, count, |id| json!({ "op": "complete", "id": id, "completed": true }));
        send(&request(&format!("POST /api/tasks/bulk{JSON}"), &token, &body));
    }))
}

/// Returns `count` operations. Consecutive requests use different tasks, until all tasks were used.
fn operations(number: u32, count: u32, operation: impl Fn(u32) -> Value) -> Vec<u8> {
    let first = (number * count) % TASKS;
    let operations: Vec<Value> = (first..first + count).map(|index| operation(index % TASKS + 1)).collect();
    json!({ "operations": operations }).to_string().into_bytes()
}
