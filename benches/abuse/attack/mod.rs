//! What one user may try. The bench and the tests run the same attacks.

mod floods;
mod imports;
mod lists;
mod tasks;
mod unread;

use crate::support::Database;
use crate::wire::Answer;

/// One attack, on a database of its own.
pub struct Attack {
    /// What it is chosen by.
    pub name: &'static str,
    /// Fills the database before the service starts.
    pub fill: fn(&Database),
    /// Makes what is sent.
    pub load: fn() -> Load,
    /// The statuses that the attacker may be answered with.
    pub accepted: &'static [u16],
    /// The longest body that the attacker may be answered with, in bytes.
    pub longest_answer: usize,
}

/// Sends the requests of this number; each is given to the function, which gives the answer.
pub type Requests = Box<dyn Fn(u32, &mut dyn FnMut(&[u8]) -> Option<Answer>) + Send + Sync>;

/// How an attacker sends.
pub enum Load {
    /// A request after the other on each connection, as often as `RATE_LIMIT` allows.
    Answered(Requests),
    /// The same as fast as answers come.
    Flood(Requests),
    /// As often as `RATE_LIMIT` allows, and no answer is read.
    Unread { connections: usize, request: Vec<u8> },
}

/// The user who attacks.
pub const ATTACKER: &str = "attacker";

/// Every attack.
pub const ATTACKS: &[Attack] = &[
    imports::NESTED_CALENDAR,
    imports::CALENDAR_OF_SHORT_LINES,
    tasks::SECONDLY_BULK,
    tasks::FEBRUARY_30_BULK,
    tasks::SECONDLY_RULES,
    tasks::FEBRUARY_30_RULES,
    tasks::BULK_OF_100,
    imports::IMPORT_OF_10000,
    imports::IMPORT_THAT_COMMITS,
    imports::JSON_OF_LISTS,
    imports::ERROR_DOCUMENTS,
    lists::LONG_SEARCH,
    lists::SEARCH,
    lists::VARYING_FILTERS,
    lists::MANY_TAGS,
    lists::WHOLE_LISTS,
    lists::WHOLE_EXPORTS,
    lists::STATS,
    unread::EXPORTS,
    unread::PIPELINED_LISTS,
    unread::UNFINISHED_IMPORTS,
    tasks::IDEMPOTENT_CREATES,
    floods::READYZ,
    floods::OVER_THE_LIMIT_BY_JWT,
    floods::OVER_THE_LIMIT_BY_COOKIE,
];

/// Any number of bytes.
const ANY_LENGTH: usize = usize::MAX;

/// Leaves the database as it is.
fn nothing(_: &Database) {}

/// The longest description, of one letter.
fn long_description() -> String {
    "a".repeat(1000)
}

/// Gives the attacker so many tasks, numbered from 1; due on the first day of 1970 where they have a rule.
fn fill_tasks(database: &Database, count: u32, description: &str, rule: Option<&str>) {
    let (due, rule) = match rule {
        Some(rule) => ("'1970-01-01 00:00:00'", format!("'{rule}'")),
        None => ("NULL", "NULL".into()),
    };
    let insert = |numbers: &str| {
        format!(
            "INSERT INTO tasks (user_id, uid, title, title_folded, description, description_folded, due_at, recurrence_rule, created_at, updated_at)
             SELECT '{ATTACKER}', 't' || n, 'Task ' || n, 'task ' || n, '{description}', '{description}', {due}, {rule},
                    '2024-01-01 00:00:00', '2024-01-01 00:00:00'
             FROM {numbers}"
        )
    };
    let numbers = format!(
        "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) SELECT n FROM numbers)"
    );
    database.fill(&insert(&numbers), &insert(&format!("generate_series(1, {count}) AS numbers (n)")));
}

/// As many tasks as the quota allows by default, each with a long description.
fn fill_long_tasks(database: &Database) {
    fill_tasks(database, 10_000, &long_description(), None);
}
