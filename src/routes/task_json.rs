//! A task as clients see it: every key always there, `null` where there is no value.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::moment::Moment;
use super::written::{Written, object};
use crate::config::ListShape;
use crate::openapi::bodies;
use crate::recurrence::{Due, RepeatFrom};
use crate::store::{Page, Position, Priority, Task};

object! {
    /// A task. Every key is always there.
    #[derive(Serialize, ToSchema)]
    #[schema(as = Task)]
    pub(super) struct TaskJson {
        /// The task's id, unique in the whole service.
        #[schema(minimum = 1)]
        id: i64,
        /// The owner's id.
        user_id: String,
        /// What is to be done.
        #[schema(min_length = 1, max_length = 200)]
        title: String,
        /// More about it.
        #[schema(required, max_length = 1000)]
        description: Option<String>,
        /// Whether it is done.
        completed: bool,
        /// The same in a word.
        status: bodies::Status,
        /// When it was done.
        #[schema(required, format = DateTime, value_type = Option<String>)]
        completed_at: Option<Moment>,
        /// How much it matters.
        priority: bodies::Priority,
        /// In the order given.
        #[schema(max_items = 20, value_type = Vec<bodies::Tag>)]
        tags: Vec<String>,
        /// When it is due: a date for the whole day, or an instant.
        #[schema(required, value_type = Option<bodies::DueDate>)]
        due_date: Option<Moment>,
        /// The IANA time zone in which it repeats and an all-day date lies; `null` means UTC.
        #[schema(required)]
        time_zone: Option<String>,
        /// When to be reminded.
        #[schema(required, format = DateTime, value_type = Option<String>)]
        remind_at: Option<Moment>,
        /// How it repeats: an RFC 5545 RRULE.
        #[schema(required)]
        recurrence_rule: Option<String>,
        /// From where its next turn is counted.
        repeat_from: bodies::RepeatFrom,
        /// What the tasks of one chain of repetitions have in common.
        #[schema(required)]
        series_id: Option<i64>,
        /// Rises by one with every write.
        #[schema(minimum = 1)]
        version: i64,
        /// When it was made.
        #[schema(format = DateTime, value_type = String)]
        created_at: Moment,
        /// When it was last changed.
        #[schema(format = DateTime, value_type = String)]
        updated_at: Moment,
    }
}

/// What a task usually takes at most, in bytes.
const USUAL_LENGTH: usize = 512;

/// A task as it is answered. Made on the thread that has read the row, so that its memory is given back where it was taken.
pub(super) struct Shown {
    /// The task's id.
    pub id: i64,
    /// Its strong entity tag: a new one with every write (RFC 9110 section 8.8.3).
    pub etag: String,
    /// Its JSON.
    pub json: Vec<u8>,
}

impl Shown {
    /// A task by the text that was kept of it, see [`text`].
    pub(super) fn again(text: String) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Named {
            id: i64,
            version: i64,
        }
        let Named { id, version } = serde_json::from_str(&text)?;
        Ok(Self { id, etag: etag(id, version), json: text.into_bytes() })
    }
}

impl From<Task> for Shown {
    fn from(task: Task) -> Self {
        let (id, etag) = (task.id, etag(task.id, task.version));
        let mut json = Vec::with_capacity(USUAL_LENGTH);
        TaskJson::from(task).write(&mut json);
        Self { id, etag, json }
    }
}

fn etag(id: i64, version: i64) -> String {
    format!("\"{id}-{version}\"")
}

/// A task's JSON, to be kept for those who ask again.
pub(super) fn text(task: &Task) -> String {
    String::from_utf8(Shown::from(task.clone()).json).expect("JSON is text")
}

/// The usual size of a part of a page, in bytes.
const PART: usize = 32 * 1024;

/// A page of a list as it is answered. Made on the thread that has read its rows.
pub struct ShownPage {
    /// Its JSON, in parts that can be dropped one by one.
    pub json: VecDeque<Bytes>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<Position>,
    /// How many tasks there are on all pages, where they were counted.
    pub total: Option<i64>,
}

impl ShownPage {
    /// A page, in the shape that answers have.
    pub fn new(page: Page, shape: ListShape) -> Self {
        let (before, after) = match shape {
            ListShape::Array => ("", ""),
            ListShape::Tasks => ("{\"tasks\":", "}"),
            ListShape::Data => ("{\"success\":true,\"data\":{\"tasks\":", "}}"),
        };
        let usual = USUAL_LENGTH.saturating_mul(page.tasks.len() + 1).min(PART + USUAL_LENGTH);
        let mut json = VecDeque::new();
        let mut part = Vec::with_capacity(usual);
        part.extend_from_slice(before.as_bytes());
        part.push(b'[');
        for (index, task) in page.tasks.into_iter().enumerate() {
            if index > 0 {
                part.push(b',');
            }
            TaskJson::from(task).write(&mut part);
            if part.len() >= PART {
                json.push_back(std::mem::replace(&mut part, Vec::with_capacity(usual)).into());
            }
        }
        part.push(b']');
        if shape != ListShape::Array {
            part.extend_from_slice(b",\"total\":");
            page.total.write(&mut part);
        }
        part.extend_from_slice(after.as_bytes());
        json.push_back(part.into());
        Self { json, next: page.next, total: page.total }
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
            status: if completed { bodies::Status::Completed } else { bodies::Status::Pending },
            completed_at: task.completed_at.map(Moment::exact),
            priority: task.priority.into(),
            tags: task.tags,
            due_date: task.due.map(|due| match due {
                Due::Day(day) => Moment::day(day),
                Due::At(instant) => Moment::chosen(instant),
            }),
            time_zone: task.time_zone,
            remind_at: task.remind_at.map(Moment::chosen),
            recurrence_rule: task.recurrence_rule,
            repeat_from: match task.repeat_from {
                RepeatFrom::DueDate => bodies::RepeatFrom::DueDate,
                RepeatFrom::Completion => bodies::RepeatFrom::Completion,
            },
            series_id: task.series_id,
            version: task.version,
            created_at: Moment::exact(task.created_at),
            updated_at: Moment::exact(task.updated_at),
        }
    }
}

/// What a delete is answered with.
#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    /// A sentence.
    #[schema(examples("Task deleted"))]
    message: &'static str,
    /// The id of the task.
    #[schema(minimum = 1)]
    id: i64,
    /// Always `true`.
    success: bool,
}

impl Deleted {
    pub(super) fn of(id: i64) -> Self {
        Self { message: "Task deleted", id, success: true }
    }
}

impl From<Priority> for bodies::Priority {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::None => Self::None,
            Priority::Low => Self::Low,
            Priority::Medium => Self::Medium,
            Priority::High => Self::High,
        }
    }
}
