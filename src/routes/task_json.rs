//! A task as clients see it: every key always there, `null` where there is no value.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::recurrence::{Due, RepeatFrom};
use crate::store::{Priority, Task};

/// Also read again, from the answers that are kept for requests that may be repeated.
#[derive(Serialize, Deserialize)]
pub(super) struct TaskJson {
    /// The task's id.
    pub id: i64,
    user_id: String,
    title: String,
    description: Option<String>,
    completed: bool,
    status: Cow<'static, str>,
    completed_at: Option<String>,
    priority: Cow<'static, str>,
    tags: Vec<String>,
    due_date: Option<String>,
    time_zone: Option<String>,
    remind_at: Option<String>,
    recurrence_rule: Option<String>,
    repeat_from: Cow<'static, str>,
    series_id: Option<i64>,
    version: i64,
    created_at: String,
    updated_at: String,
}

impl TaskJson {
    /// The task's strong entity tag: a new one with every write (RFC 9110 section 8.8.3).
    pub(super) fn etag(&self) -> String {
        format!("\"{}-{}\"", self.id, self.version)
    }
}

impl From<Task> for TaskJson {
    fn from(task: Task) -> Self {
        let completed = task.completed_at.is_some();
        Self {
            id: task.id,
            user_id: task.user_id,
            title: task.title,
            description: task.description,
            completed,
            status: if completed { "completed" } else { "pending" }.into(),
            completed_at: task.completed_at.map(moment),
            priority: priority_name(task.priority).into(),
            tags: task.tags,
            due_date: task.due.map(|due| match due {
                Due::Day(day) => day.to_string(),
                Due::At(instant) => chosen(instant),
            }),
            time_zone: task.time_zone,
            remind_at: task.remind_at.map(chosen),
            recurrence_rule: task.recurrence_rule,
            repeat_from: match task.repeat_from {
                RepeatFrom::DueDate => "due_date",
                RepeatFrom::Completion => "completion",
            }
            .into(),
            series_id: task.series_id,
            version: task.version,
            created_at: moment(task.created_at),
            updated_at: moment(task.updated_at),
        }
    }
}

/// A priority as it is written.
pub(super) fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::None => "none",
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}

/// An instant of ours, to the millisecond.
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An instant that somebody chose: without a fraction that they did not write.
fn chosen(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
