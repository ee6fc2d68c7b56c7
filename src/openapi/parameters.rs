//! Parameters of the document: what is read by hand in `routes`, under its canonical names.

use utoipa::{IntoParams, ToSchema};

use crate::api::request_schemas::{DueDate, Tag};
use crate::task::Priority;

/// Whose tasks.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OwnerPath {
    /// The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
    #[param(example = "demo", min_length = 1)]
    pub user_id: String,
}

/// Which task.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TaskPath {
    /// The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
    #[param(example = "demo", min_length = 1)]
    pub user_id: String,
    /// The task's id, unique in the whole service. 404 for anything that is no positive integer.
    #[param(example = 1, minimum = 1)]
    pub id: i64,
}

/// Done or not.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum StatusFilter {
    /// Both.
    All,
    /// Not done.
    Pending,
    /// Done.
    Completed,
    /// The same as `completed`.
    True,
    /// The same as `pending`.
    False,
}

/// When a task is due, in a word.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum DueFilter {
    /// Never.
    None,
    /// Sometime.
    Any,
    /// Today.
    Today,
    /// Before now, and not completed.
    Overdue,
    /// Today or on one of the six days after.
    Week,
}

/// What narrows a list or an export.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParameters {
    /// Done or not. Also called `status_filter`, `filter` and `completed`; `active`, `incomplete` and `todo` mean `pending`
    /// too, and `complete` and `done` mean `completed`.
    #[param(inline, example = "pending")]
    pub status: Option<StatusFilter>,
    /// One of these priorities, separated by commas. Also called `priority_filter`.
    #[param(style = Form, explode = false, example = json!(["high", "medium"]))]
    pub priority: Option<Vec<Priority>>,
    /// All of these tags, at most 20, separated by commas. Also called `tag`; may be repeated.
    #[param(style = Form, explode = false, value_type = Option<Vec<Tag>>, max_items = 20, example = json!(["home"]))]
    pub tags: Option<Vec<String>>,
    /// Text in title or description, in any case. Also called `q` and `query`.
    #[param(max_length = 100, example = "milk")]
    pub search: Option<String>,
    /// When it is due, in a word.
    #[param(inline, example = "any")]
    pub due: Option<DueFilter>,
    /// Due then or earlier: a date or a date-time. Also called `due_date_to`.
    #[param(example = "2026-12-31", value_type = Option<DueDate>)]
    pub due_before: Option<String>,
    /// Due then or later: a date or a date-time. Also called `due_date_from`.
    #[param(example = "2026-01-01", value_type = Option<DueDate>)]
    pub due_after: Option<String>,
    /// Only what is overdue, or only what is not. What is completed never is.
    pub overdue: Option<bool>,
    /// The IANA time zone in which days lie; UTC if not given.
    #[param(example = "Europe/Vienna")]
    pub time_zone: Option<String>,
    /// Changed then or later: a date-time.
    #[param(example = "2026-01-01T00:00:00Z", format = DateTime)]
    pub updated_since: Option<String>,
    /// The tasks of one chain of repetitions, by their `series_id`.
    #[param(minimum = 1)]
    pub series: Option<usize>,
    /// `true`: the trash instead of the tasks.
    pub deleted: Option<bool>,
}

/// What a list is sorted by.
#[derive(ToSchema)]
pub enum Sort {
    /// Newest first (the default).
    #[schema(rename = "created_at")]
    CreatedAt,
    /// Last changed first.
    #[schema(rename = "updated_at")]
    UpdatedAt,
    /// Soonest first, those without a date last.
    #[schema(rename = "due_date")]
    DueDate,
    /// High first.
    #[schema(rename = "priority")]
    Priority,
    /// From A to Z.
    #[schema(rename = "title")]
    Title,
    /// Oldest first is `created_at` with `order=asc`; this is the default.
    #[schema(rename = "-created_at")]
    CreatedAtDescending,
    /// Last changed first.
    #[schema(rename = "-updated_at")]
    UpdatedAtDescending,
    /// Latest first, those without a date last.
    #[schema(rename = "-due_date")]
    DueDateDescending,
    /// High first.
    #[schema(rename = "-priority")]
    PriorityDescending,
    /// From Z to A.
    #[schema(rename = "-title")]
    TitleDescending,
}

/// Which way.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Order {
    /// Upwards.
    Asc,
    /// Downwards.
    Desc,
}

/// Whether to count.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Count {
    /// Count, and say so in `X-Total-Count`.
    Exact,
}

/// What orders a list and cuts it into pages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The order; `-` before it, or `_desc` behind it, turns it downwards, `_asc` upwards. Without a direction `created_at`,
    /// `updated_at` and `priority` go downwards. Also called `sort_by` and `sortBy`. An unknown one is ignored.
    #[param(inline, example = "due_date")]
    pub sort: Option<Sort>,
    /// The direction; wins over the one in `sort`. Also called `sort_order` and `sortOrder`. An unknown one is ignored.
    #[param(inline, example = "asc")]
    pub order: Option<Order>,
    /// The most tasks of this answer; cut to `MAX_LIST` (1,000 if not set otherwise), which is also the default. Also called
    /// `page_size`.
    #[param(minimum = 1, example = 20)]
    pub limit: Option<usize>,
    /// Where to go on, from `Link`. Good for the same filters and the same order only.
    pub cursor: Option<String>,
    /// How many tasks to pass over. Also called `skip`.
    #[param(minimum = 0)]
    pub offset: Option<usize>,
    /// The page's number, of `limit` tasks each (50 if not given).
    #[param(minimum = 1)]
    pub page: Option<usize>,
    /// `exact` asks for `X-Total-Count`.
    #[param(inline, example = "exact")]
    pub count: Option<Count>,
}

/// How an export is written.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Format {
    /// JSON, which an import takes.
    Json,
    /// A table for spreadsheets.
    Csv,
    /// iCalendar (RFC 5545), a VTODO each, which an import takes.
    Ics,
}

/// How an export is written.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatParameter {
    /// The format; JSON if not given.
    #[param(inline, example = "json")]
    pub format: Option<Format>,
}

/// Where days lie.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ZoneParameter {
    /// The IANA time zone in which days lie; UTC if not given.
    #[param(example = "Europe/Vienna")]
    pub time_zone: Option<String>,
}

/// How far a delete goes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteParameter {
    /// `true` deletes for ever, also from the trash.
    pub permanent: Option<bool>,
}

/// A condition on the version (RFC 9110 section 13.1.1).
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the
    /// last write wins.
    #[param(nullable = false, rename = "If-Match", example = "\"1-1\", \"1-2\"")]
    pub if_match: Option<String>,
}

/// A condition on the version (RFC 9110 section 13.1.2).
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatch {
    /// Entity tags of versions that the client has already; 304 if the task has one of these.
    #[param(nullable = false, rename = "If-None-Match", example = "\"1-7\"")]
    pub if_none_match: Option<String>,
}

/// The name of a request that may be sent again.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKey {
    /// 1 to 255 visible ASCII characters, quoted or bare, new for each task. A second request with the same key and the same body is
    /// answered like the first, for 24 hours.
    #[param(
        nullable = false,
        rename = "Idempotency-Key",
        pattern = "^[!-~]{1,255}$",
        example = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    )]
    pub idempotency_key: Option<String>,
}
