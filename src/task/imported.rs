//! Validated tasks of an import.

use chrono::{DateTime, Utc};

use crate::task::collation::title_key;
use crate::task::dates::to_db_timestamp;
use crate::task::model::NewTask;
use crate::task::text::case_folded;

/// The revision of a task in the calendar that it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Revision {
    /// `SEQUENCE`, at least 0.
    pub sequence: Option<i64>,
    /// `LAST-MODIFIED`, with millisecond precision.
    pub modified_at: Option<DateTime<Utc>>,
}

impl Revision {
    /// Creates a revision. Ignores a negative sequence.
    pub fn new(sequence: Option<i64>, modified_at: Option<DateTime<Utc>>) -> Self {
        let sequence = sequence.filter(|sequence| *sequence >= 0);
        Self { sequence, modified_at: modified_at.map(|at| to_db_timestamp(at).and_utc()) }
    }

    /// Returns whether this revision is newer than another: a higher sequence, or the same sequence and a later modification.
    ///
    /// A missing sequence is 0 (RFC 5545 section 3.8.7.4). If one revision has no time of modification, the sequence alone decides.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let sequence = |revision: &Self| revision.sequence.unwrap_or(0);
        match sequence(self).cmp(&sequence(other)) {
            std::cmp::Ordering::Equal => {
                matches!((self.modified_at, other.modified_at), (Some(at), Some(other)) if at > other)
            }
            order => order.is_gt(),
        }
    }
}

/// A validated task of an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportedTask {
    pub(crate) uid: String,
    pub(crate) task: NewTask,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) revision: Revision,
    pub(crate) title_folded: String,
    pub(crate) title_key: Vec<u8>,
    pub(crate) description_folded: Option<String>,
}

impl ImportedTask {
    /// Creates a task with another calendar's id, creation time and completion time.
    ///
    /// Derives the texts for searches and sorting here. On SQLite, a database thread would delay the writes of all users.
    pub fn new(
        uid: String,
        task: NewTask,
        created_at: DateTime<Utc>,
        completed_at: Option<DateTime<Utc>>,
        revision: Revision,
    ) -> Self {
        let (title_folded, description_folded) =
            (case_folded(&task.title), task.description.as_deref().map(case_folded));
        let title_key = title_key(&task.title);
        Self { uid, task, created_at, completed_at, revision, title_folded, title_key, description_folded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_decides_before_the_time_of_modification() {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0);
        let revision = |sequence: Option<i64>, seconds: Option<i64>| Revision::new(sequence, seconds.and_then(at));
        for (newer, older) in [
            ((Some(1), None), (None, None)),
            ((Some(2), Some(1)), (Some(1), Some(9))),
            ((None, Some(2)), (Some(0), Some(1))),
        ] {
            let (newer, older) = (revision(newer.0, newer.1), revision(older.0, older.1));
            assert!(newer.is_newer_than(&older) && !older.is_newer_than(&newer), "{newer:?} {older:?}");
        }
        for (one, other) in [
            ((None, None), (None, None)),
            ((Some(3), Some(1)), (Some(3), Some(1))),
            ((None, Some(5)), (None, None)),
            ((Some(-4), None), (Some(0), None)),
        ] {
            let (one, other) = (revision(one.0, one.1), revision(other.0, other.1));
            assert!(!one.is_newer_than(&other) && !other.is_newer_than(&one), "{one:?} {other:?}");
        }
    }
}
