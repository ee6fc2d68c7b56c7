//! Taking tasks out, and in again.

mod calendar;
mod csv;
mod export;
mod import;

use serde::Serialize;

pub(super) use export::export;
pub(super) use import::import;

use super::task_json::TaskJson;
use crate::store::Task;

/// A task as JSON with the name that it keeps elsewhere.
#[derive(Serialize)]
struct NamedTask {
    #[serde(flatten)]
    task: TaskJson,
    uid: String,
}

impl From<Task> for NamedTask {
    fn from(mut task: Task) -> Self {
        let uid = std::mem::take(&mut task.uid);
        Self { task: TaskJson::from(task), uid }
    }
}
