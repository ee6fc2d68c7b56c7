//! A task as clients see it: every key always there, `null` where there is no value.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::store::{Due, Priority, Task};

#[derive(Serialize)]
pub(super) struct TaskJson {
    id: i64,
    user_id: String,
    title: String,
    description: Option<String>,
    completed: bool,
    status: &'static str,
    completed_at: Option<String>,
    priority: &'static str,
    tags: Vec<String>,
    due_date: Option<String>,
    time_zone: Option<String>,
    remind_at: Option<String>,
    recurrence_rule: Option<String>,
    version: i64,
    created_at: String,
    updated_at: String,
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
            status: if completed { "completed" } else { "pending" },
            completed_at: task.completed_at.map(moment),
            priority: match task.priority {
                Priority::None => "none",
                Priority::Low => "low",
                Priority::Medium => "medium",
                Priority::High => "high",
            },
            tags: task.tags,
            due_date: task.due.map(|due| match due {
                Due::Day(day) => day.to_string(),
                Due::At(instant) => chosen(instant),
            }),
            time_zone: task.time_zone,
            remind_at: task.remind_at.map(chosen),
            recurrence_rule: task.recurrence_rule,
            version: task.version,
            created_at: moment(task.created_at),
            updated_at: moment(task.updated_at),
        }
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
