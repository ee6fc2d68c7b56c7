//! The report of an import: which tasks were rejected or changed, and why.

use serde::Serialize;
use utoipa::ToSchema;

/// Maximum number of listed tasks of each kind. The others are counted.
const MAX_LISTED: usize = 1000;
/// Maximum number of characters of a listed text.
const MAX_TEXT: usize = 255;
/// Maximum number of characters of a listed detail.
const MAX_DETAIL: usize = 1000;

/// A task of an import, and what happened to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct TaskReport {
    /// The task's id in the file; `null`: it has none.
    pub uid: Option<String>,
    /// The task's title in the file; `null`: it has none.
    pub title: Option<String>,
    /// The reason, as a sentence.
    pub detail: String,
}

/// The tasks of one kind: the first 1,000, and the number of the others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct TaskReports {
    pub listed: Vec<TaskReport>,
    pub unlisted: usize,
}

impl TaskReports {
    /// Adds a task. Cuts long texts.
    pub(crate) fn push(&mut self, uid: Option<&str>, title: Option<&str>, detail: &str) {
        if self.listed.len() == MAX_LISTED {
            self.unlisted = self.unlisted.saturating_add(1);
            return;
        }
        let cut = |text: &str, max: usize| text.chars().take(max).collect::<String>();
        self.listed.push(TaskReport {
            uid: uid.map(|uid| cut(uid, MAX_TEXT)),
            title: title.map(|title| cut(title, MAX_TEXT)),
            detail: cut(detail, MAX_DETAIL),
        });
    }
}

/// The tasks of an import that were not imported as they are in the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ImportReport {
    /// Tasks that were not imported.
    pub rejected: TaskReports,
    /// Tasks that were imported with changes.
    pub warnings: TaskReports,
    /// The number of tasks that have the uid of another task of the import, which is as new or newer.
    pub repeated: usize,
}
