//! The report of an import: which tasks were rejected or changed, and why.

use serde::Serialize;
use utoipa::ToSchema;

/// Maximum number of listed tasks of each kind. The others are counted.
const MAX_LISTED: usize = 1000;
/// Maximum length of the texts of each kind, in bytes. A report may be stored for retries.
const MAX_BYTES: usize = 128 << 10;
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

impl TaskReport {
    /// Returns the length of the texts.
    fn bytes(&self) -> usize {
        let texts = [self.uid.as_deref(), self.title.as_deref(), Some(self.detail.as_str())];
        texts.into_iter().flatten().map(str::len).sum()
    }
}

/// The tasks of one kind: the first 1,000, with texts of at most 128 KiB, and the number of the others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct TaskReports {
    pub listed: Vec<TaskReport>,
    pub unlisted: usize,
    /// The length of the listed texts.
    bytes: usize,
}

impl TaskReports {
    /// Adds a task. Cuts long texts.
    pub(crate) fn push(&mut self, uid: Option<&str>, title: Option<&str>, detail: &str) {
        let cut = |text: &str, max: usize| text.chars().take(max).collect::<String>();
        let report = TaskReport {
            uid: uid.map(|uid| cut(uid, MAX_TEXT)),
            title: title.map(|title| cut(title, MAX_TEXT)),
            detail: cut(detail, MAX_DETAIL),
        };
        let bytes = self.bytes.saturating_add(report.bytes());
        // the listed tasks are the first ones, so nothing is listed after an unlisted task
        if self.unlisted > 0 || self.listed.len() == MAX_LISTED || bytes > MAX_BYTES {
            self.unlisted = self.unlisted.saturating_add(1);
            return;
        }
        self.bytes = bytes;
        self.listed.push(report);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_texts_up_to_the_limit() {
        let mut reports = TaskReports::default();
        for _ in 0..1500 {
            reports.push(Some(&"u".repeat(300)), Some(&"𝄞".repeat(300)), &"d".repeat(2000));
        }
        let bytes_each = 255 + 4 * 255 + 1000;
        assert_eq!(reports.listed.len(), MAX_BYTES / bytes_each);
        assert_eq!(reports.listed.len() + reports.unlisted, 1500);
        reports.push(None, None, "short");
        assert!(reports.listed.iter().all(|report| report.uid.is_some()), "a task is listed after an unlisted one");
    }
}
