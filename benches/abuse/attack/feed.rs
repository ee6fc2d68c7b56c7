//! The change feed: unread streams, reconnects, and deltas in a loop.

use serde_json::json;

use super::{ATTACKER, Attack, Load, UNLIMITED, fill_long_tasks, long_description};
use crate::support;
use crate::wire::request;

/// The default of `STREAMS_PER_USER`.
const STREAMS: usize = 16;

/// All streams of a user, unread, while bulk requests change large tasks.
pub const UNREAD_STREAMS: Attack = Attack {
    name: "unread_streams",
    fill: fill_long_tasks,
    load: || {
        let token = support::token(ATTACKER);
        let description = long_description();
        let bodies: Vec<Vec<u8>> = (0..50)
            .map(|step| {
                let update = |id| json!({ "op": "update", "id": id, "description": description, "version": null });
                let operations: Vec<_> = (step * 40 + 1..=step * 40 + 40).map(update).collect();
                let body = json!({ "operations": operations }).to_string();
                request("POST /api/tasks/bulk\nContent-Type: application/json", &token, body.as_bytes())
            })
            .collect();
        let requests = Box::new(move |number: u32, send: &mut dyn FnMut(&[u8]) -> _| {
            drop(send(&bodies[number as usize % bodies.len()]));
        });
        Load::BesideStreams { streams: STREAMS, stream: stream(), requests }
    },
    accepted: &[200, 429],
    max_response: UNLIMITED,
};

/// Opens streams and closes them after their first event, without a pause.
pub const RECONNECTS: Attack = Attack {
    name: "reconnects",
    fill: fill_long_tasks,
    load: || Load::Reconnects { stream: stream(), until: b"event: ready" },
    accepted: &[200, 429],
    max_response: UNLIMITED,
};

/// Reads all tasks from the beginning, again and again.
pub const CHANGES: Attack = Attack {
    name: "changes",
    fill: fill_long_tasks,
    load: || {
        let request = request("GET /api/tasks/changes?limit=1000", &support::token(ATTACKER), b"");
        Load::Paced(Box::new(move |_, send| drop(send(&request))))
    },
    accepted: &[200, 429, 503],
    max_response: UNLIMITED,
};

fn stream() -> Vec<u8> {
    request("GET /api/tasks/events", &support::token(ATTACKER), b"")
}
