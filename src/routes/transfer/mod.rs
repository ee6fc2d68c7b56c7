//! Taking tasks out, and in again.
//!
//! Sizes and times come from clients here: arithmetic on them must not panic.

#![deny(clippy::arithmetic_side_effects)]

mod calendar;
mod concurrency;
mod csv;
mod drafts;
mod export;
mod import;
mod task_list;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

// each with what its annotation makes, for the document
pub(super) use export::{__path_export, export};
pub(super) use import::{__path_import, import};

use self::drafts::Drafts;
use super::task_json::TaskJson;
use crate::store::Task;
use concurrency::ConcurrencyLimit;

/// The most exports of one user at a time.
const MAX_EXPORTS: usize = 2;
/// The fewest threads that parse imports: with two, one user's import does not hold up another's.
const MIN_PARSERS: usize = 2;

/// Bounds what imports and exports take.
pub struct Transfers {
    imports: Arc<ConcurrencyLimit>,
    exports: Arc<ConcurrencyLimit>,
    /// A permit for each import that is being parsed.
    parsers: Arc<Semaphore>,
}

impl Default for Transfers {
    /// One import and two exports of each user at a time; imports of all users are parsed on as many threads as there are cores.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(MIN_PARSERS, usize::from);
        Self {
            imports: ConcurrencyLimit::new(1),
            exports: ConcurrencyLimit::new(MAX_EXPORTS),
            parsers: Arc::new(Semaphore::new(cores.max(MIN_PARSERS))),
        }
    }
}

/// Reads the calendar of an import, for `fuzz`.
pub(super) fn read_calendar(text: &str, now: DateTime<Utc>) {
    let mut drafts = Drafts::new(now);
    let _ = calendar::read(text, &mut drafts);
    let _ = drafts.checked();
}

/// Reads the JSON of an import, for `fuzz`.
pub(super) fn read_task_list(body: &[u8], now: DateTime<Utc>) {
    let mut drafts = Drafts::new(now);
    let _ = task_list::read(body, &mut drafts);
    let _ = drafts.checked();
}

/// A task as JSON with the name that it keeps elsewhere.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedTask)]
struct NamedTask {
    #[serde(flatten)]
    task: TaskJson,
    /// Its name everywhere.
    uid: String,
}

impl From<Task> for NamedTask {
    fn from(mut task: Task) -> Self {
        let uid = std::mem::take(&mut task.uid);
        Self { task: TaskJson::from(task), uid }
    }
}
