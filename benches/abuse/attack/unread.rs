//! Unread responses and unfinished requests.

use super::imports::{IMPORT_LIMIT, JSON as IMPORT_JSON};
use super::{ATTACKER, Attack, Load, UNLIMITED, fill_long_tasks, no_tasks};
use crate::support;
use crate::wire::request;

/// Exports on 100 connections.
pub const EXPORTS: Attack = Attack {
    name: "unread_exports",
    fill: fill_long_tasks,
    load: || unread(100, "/api/tasks/export"),
    accepted: &[],
    max_response: UNLIMITED,
};

/// Pipelined lists of the maximum length.
pub const PIPELINED_LISTS: Attack = Attack {
    name: "pipelined_lists",
    fill: fill_long_tasks,
    load: || unread(32, "/api/tasks?limit=1000"),
    accepted: &[],
    max_response: UNLIMITED,
};

/// Imports without the last byte of the body.
pub const UNFINISHED_IMPORTS: Attack = Attack {
    name: "unfinished_imports",
    fill: no_tasks,
    load: || {
        let body = " ".repeat(IMPORT_LIMIT);
        let mut request = request(IMPORT_JSON, &support::token(ATTACKER), body.as_bytes());
        request.pop();
        Load::Unread { connections: 32, request }
    },
    accepted: &[],
    max_response: UNLIMITED,
};

fn unread(connections: usize, path: &str) -> Load {
    Load::Unread { connections, request: request(&format!("GET {path}"), &support::token(ATTACKER), b"") }
}
