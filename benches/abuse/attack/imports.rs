//! Bodies that are expensive to parse.

use super::{ATTACKER, Attack, Load, UNLIMITED, no_tasks};
use crate::support;
use crate::wire::request;

/// The default of `IMPORT_LIMIT`, in bytes.
pub const IMPORT_LIMIT: usize = 8 << 20;
const CALENDAR: &str = "POST /api/tasks/import\nContent-Type: text/calendar";
/// The request head of a JSON import.
pub const JSON: &str = "POST /api/tasks/import\nContent-Type: application/json";

/// Deeply nested components, which overflow the stack of a recursive parser.
pub const NESTED_CALENDAR: Attack = Attack {
    name: "nested_calendar",
    fill: no_tasks,
    load: || repeat(CALENDAR, &"BEGIN:A\r\n".repeat(3_612)),
    accepted: &[400, 429],
    max_response: UNLIMITED,
};

/// A million lines, which exhaust the memory of a parser that stores all lines.
pub const CALENDAR_OF_SHORT_LINES: Attack = Attack {
    name: "calendar_of_short_lines",
    fill: no_tasks,
    load: || {
        let (head, tail) = ("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\n", "END:VTODO\r\nEND:VCALENDAR\r\n");
        repeat(CALENDAR, &format!("{head}{}{tail}", "A:B\r\n".repeat(1_000_000)))
    },
    accepted: &[200, 400, 413, 422, 429],
    max_response: UNLIMITED,
};

/// The first import creates 10,000 tasks in one transaction. The others find all tasks present.
pub const IMPORT_OF_10000: Attack = Attack {
    name: "import_of_10000",
    fill: no_tasks,
    load: || repeat(JSON, &tasks()),
    accepted: &[200, 429],
    max_response: UNLIMITED,
};

/// A single import of 10,000 tasks. The rate limit allows it, and it commits.
pub const IMPORT_THAT_COMMITS: Attack = Attack {
    name: "import_that_commits",
    fill: no_tasks,
    load: || match repeat(JSON, &tasks()) {
        Load::Paced(import) => Load::Paced(Box::new(move |number, send| {
            if number == 0 {
                import(number, send);
            }
        })),
        other => other,
    },
    accepted: &[200],
    max_response: UNLIMITED,
};

/// Returns the maximum number of tasks of one import, as JSON.
fn tasks() -> String {
    let description = "a".repeat(700);
    let task = |number| format!(r#"{{"uid":"{number}","title":"Task {number}","description":"{description}"}}"#);
    let tasks: Vec<String> = (0..10_000).map(task).collect();
    format!("[{}]", tasks.join(","))
}

/// Nested empty arrays, which need many times their text size in memory.
pub const JSON_OF_LISTS: Attack = Attack {
    name: "json_of_lists",
    fill: no_tasks,
    load: || repeat(JSON, &format!("[{}[]]", "[[[]]],".repeat(IMPORT_LIMIT / 7 - 1))),
    accepted: &[400, 413, 422, 429],
    max_response: UNLIMITED,
};

/// 10,000 invalid elements, each of which is rejected. The response lists the first of them and counts the others.
pub const ERROR_DOCUMENTS: Attack = Attack {
    name: "error_documents",
    fill: no_tasks,
    load: || repeat(JSON, &format!("[{}0]", "0,".repeat(9_999))),
    accepted: &[200, 429],
    max_response: 96 << 10,
};

/// Sends the same body repeatedly.
fn repeat(head: &str, body: &str) -> Load {
    let request = request(head, &support::token(ATTACKER), body.as_bytes());
    Load::Paced(Box::new(move |_, send| drop(send(&request))))
}
