//! Answers that the client does not read, and requests that it does not end.

use super::imports::{IMPORT_LIMIT, JSON as IMPORT_JSON};
use super::{ANY_LENGTH, ATTACKER, Attack, Load, fill_long_tasks, nothing};
use crate::support;
use crate::wire::request;

/// A hundred exports, each over a connection of its own.
pub const EXPORTS: Attack = Attack {
    name: "unread_exports",
    fill: fill_long_tasks,
    load: || unread(100, "/api/tasks/export"),
    accepted: &[],
    longest_answer: ANY_LENGTH,
};

/// Pipelines of the longest lists.
pub const PIPELINED_LISTS: Attack = Attack {
    name: "pipelined_lists",
    fill: fill_long_tasks,
    load: || unread(32, "/api/tasks?limit=1000"),
    accepted: &[],
    longest_answer: ANY_LENGTH,
};

/// Imports whose last byte never comes.
pub const UNFINISHED_IMPORTS: Attack = Attack {
    name: "unfinished_imports",
    fill: nothing,
    load: || {
        let body = " ".repeat(IMPORT_LIMIT);
        let mut request = request(IMPORT_JSON, &support::token(ATTACKER), body.as_bytes());
        request.pop();
        Load::Unread { connections: 32, request }
    },
    accepted: &[],
    longest_answer: ANY_LENGTH,
};

fn unread(connections: usize, path: &str) -> Load {
    Load::Unread { connections, request: request(&format!("GET {path}"), &support::token(ATTACKER), b"") }
}
