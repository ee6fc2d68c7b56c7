//! Serializes changes of tasks, and parses the parameters of the change feed.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use better_auth_guard::Owner;
use utoipa::ToSchema;

use crate::api::change_token::{ChangeTokens, TokenError};
use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::serialized::CHUNK_SIZE;
use crate::api::task::write_task;
use crate::db::{self, ChangePage, ChangePosition, ChangesSince};
use crate::task::Task;

/// The value of `since` for the position of the newest change.
const NOW: &str = "now";

/// The accepted values of `since`, for the error.
pub(crate) const SINCE: &str = "absent, `now`, or the `next` of an earlier response";

/// A change of a task: its newest state.
#[derive(ToSchema)]
#[schema(as = Change)]
#[expect(dead_code, reason = "describes the JSON of write_change")]
pub(crate) struct ChangeJson {
    /// The sequence number of the task's newest write. It increases with each commit of the user; writes of one request can share it.
    #[schema(minimum = 0)]
    seq: i64,
    /// The task's id.
    #[schema(minimum = 1)]
    id: i64,
    /// The task's uid in exports and calendars.
    uid: String,
    /// Whether the task is in the trash or permanently deleted.
    deleted: bool,
    /// The task, also in the trash; `null` if it is permanently deleted.
    #[schema(required = true)]
    task: Option<Task>,
}

/// A page of changes.
#[derive(ToSchema)]
#[schema(as = Changes)]
#[expect(dead_code, reason = "describes the JSON of SerializedChanges")]
pub(crate) struct ChangesJson {
    /// The changes, in the order of their commits. No task is in it twice.
    changes: Vec<ChangeJson>,
    /// The token for the next request: the value of its `since`.
    #[schema(min_length = 1)]
    next: String,
    /// Whether more changes follow after `next`.
    more: bool,
}

/// Writes the JSON of a change. `camel_case`: the task also has members in camel case.
pub(crate) fn write_change(change: &db::Change, camel_case: bool, out: &mut Vec<u8>) {
    let uid = serde_json::to_string(&change.uid).expect("a text is JSON");
    let (seq, id, deleted) = (change.seq, change.id, change.is_deleted);
    out.extend_from_slice(
        format!("{{\"seq\":{seq},\"id\":{id},\"uid\":{uid},\"deleted\":{deleted},\"task\":").as_bytes(),
    );
    match &change.task {
        Some(task) => write_task(task, camel_case, out),
        None => out.extend_from_slice(b"null"),
    }
    out.push(b'}');
}

/// The JSON of a page of changes, without its token.
pub(crate) struct SerializedChanges {
    json: VecDeque<Bytes>,
    /// The end of the page.
    pub next: ChangePosition,
    has_more: bool,
}

impl SerializedChanges {
    /// Serializes a page on a database thread.
    pub(crate) fn new(page: ChangePage, camel_case: bool) -> Self {
        let mut json = VecDeque::new();
        let mut chunk = b"{\"changes\":[".to_vec();
        for (index, change) in page.changes.iter().enumerate() {
            if index > 0 {
                chunk.push(b',');
            }
            write_change(change, camel_case, &mut chunk);
            if chunk.len() >= CHUNK_SIZE {
                json.push_back(std::mem::take(&mut chunk).into());
            }
        }
        json.push_back(chunk.into());
        Self { json, next: page.next, has_more: page.has_more }
    }

    /// Returns the complete JSON, in chunks.
    pub(crate) fn with_token(mut self, token: &str) -> VecDeque<Bytes> {
        let more = self.has_more;
        self.json.push_back(format!("],\"next\":\"{token}\",\"more\":{more}}}").into());
        self.json
    }
}

/// Reads `since`: absent, `now`, or a token.
///
/// # Errors
/// [`ApiError::ValidationFailed`]: the text is not a token. [`ApiError::ChangesExpired`]: the token is not a token of this user.
pub(crate) fn read_since(tokens: &ChangeTokens, owner: &Owner, since: Option<&str>) -> ApiResult<ChangesSince> {
    match since {
        None => Ok(ChangesSince::Beginning),
        Some(NOW) => Ok(ChangesSince::Now),
        Some(token) => tokens.read(owner, token).map(ChangesSince::Position).map_err(|error| match error {
            TokenError::Malformed => {
                ApiError::ValidationFailed(FieldError::parameter("since", format!("must be {SINCE}")).into())
            }
            TokenError::Unverified => ApiError::ChangesExpired,
        }),
    }
}
