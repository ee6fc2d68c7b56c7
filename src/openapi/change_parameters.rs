//! Describes the parameters of the change feed, as [`crate::openapi::parameters`] does those of the other routes.

use utoipa::IntoParams;

/// The start and the size of a page of changes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangeParameters {
    /// The `next` of an earlier response, or the `id` of an event. Absent: all tasks from the beginning. `now`: no changes, only the
    /// token of the newest change. Request this token before a list; the changes after it then contain every later change of the list.
    pub since: Option<String>,
    /// The maximum number of changes in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default.
    #[param(minimum = 1, example = 100)]
    pub limit: Option<usize>,
}

/// The start of a stream of events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventParameters {
    /// The `next` of a page of changes, or the `id` of an event. Absent or `now`: only later changes.
    pub since: Option<String>,
}

/// The last event that the client received.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct LastEventId {
    /// The `id` of the last event. Takes precedence over `since`. `EventSource` sends it when it reconnects.
    #[param(nullable = false, rename = "Last-Event-ID")]
    pub last_event_id: Option<String>,
}
