//! Expensive reads: searches, filters, complete lists.

use super::{ATTACKER, Attack, Load, UNLIMITED, fill_long_tasks};
use crate::support;
use crate::wire::request;

/// A long search text that almost matches at every position of every description.
pub const LONG_SEARCH: Attack = Attack {
    name: "long_search",
    fill: fill_long_tasks,
    load: || get(|_| format!("/api/tasks?search={}b", "a".repeat(449))),
    accepted: &[422, 429],
    max_response: UNLIMITED,
};

/// The same with the longest accepted text. The attacker's own statements may reach the timeout.
pub const SEARCH: Attack = Attack {
    name: "search",
    fill: fill_long_tasks,
    load: || get(|_| format!("/api/tasks?search={}b", "a".repeat(99))),
    accepted: &[200, 422, 429, 503],
    max_response: UNLIMITED,
};

/// Lists with varying filters, each of which needs another statement text.
pub const VARYING_FILTERS: Attack = Attack {
    name: "varying_filters",
    fill: fill_long_tasks,
    load: || get(|number| format!("/api/tasks?limit=1&{}", filters(number))),
    accepted: &[200, 422, 429, 503],
    max_response: UNLIMITED,
};

/// More tags than a task can have, with another count in each request.
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
    max_response: UNLIMITED,
};

/// Pages of the maximum size with the longest tasks, with an exact count.
pub const WHOLE_LISTS: Attack = Attack {
    name: "whole_lists",
    fill: fill_long_tasks,
    load: || get(|number| format!("/api/tasks?limit=1000&offset={}&count=exact", number % 10 * 1000)),
    accepted: &[200, 429, 503],
    max_response: UNLIMITED,
};

/// Repeated exports of all tasks. The client reads each response completely.
pub const WHOLE_EXPORTS: Attack = Attack {
    name: "whole_exports",
    fill: fill_long_tasks,
    load: || get(|number| format!("/api/tasks/export?format={}", ["json", "csv", "ics"][number as usize % 3])),
    accepted: &[200, 429, 503],
    max_response: UNLIMITED,
};

/// Statistics over all tasks.
pub const STATS: Attack = Attack {
    name: "stats",
    fill: fill_long_tasks,
    load: || get(|_| "/api/tasks/stats".into()),
    accepted: &[200, 429, 503],
    max_response: UNLIMITED,
};

fn get(path: fn(u32) -> String) -> Load {
    let token = support::token(ATTACKER);
    Load::Paced(Box::new(move |number, send| drop(send(&request(&format!("GET {}", path(number)), &token, b"")))))
}

/// Returns another combination of statement-changing filters for each number.
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
