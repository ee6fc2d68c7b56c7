//! Describes the parameters that the handlers parse, by their canonical names.

use utoipa::{IntoParams, ToSchema};

use crate::api::request_schemas::{DueDate, Tag};
use crate::task::Priority;

/// The path of a user's tasks.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OwnerPath {
    /// The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
    #[param(example = "demo", min_length = 1)]
    pub user_id: String,
}

/// The path of a task.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TaskPath {
    /// The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
    #[param(example = "demo", min_length = 1)]
    pub user_id: String,
    /// The task's id, unique in the whole service. Any text other than a positive integer returns 404.
    #[param(example = 1, minimum = 1)]
    pub id: i64,
}

/// Filters by status.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum StatusFilter {
    /// All tasks.
    All,
    /// Tasks that are not completed.
    Pending,
    /// Completed tasks.
    Completed,
    /// The same as `completed`.
    True,
    /// The same as `pending`.
    False,
}

/// Filters by due date, with a word.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum DueFilter {
    /// Without a due date.
    None,
    /// With a due date.
    Any,
    /// Due today, in `time_zone` or in the task's own time zone.
    Today,
    /// Due before now and not completed.
    Overdue,
    /// Due today or in the next six days.
    Week,
}

/// The filters of lists and exports.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParameters {
    /// The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`.
    /// `complete` and `done` also mean `completed`.
    #[param(inline, example = "pending")]
    pub status: Option<StatusFilter>,
    /// Tasks with any of these comma-separated priorities. Also called `priority_filter`.
    #[param(style = Form, explode = false, example = json!(["high", "medium"]))]
    pub priority: Option<Vec<Priority>>,
    /// Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written
    /// `\,`.
    #[param(style = Form, explode = false, value_type = Option<Vec<Tag>>, max_items = 20, example = json!(["home"]))]
    pub tags: Option<Vec<String>>,
    /// Text in the title or the description, case-insensitive. Also called `q` and `query`.
    #[param(max_length = 100, example = "milk")]
    pub search: Option<String>,
    /// The due date, as a word.
    #[param(inline, example = "any")]
    pub due: Option<DueFilter>,
    /// Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
    #[param(example = "2026-12-31", value_type = Option<DueDate>)]
    pub due_before: Option<String>,
    /// Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
    #[param(example = "2026-01-01", value_type = Option<DueDate>)]
    pub due_after: Option<String>,
    /// `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue.
    pub overdue: Option<bool>,
    /// The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also
    /// called `timeZone`.
    #[param(example = "Europe/Vienna")]
    pub time_zone: Option<String>,
    /// Tasks changed at this date-time or later. Also called `updatedSince`.
    #[param(example = "2026-01-01T00:00:00Z", format = DateTime)]
    pub updated_since: Option<String>,
    /// Tasks of the recurring series with this `series_id`.
    #[param(minimum = 1)]
    pub series: Option<usize>,
    /// `true`: tasks in the trash. Default: `false`.
    pub deleted: Option<bool>,
}

/// The order of a list.
#[derive(ToSchema)]
pub enum Sort {
    /// Newest first (the default).
    #[schema(rename = "created_at")]
    CreatedAt,
    /// Most recently changed first.
    #[schema(rename = "updated_at")]
    UpdatedAt,
    /// Earliest due date first, tasks without a due date last.
    #[schema(rename = "due_date")]
    DueDate,
    /// Highest priority first.
    #[schema(rename = "priority")]
    Priority,
    /// From A to Z.
    #[schema(rename = "title")]
    Title,
    /// Newest first (the default). `created_at` with `order=asc` is oldest first.
    #[schema(rename = "-created_at")]
    CreatedAtDescending,
    /// Most recently changed first.
    #[schema(rename = "-updated_at")]
    UpdatedAtDescending,
    /// Latest due date first, tasks without a due date last.
    #[schema(rename = "-due_date")]
    DueDateDescending,
    /// Highest priority first.
    #[schema(rename = "-priority")]
    PriorityDescending,
    /// From Z to A.
    #[schema(rename = "-title")]
    TitleDescending,
    /// Oldest first.
    #[schema(rename = "+created_at")]
    CreatedAtAscending,
    /// Least recently changed first.
    #[schema(rename = "+updated_at")]
    UpdatedAtAscending,
    /// Earliest due date first, tasks without a due date last.
    #[schema(rename = "+due_date")]
    DueDateAscending,
    /// Lowest priority first.
    #[schema(rename = "+priority")]
    PriorityAscending,
    /// From A to Z.
    #[schema(rename = "+title")]
    TitleAscending,
}

