//! The attacks of one user. The bench and the tests run the same attacks.

mod feed;
mod floods;
mod imports;
mod lists;
mod tasks;
mod unread;

use crate::support::Database;
use crate::wire::Response;

/// An attack. Each runs on its own database.
pub struct Attack {
    /// The name on the command line and in the table.
    pub name: &'static str,
    /// Fills the database before the service starts.
    pub fill: fn(&Database),
    /// Creates the requests.
    pub load: fn() -> Load,
    /// The accepted response statuses.
    pub accepted: &'static [u16],
    /// The limit of a response body, in bytes.
    pub max_response: usize,
}

/// Sends the requests of one step. Arguments: the number of the step, and a function that sends a request and returns the response.
pub type Requests = Box<dyn Fn(u32, &mut dyn FnMut(&[u8]) -> Option<Response>) + Send + Sync>;

/// The sending mode of an attack.
pub enum Load {
    /// Sends as often as `RATE_LIMIT` allows. Each connection waits for the response before its next request.
    Paced(Requests),
    /// Sends without a pause. Each connection waits for the response before its next request.
    Flood(Requests),
    /// Sends as often as `RATE_LIMIT` allows and reads no response.
    Unread { connections: usize, request: Vec<u8> },
    /// Opens event streams and reads none of them. Meanwhile sends requests as [`Load::Paced`].
    BesideStreams { streams: usize, stream: Vec<u8>, requests: Requests },
    /// Opens event streams without a pause. Closes each when it has received this text, or another response than 200.
    Reconnects { stream: Vec<u8>, until: &'static [u8] },
}

/// The id of the attacking user.
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
    feed::UNREAD_STREAMS,
    feed::RECONNECTS,
    feed::CHANGES,
    tasks::IDEMPOTENT_CREATES,
    floods::READYZ,
    floods::OVER_THE_LIMIT_BY_JWT,
    floods::OVER_THE_LIMIT_BY_COOKIE,
];

/// No limit of the response body.
const UNLIMITED: usize = usize::MAX;

/// Leaves the database as it is.
fn no_tasks(_: &Database) {}

/// Returns a description of the maximum length, which repeats one letter.
fn long_description() -> String {
    "a".repeat(1000)
}

/// Inserts `count` tasks of the attacker, with ids from 1. Tasks with a rule are due on 1970-01-01.
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

/// Inserts the default quota of tasks, each with a description of the maximum length.
fn fill_long_tasks(database: &Database) {
    fill_tasks(database, 10_000, &long_description(), None);
}
