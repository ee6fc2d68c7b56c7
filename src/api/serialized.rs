//! Responses that are written on the thread that reads the rows, which frees the memory where it was allocated.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::etag::etag;
use crate::api::task::write_task;
use crate::config::ListShape;
use crate::db::{Keyset, Page};
use crate::task::Task;

/// The usual size of a task in JSON, in bytes.
const USUAL_LENGTH: usize = 512;

/// A task as a response has it.
pub(crate) struct SerializedTask {
    /// The task's id.
    pub id: i64,
    /// The strong entity tag (RFC 9110 section 8.8.3). Each write changes it.
    pub etag: String,
    /// The JSON.
    pub json: Vec<u8>,
}

impl SerializedTask {
    /// Makes the response from JSON that [`stored_text`] wrote.
    pub(crate) fn from_stored(text: String) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Stored {
            id: i64,
            version: i64,
        }
        let Stored { id, version } = serde_json::from_str(&text)?;
        Ok(Self { id, etag: etag(id, version), json: text.into_bytes() })
    }
}

impl From<Task> for SerializedTask {
    fn from(task: Task) -> Self {
        let mut json = Vec::with_capacity(USUAL_LENGTH);
        write_task(&task, &mut json);
        Self { id: task.id, etag: etag(task.id, task.version), json }
    }
}

/// The JSON of a task, to be stored for a repeated request.
pub(crate) fn stored_text(task: &Task) -> String {
    serde_json::to_string(task).expect("a task has a JSON")
}

/// The size at which a part of a page is complete, in bytes.
const PART: usize = 32 * 1024;

/// A page of a list as a response has it.
pub struct SerializedPage {
    /// The JSON, in parts that are dropped one by one.
    pub json: VecDeque<Bytes>,
    /// The start of the next page; `None`: this is the last page.
    pub next: Option<Keyset>,
    /// The number of tasks on all pages, where they were counted.
    pub total: Option<i64>,
}

impl SerializedPage {
    /// Writes a page in this shape.
    pub fn new(page: Page, shape: ListShape) -> Self {
        let (before, after) = match shape {
            ListShape::Array => ("", ""),
            ListShape::Tasks => ("{\"tasks\":", "}"),
            ListShape::Data => ("{\"success\":true,\"data\":{\"tasks\":", "}}"),
        };
        let usual = USUAL_LENGTH.saturating_mul(page.tasks.len().saturating_add(1)).min(PART);
        let mut json = VecDeque::new();
        let mut part = Vec::with_capacity(usual);
        part.extend_from_slice(before.as_bytes());
        part.push(b'[');
        for (index, task) in page.tasks.iter().enumerate() {
            if index > 0 {
                part.push(b',');
            }
            write_task(task, &mut part);
            if part.len() >= PART {
                json.push_back(std::mem::replace(&mut part, Vec::with_capacity(usual)).into());
            }
        }
        part.push(b']');
        if shape != ListShape::Array {
            let total = page.total.map_or("null".to_owned(), |total| total.to_string());
            part.extend_from_slice(format!(",\"total\":{total}").as_bytes());
        }
        part.extend_from_slice(after.as_bytes());
        json.push_back(part.into());
        Self { json, next: page.next, total: page.total }
    }
}

/// The response to a delete.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {
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
    pub(crate) fn of(id: i64) -> Self {
        Self { message: "Task deleted", id, success: true }
    }
}
