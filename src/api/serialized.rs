//! Serializes tasks on the database threads. The thread that allocates the rows also frees them.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::etag::etag;
use crate::api::task::write_task;
use crate::config::ListShape;
use crate::db::{Keyset, Page};
use crate::task::Task;

/// Typical size of a task in JSON, in bytes.
const TYPICAL_LENGTH: usize = 512;

/// The JSON of a task in a response.
pub(crate) struct SerializedTask {
    /// The task's id.
    pub id: i64,
    /// The strong entity tag (RFC 9110 section 8.8.3), which changes with each write.
    pub etag: String,
    /// The JSON.
    pub json: Vec<u8>,
}

impl SerializedTask {
    /// Restores a response from the JSON of [`stored_text`].
    ///
    /// # Errors
    /// The text is not JSON of a task.
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
        let mut json = Vec::with_capacity(TYPICAL_LENGTH);
        write_task(&task, &mut json);
        Self { id: task.id, etag: etag(task.id, task.version), json }
    }
}

/// Serializes a task, for storing the response to a request with `Idempotency-Key`.
pub(crate) fn stored_text(task: &Task) -> String {
    serde_json::to_string(task).expect("a task is serializable")
}

/// Size at which a chunk of a page is complete, in bytes.
pub(crate) const CHUNK_SIZE: usize = 32 * 1024;

/// The JSON of a page of a list.
pub struct SerializedPage {
    /// The JSON, in chunks that are dropped one by one.
    pub json: VecDeque<Bytes>,
    /// The start of the next page; `None`: this page is the last.
    pub next: Option<Keyset>,
    /// The number of tasks on all pages; `None`: not counted.
    pub total: Option<i64>,
}

impl SerializedPage {
    /// Serializes a page in this shape.
    pub fn new(page: Page, shape: ListShape) -> Self {
        let (prefix, suffix) = match shape {
            ListShape::Array => ("", ""),
            ListShape::Tasks => ("{\"tasks\":", "}"),
            ListShape::Data => ("{\"success\":true,\"data\":{\"tasks\":", "}}"),
        };
        let capacity = TYPICAL_LENGTH.saturating_mul(page.tasks.len().saturating_add(1)).min(CHUNK_SIZE);
        let mut json = VecDeque::new();
        let mut chunk = Vec::with_capacity(capacity);
        chunk.extend_from_slice(prefix.as_bytes());
        chunk.push(b'[');
        for (index, task) in page.tasks.iter().enumerate() {
            if index > 0 {
                chunk.push(b',');
            }
            write_task(task, &mut chunk);
            if chunk.len() >= CHUNK_SIZE {
                json.push_back(std::mem::replace(&mut chunk, Vec::with_capacity(capacity)).into());
            }
        }
        chunk.push(b']');
        if shape != ListShape::Array {
            let total = page.total.map_or("null".to_owned(), |total| total.to_string());
            chunk.extend_from_slice(format!(",\"total\":{total}").as_bytes());
        }
        chunk.extend_from_slice(suffix.as_bytes());
        json.push_back(chunk.into());
        Self { json, next: page.next, total: page.total }
    }
}

/// The response to a delete.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// Always `Task deleted`.
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
