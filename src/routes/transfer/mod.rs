//! Taking tasks out, and in again.

mod calendar;
mod csv;
mod export;
mod import;

use serde::Serialize;
use utoipa::ToSchema;

// each with what its annotation makes, for the document
pub(super) use export::{__path_export, export};
pub(super) use import::{__path_import, import};

use super::task_json::TaskJson;
use crate::store::Task;

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
