//! Bodies of requests in the document: the canonical form of what `routes::fields` reads more leniently.

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// How much it matters. Read in any case.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Not at all, or unknown.
    None,
    /// Little.
    Low,
    /// As usual.
    Medium,
    /// Much.
    High,
}

/// Whether it is done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not done.
    Pending,
    /// Done.
    Completed,
}

/// A word to find tasks by.
#[derive(Serialize)]
pub struct Tag(String);

impl PartialSchema for Tag {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(50)).into()
    }
}

impl ToSchema for Tag {}

/// A date for the whole day (`2026-12-01`), or an instant (`2026-12-01T09:00:00Z`).
#[derive(Serialize)]
pub struct DueDate(String);

impl PartialSchema for DueDate {
    fn schema() -> RefOr<Schema> {
        let format =
            |known| ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(known)));
        AnyOfBuilder::new()
            .item(format(KnownFormat::Date))
            .item(format(KnownFormat::DateTime))
            .description(Some("A date for the whole day, or an instant."))
            .into()
    }
}

impl ToSchema for DueDate {}

/// From where the next turn of a repeating task is counted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatFrom {
    /// From its due date.
    DueDate,
    /// From the day on which it is completed.
    Completion,
}

/// Members of a task that may be written, but its title.
#[derive(Serialize, ToSchema)]
pub struct TaskMembers {
    /// At most 1,000 characters, kept as given.
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// Whether it is done; `null` is `false`. Also called `is_completed` and `done`.
    pub completed: Option<bool>,
    /// The same in a word. Beside a `completed` that says otherwise, the one that differs from what is stored wins.
    pub status: Option<Status>,
    /// `medium` if not given.
    pub priority: Option<Priority>,
    /// At most 20, each of 1 to 50 characters after trimming; repeated ones are dropped. Read too: objects with `name`, or one text
    /// with commas.
    #[schema(max_items = 20)]
    pub tags: Option<Vec<Tag>>,
    /// When it is due: a date for the whole day (`2026-12-01`), or an instant (`2026-12-01T09:00:00Z`; without an offset it is UTC).
    /// Also called `dueDate`, `due_at` and `deadline`.
    pub due_date: Option<DueDate>,
    /// The IANA time zone in which it repeats and an all-day date lies; `null` means UTC.
    pub time_zone: Option<String>,
    /// When to be reminded: an instant. Also called `reminder_at`, `reminderAt`, `remindAt` and `reminder_time`.
    #[schema(format = DateTime)]
    pub remind_at: Option<String>,
    /// An RFC 5545 RRULE (`FREQ=WEEKLY;BYDAY=MO`), or `daily`, `weekly`, `monthly`, `yearly`. Also called `recurrence`,
    /// `recurrence_pattern`, `recurring_rule` and `recurringRule`. A rule that needs more than 50,000 steps to find its next occurrence is
    /// refused; a step examines one day or one time.
    pub recurrence_rule: Option<String>,
    /// `due_date` if not given. Also called `repeatFrom`.
    pub repeat_from: Option<RepeatFrom>,
}

/// A task to be made. Unknown members are ignored, `user_id` too: a task is its owner's.
#[derive(Serialize, ToSchema)]
pub struct NewTask {
    /// 1 to 200 characters after trimming, without line breaks and other control characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    #[serde(flatten)]
    members: TaskMembers,
}

/// What is to be changed: absent members stay as they are, `null` clears. Unknown members are ignored.
#[derive(Serialize, ToSchema)]
pub struct TaskChange {
    /// 1 to 200 characters after trimming, without line breaks and other control characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    #[serde(flatten)]
    members: TaskMembers,
}

/// What a task is to become. Anything but a boolean `completed`, or no body, toggles.
#[derive(Serialize, ToSchema)]
pub struct Completion {
    /// Done or not; without it, the contrary of what it is.
    #[schema(nullable = false)]
    pub completed: Option<bool>,
}

/// What a task is to become, in a word.
#[derive(Serialize, ToSchema)]
pub struct StatusChange {
    /// Done or not; the words of the list's filter are read too.
    pub status: Status,
}

/// A change among several.
#[derive(Serialize, ToSchema)]
pub struct UpdateOperation {
    /// Which task.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The version that this is meant for, as `If-Match` is elsewhere.
    pub version: Option<i64>,
    #[serde(flatten)]
    change: TaskChange,
}

/// A completion among several.
#[derive(Serialize, ToSchema)]
pub struct CompleteOperation {
    /// Which task.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The version that this is meant for, as `If-Match` is elsewhere.
    pub version: Option<i64>,
    #[serde(flatten)]
    completion: Completion,
}

/// A delete among several: moves to the trash.
#[derive(Serialize, ToSchema)]
pub struct DeleteOperation {
    /// Which task.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The version that this is meant for, as `If-Match` is elsewhere.
    pub version: Option<i64>,
}

/// One write of several, by `op`.
#[derive(Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// As `createTask`.
    Create(NewTask),
    /// As `updateTask`.
    Update(UpdateOperation),
    /// As `completeTask`.
    Complete(CompleteOperation),
    /// As `deleteTask`.
    Delete(DeleteOperation),
}

/// Several writes, all done or none.
#[derive(Serialize, ToSchema)]
pub struct Operations {
    /// At most 100, done in this order.
    #[schema(max_items = 100)]
    pub operations: Vec<Operation>,
}

/// A task from elsewhere, as an export writes it. What an export has besides is ignored, such as `id` and `user_id`.
#[derive(Serialize, ToSchema)]
pub struct ImportedTask {
    /// Its name everywhere; one that is known is skipped. A new one is made up if not given.
    #[schema(min_length = 1, max_length = 255)]
    pub uid: Option<String>,
    /// When it was made; now if not given.
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// When it was completed.
    #[schema(format = DateTime)]
    pub completed_at: Option<String>,
    #[serde(flatten)]
    task: NewTask,
}
