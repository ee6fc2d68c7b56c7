//! Writes server-sent events (HTML standard, section 9.2).

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::change::write_change;
use crate::db::{ChangePage, ChangePosition};

/// Size at which a chunk of events is complete, in bytes. One event at most exceeds it.
const CHUNK_SIZE: usize = 32 * 1024;

/// An event of the stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServerSentEvent {
    /// The token after this event.
    id: String,
    /// `ready`: the client has all changes. Absent: the data is a change.
    #[schema(required = false, nullable = false)]
    event: Option<String>,
    /// A change as in `/changes`, as JSON text; `{}` in the event `ready`.
    data: String,
}

/// A comment, which keeps an idle connection open.
pub(crate) const COMMENT: &[u8] = b":\n\n";

/// Writes the time after which clients reconnect.
pub(crate) fn write_retry(time: Duration, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("retry: {}\n\n", time.as_millis()).as_bytes());
}

/// Writes the event `ready`: the client has all changes up to this token.
pub(crate) fn write_ready(token: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("id: {token}\nevent: ready\ndata: {{}}\n\n").as_bytes());
}

/// Writes an event for each change, up to [`CHUNK_SIZE`]. Returns the position of the last one, and whether more follow.
///
/// `complete_seq`: the reader needs no more tombstones up to this sequence number. `camel_case`: tasks also have members in camel case.
/// `token` writes the token of a position.
pub(crate) fn write_changes(
    page: &ChangePage,
    complete_seq: i64,
    camel_case: bool,
    token: impl Fn(ChangePosition) -> String,
    out: &mut Vec<u8>,
) -> (ChangePosition, bool) {
    for (number, change) in (1..).zip(&page.changes) {
        let is_last = number == page.changes.len();
        let position = if is_last { page.next } else { change.position(complete_seq) };
        out.extend_from_slice(format!("id: {}\ndata: ", token(position)).as_bytes());
        write_change(change, camel_case, out);
        out.extend_from_slice(b"\n\n");
        if out.len() >= CHUNK_SIZE && !is_last {
            return (position, true);
        }
    }
    (page.next, page.has_more)
}
