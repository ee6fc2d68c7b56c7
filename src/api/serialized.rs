//! Serializes tasks on the database threads. The thread that allocates the rows also frees them.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::etag::etag;
use crate::api::task::{refresh_members, write_task};
use crate::config::{ListShape, TaskFormat, TaskShape};
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
    /// Serializes a task in this format.
    pub(crate) fn new(task: &Task, format: TaskFormat) -> Self {
        let (prefix, suffix) = envelope(format.shape);
        let mut json = Vec::with_capacity(TYPICAL_LENGTH);
        json.extend_from_slice(prefix.as_bytes());
        write_task(task, format.camel_case, &mut json);
        json.extend_from_slice(suffix.as_bytes());
        Self { id: task.id, etag: etag(task.id, task.version), json }
    }

    /// Restores a response from the JSON of [`stored_text`], in this format.
    ///
    /// # Errors
    /// The text is not JSON of a task.
    pub(crate) fn from_stored(text: &str, format: TaskFormat) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Stored {
            id: i64,
            version: i64,
        }
        let Stored { id, version } = serde_json::from_str(text)?;
        let mut task = serde_json::from_str(text)?;
        refresh_members(&mut task, format.camel_case);
        let (prefix, suffix) = envelope(format.shape);
        let json = format!("{prefix}{}{suffix}", Value::Object(task)).into_bytes();
        Ok(Self { id, etag: etag(id, version), json })
    }
}

/// Returns the text before and after the task in a response with one task.
fn envelope(shape: TaskShape) -> (&'static str, &'static str) {
    match shape {
        TaskShape::Plain => ("", ""),
        TaskShape::Task => ("{\"task\":", "}"),
        TaskShape::Data => ("{\"success\":true,\"data\":", "}"),
    }
}

/// Serializes a task, for storing the response to a request with `Idempotency-Key`.
///
/// The stored text is the same for all formats. The response gets the format of the instance that sends it.
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
    /// Serializes a page in this shape. `camel_case`: tasks also have members in camel case.
    pub fn new(page: Page, shape: ListShape, camel_case: bool) -> Self {
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
            write_task(task, camel_case, &mut chunk);
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