/// The direction of an order.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Order {
    /// Ascending.
    Asc,
    /// Descending.
    Desc,
}

/// Requests the total number of tasks.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Count {
    /// Returns the number of tasks on all pages in `X-Total-Count`.
    Exact,
}

/// The order and the pagination of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The sort key. The prefix `-` or the suffix `_desc` sorts descending, the prefix `+` or the suffix `_asc` ascending. Without a
    /// direction `created_at`, `updated_at` and `priority` sort descending. Also called `sort_by` and `sortBy`. An unknown key is
    /// ignored.
    #[param(inline, example = "due_date")]
    pub sort: Option<Sort>,
    /// The direction. It overrides the direction in `sort`. Also called `sort_order` and `sortOrder`. An unknown value is ignored.
    #[param(inline, example = "asc")]
    pub order: Option<Order>,
    /// The maximum number of tasks in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default. Also
    /// called `page_size` and `pageSize`.
    #[param(minimum = 1, example = 20)]
    pub limit: Option<usize>,
    /// The cursor of the next page, from `Link`. Valid only with the same filters and the same order.
    pub cursor: Option<String>,
    /// The number of tasks to skip. Also called `skip`.
    #[param(minimum = 0)]
    pub offset: Option<usize>,
    /// The page number, from 1. A page has `limit` tasks (50 by default).
    #[param(minimum = 1)]
    pub page: Option<usize>,
    /// `exact` requests `X-Total-Count`.
    #[param(inline, example = "exact")]
    pub count: Option<Count>,
}

/// The format of an export.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Format {
    /// JSON. Imports accept it.
    Json,
    /// CSV, for spreadsheets.
    Csv,
    /// iCalendar (RFC 5545), one VTODO for each task. Imports accept it.
    Ics,
}

/// The format of an export.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatParameter {
    /// The format; JSON by default.
    #[param(inline, example = "json")]
    pub format: Option<Format>,
    /// `true`: CSV begins with a byte order mark, by which Excel recognizes UTF-8.
    pub bom: Option<bool>,
}

/// The mode of an import.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StrictParameter {
    /// `true`: imports all tasks or, if one is invalid, none.
    pub strict: Option<bool>,
}

/// The time zone of days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ZoneParameter {
    /// The IANA time zone that defines days. Without it, overdue tasks are counted in their own time zones, and completions by days in UTC.
    /// Also called `timeZone`.
    #[param(example = "Europe/Vienna")]
    pub time_zone: Option<String>,
}

/// The extent of a delete.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteParameter {
    /// `true`: deletes the task permanently, also from the trash.
    pub permanent: Option<bool>,
}

/// A condition on the version (RFC 9110 section 13.1.1).
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another
    /// version. Without this header the last write wins.
    #[param(nullable = false, rename = "If-Match", example = "\"1-1\", \"1-2\"")]
    pub if_match: Option<String>,
}

/// A condition on the version (RFC 9110 section 13.1.2).
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatch {
    /// Entity tags of versions that the client already has. Returns 304 if the task has one of these versions.
    #[param(nullable = false, rename = "If-None-Match", example = "\"1-7\"")]
    pub if_none_match: Option<String>,
}

/// The idempotency key of a POST.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the
    /// first response for 24 hours, also if its tasks were deleted. Another body returns 422.
    #[param(
        nullable = false,
        rename = "Idempotency-Key",
        pattern = "^[!-~]{1,255}$",
        example = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    )]
    pub idempotency_key: Option<String>,
}
