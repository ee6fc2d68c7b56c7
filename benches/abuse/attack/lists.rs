//! Reads that cost much: searches, filters, whole lists.

use super::{ANY_LENGTH, ATTACKER, Attack, Load, fill_long_tasks};
use crate::support;
use crate::wire::request;

/// A search text that nearly matches, at every letter of every description.
pub const LONG_SEARCH: Attack = Attack {
    name: "long_search",
    fill: fill_long_tasks,
    load: || get(|_| format!("/api/tasks?search={}b", "a".repeat(449))),
    accepted: &[422, 429],
    longest_answer: ANY_LENGTH,
};

/// The same with the longest text that is accepted. The attacker's own scans may be stopped.
pub const SEARCH: Attack = Attack {
    name: "search",
    fill: fill_long_tasks,
    load: || get(|_| format!("/api/tasks?search={}b", "a".repeat(99))),
    accepted: &[200, 422, 429, 503],
    longest_answer: ANY_LENGTH,
};

/// Each list has a statement text of its own.
pub const VARYING_FILTERS: Attack = Attack {
    name: "varying_filters",
    fill: fill_long_tasks,
    load: || get(|number| format!("/api/tasks?limit=1&{}", filters(number))),
    accepted: &[200, 422, 429, 503],
    longest_answer: ANY_LENGTH,
};

/// More tags than a task can have, another number in each request.
pub const MANY_TAGS: Attack = Attack {
    name: "many_tags",
    fill: fill_long_tasks,
    load: || {
        get(|number| {
            let tags: Vec<String> = (0..1000 - number % 900).map(|tag| format!("t{tag}")).collect();
            format!("/api/tasks?limit=1&tags={}", tags.join(","))
        })
    },
    accepted: &[422, 429],
    longest_answer: ANY_LENGTH,
};

/// The longest pages of the longest tasks, and all of them counted.
pub const WHOLE_LISTS: Attack = Attack {
    name: "whole_lists",
    fill: fill_long_tasks,
    load: || get(|number| format!("/api/tasks?limit=1000&offset={}&count=exact", number % 10 * 1000)),
    accepted: &[200, 429, 503],
    longest_answer: ANY_LENGTH,
};

/// Everything, again and again, and read to its end.
pub const WHOLE_EXPORTS: Attack = Attack {
    name: "whole_exports",
    fill: fill_long_tasks,
    load: || get(|number| format!("/api/tasks/export?format={}", ["json", "csv", "ics"][number as usize % 3])),
    accepted: &[200, 429, 503],
    longest_answer: ANY_LENGTH,
};

/// Numbers over all tasks.
pub const STATS: Attack = Attack {
    name: "stats",
    fill: fill_long_tasks,
    load: || get(|_| "/api/tasks/stats".into()),
    accepted: &[200, 429, 503],
    longest_answer: ANY_LENGTH,
};

fn get(path: fn(u32) -> String) -> Load {
    let token = support::token(ATTACKER);
    Load::Answered(Box::new(move |number, ask| drop(ask(&request(&format!("GET {}", path(number)), &token, b"")))))
}

/// Another combination for each number, of what changes the text of a statement.
fn filters(number: u32) -> String {
    let tags: Vec<String> = (0..number % 20).map(|tag| format!("t{tag}")).collect();
    let choices = [
        "status=pending",
        "priority=low,high",
        "search=a",
        "due=none",
        "due_before=2030-01-01",
        "updated_since=2020-01-01T00:00:00Z",
        "series=1",
        "deleted=true",
        "count=exact",
        "order=asc",
    ];
    let chosen = choices.into_iter().enumerate().filter(|(index, _)| (number / 20) >> index & 1 == 1);
    let mut filters: Vec<String> = chosen.map(|(_, filter)| filter.to_owned()).collect();
    filters.push(format!("tags={}", tags.join(",")));
    filters.push(format!("sort={}", ["created_at", "due_date", "priority", "title"][number as usize % 4]));
    filters.join("&")
}
