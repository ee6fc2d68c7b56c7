//! Bodies that cost more to read than to send.

use super::{ANY_LENGTH, ATTACKER, Attack, Load, nothing};
use crate::support;
use crate::wire::request;

/// `IMPORT_LIMIT` by default, in bytes.
pub const IMPORT_LIMIT: usize = 8 << 20;
const CALENDAR: &str = "POST /api/tasks/import\nContent-Type: text/calendar";
/// The head of an import of JSON.
pub const JSON: &str = "POST /api/tasks/import\nContent-Type: application/json";

/// Components within components: a parser that calls itself for each runs out of stack.
pub const NESTED_CALENDAR: Attack = Attack {
    name: "nested_calendar",
    fill: nothing,
    load: || always(CALENDAR, &"BEGIN:A\r\n".repeat(3_612)),
    accepted: &[400, 429],
    longest_answer: ANY_LENGTH,
};

/// More lines than any parser should keep.
pub const CALENDAR_OF_SHORT_LINES: Attack = Attack {
    name: "calendar_of_short_lines",
    fill: nothing,
    load: || {
        let (head, tail) = ("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\n", "END:VTODO\r\nEND:VCALENDAR\r\n");
        always(CALENDAR, &format!("{head}{}{tail}", "A:B\r\n".repeat(1_000_000)))
    },
    accepted: &[200, 400, 413, 422, 429],
    longest_answer: ANY_LENGTH,
};

/// The first creates 10,000 tasks in one transaction; the others read as much, and find all of them there.
pub const IMPORT_OF_10000: Attack = Attack {
    name: "import_of_10000",
    fill: nothing,
    load: || always(JSON, &tasks()),
    accepted: &[200, 429],
    longest_answer: ANY_LENGTH,
};

/// One such import by itself, which finds the bucket full and commits.
pub const IMPORT_THAT_COMMITS: Attack = Attack {
    name: "import_that_commits",
    fill: nothing,
    load: || match always(JSON, &tasks()) {
        Load::Answered(import) => Load::Answered(Box::new(move |number, ask| {
            if number == 0 {
                import(number, ask);
            }
        })),
        other => other,
    },
    accepted: &[200],
    longest_answer: ANY_LENGTH,
};

/// As many tasks as one import may have, in JSON.
fn tasks() -> String {
    let description = "a".repeat(700);
    let task = |number| format!(r#"{{"uid":"{number}","title":"Task {number}","description":"{description}"}}"#);
    let tasks: Vec<String> = (0..10_000).map(task).collect();
    format!("[{}]", tasks.join(","))
}

/// Small values that take many times their text in memory.
pub const JSON_OF_LISTS: Attack = Attack {
    name: "json_of_lists",
    fill: nothing,
    load: || always(JSON, &format!("[{}[]]", "[[[]]],".repeat(IMPORT_LIMIT / 7 - 1))),
    accepted: &[400, 413, 422, 429],
    longest_answer: ANY_LENGTH,
};

/// Each element is wrong, and named.
pub const ERROR_DOCUMENTS: Attack = Attack {
    name: "error_documents",
    fill: nothing,
    load: || always(JSON, &format!("[{}0]", "0,".repeat(9_999))),
    accepted: &[422, 429],
    longest_answer: 16 << 10,
};

/// The same body again and again.
fn always(head: &str, body: &str) -> Load {
    let request = request(head, &support::token(ATTACKER), body.as_bytes());
    Load::Answered(Box::new(move |_, ask| drop(ask(&request))))
}
