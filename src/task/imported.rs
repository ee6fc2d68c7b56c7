//! Validated tasks of an import.

use chrono::{DateTime, Utc};

use crate::task::collation::title_key;
use crate::task::model::NewTask;
use crate::task::text::case_folded;

/// A validated task of an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportedTask {
    pub(crate) uid: String,
    pub(crate) task: NewTask,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) title_folded: String,
    pub(crate) title_key: Vec<u8>,
    pub(crate) description_folded: Option<String>,
}

impl ImportedTask {
    /// Creates a task with another calendar's id, creation time and completion time.
    ///
    /// Derives the texts for searches and sorting here. On SQLite, a database thread would delay the writes of all users.
    pub fn new(uid: String, task: NewTask, created_at: DateTime<Utc>, completed_at: Option<DateTime<Utc>>) -> Self {
        let (title_folded, description_folded) =
            (case_folded(&task.title), task.description.as_deref().map(case_folded));
        let title_key = title_key(&task.title);
        Self { uid, task, created_at, completed_at, title_folded, title_key, description_folded }
    }
}
