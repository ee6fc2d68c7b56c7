//! What is changed of a task, and on what condition.

use chrono::{DateTime, Utc};

use super::model::Priority;
use crate::recurrence::{Due, RepeatFrom};

/// What becomes of a task's being completed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Completion {
    /// Stays as it is.
    #[default]
    Keep,
    /// Becomes this.
    Set(bool),
    /// Becomes what it is not.
    Toggle,
}

/// Which versions of a task a write is meant for (`If-Match`, RFC 9110 section 13.1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Expected {
    /// Whatever is there.
    #[default]
    Any,
    /// One of these, and no other.
    Versions(Vec<i64>),
}

impl Expected {
    /// Whether it is this version, or any.
    pub(super) fn fits(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }

    /// `,3,7,` for `version` to be found in; `None` where any will do.
    pub(super) fn column(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Versions(versions) => {
                Some(versions.iter().fold(",".into(), |list, version| format!("{list}{version},")))
            }
        }
    }
}

/// A change, checked. Outer `None`: keeps its value; `Some(None)`: is cleared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskChange {
    /// 1 to 200 characters, trimmed.
    pub title: Option<String>,
    /// At most 1,000 characters.
    pub description: Option<Option<String>>,
    /// Whether it is completed.
    pub completion: Completion,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// At most 20.
    pub tags: Option<Vec<String>>,
    /// When it is due.
    pub due: Option<Option<Due>>,
    /// An IANA name.
    pub time_zone: Option<Option<String>>,
    /// When to remind of it.
    pub remind_at: Option<Option<DateTime<Utc>>>,
    /// An RRULE value.
    pub recurrence_rule: Option<Option<String>>,
    /// From when the next occurrence is counted.
    pub repeat_from: Option<RepeatFrom>,
    /// The moment of the change.
    pub now: DateTime<Utc>,
}

impl TaskChange {
    /// A change of nothing but whether the task is completed.
    pub fn completion(completion: Completion, now: DateTime<Utc>) -> Self {
        Self {
            title: None,
            description: None,
            completion,
            priority: None,
            tags: None,
            due: None,
            time_zone: None,
            remind_at: None,
            recurrence_rule: None,
            repeat_from: None,
            now,
        }
    }
}
