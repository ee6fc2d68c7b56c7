//! Schemas of request bodies. The service also accepts aliases and alternative forms of values.

use serde::Serialize;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schemas::{described, request_member, request_text, required};
use crate::task::field::Member;
use crate::task::fields::{self, Completed, Description, Tags, Title, for_each_field};
use crate::task::text::string;

/// The status of a task.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The task is not completed.
    Pending,
    /// The task is completed.
    Completed,
}

/// A tag of a task.
#[derive(Serialize)]
pub struct Tag(String);

impl PartialSchema for Tag {
    fn schema() -> RefOr<Schema> {
        string().min_length(Some(1)).max_length(Some(Tags::LIMITS.max_length)).into()
    }
}

impl ToSchema for Tag {}

/// A date for a whole day (`2026-12-01`), or an instant (`2026-12-01T09:00:00Z`).
#[derive(Serialize)]
pub struct DueDate(String);

impl PartialSchema for DueDate {
    fn schema() -> RefOr<Schema> {
        let format = |known| string().format(Some(SchemaFormat::KnownFormat(known)));
        AnyOfBuilder::new()
            .item(format(KnownFormat::Date))
            .item(format(KnownFormat::DateTime))
            .description(Some("A date for a whole day, or an instant."))
            .into()
    }
}

impl ToSchema for DueDate {}

/// Defines the schema of the optional members of a request.
macro_rules! define_members {
    ($($(#[doc = $about:literal])+ $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        impl PartialSchema for TaskMembers {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().description(Some("The optional members of a task in a request, without `title`."));
                let object = request_member::<Description>(object, "Details of the task.");
                let object = request_member::<Completed>(object, "Whether the task is completed.");
                let object = request_member::<fields::Status>(object, "The same as `completed`, as a word.");
                $(let object = request_member::<fields::$Field>(object, concat!($($about),+));)+
                object.into()
            }
        }
    };
}

for_each_field!(define_members);

/// The optional members of a task in a request, without `title`.
#[derive(Serialize)]
pub struct TaskMembers {}

impl ToSchema for TaskMembers {}

/// The body of a create.
#[derive(Serialize)]
pub struct NewTask {}

impl PartialSchema for NewTask {
    fn schema() -> RefOr<Schema> {
        let title = required(ObjectBuilder::new(), "title", &request_text::<Title>(""), Title::schema());
        let about =
            "A new task. Unknown members are ignored, including `user_id`: the owner is the authenticated user.";
        with_members(title, about)
    }
}

impl ToSchema for NewTask {}

/// The body of an update.
#[derive(Serialize)]
pub struct TaskChange {}

impl PartialSchema for TaskChange {
    fn schema() -> RefOr<Schema> {
        let title = described(Title::schema(), &request_text::<Title>(""));
        let about =
            "An update of a task. An absent member keeps its value; `null` removes it. Unknown members are ignored.";
        with_members(ObjectBuilder::new().property("title", title), about)
    }
}

impl ToSchema for TaskChange {}

fn with_members(title: ObjectBuilder, about: &str) -> RefOr<Schema> {
    let members = Ref::from_schema_name("TaskMembers");
    AllOfBuilder::new().item(members).item(title).description(Some(about)).into()
}

/// The requested completion. A boolean `completed` sets it. `{}`, or no body, toggles it. Any other body returns 422.
#[derive(Serialize, ToSchema)]
pub struct Completion {
    /// Whether the task is completed. If absent, the request toggles it.
    #[schema(nullable = false)]
    pub completed: Option<bool>,
}

/// The requested status.
#[derive(Serialize, ToSchema)]
pub struct StatusChange {
    /// The status. The words of the list's `status` filter are accepted too.
    pub status: Status,
}

/// An update in a bulk request.
#[derive(Serialize, ToSchema)]
pub struct UpdateOperation {
    /// The id of the task.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The version that the task must have, like `If-Match` of a single request.
    pub version: Option<i64>,
    #[serde(flatten)]
    change: TaskChange,
}

/// A completion in a bulk request.
#[derive(Serialize, ToSchema)]
pub struct CompleteOperation {
    /// The id of the task.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The version that the task must have, like `If-Match` of a single request.
    pub version: Option<i64>,
    #[serde(flatten)]
    completion: Completion,
}

/// A delete in a bulk request. It moves the task to the trash.
#[derive(Serialize, ToSchema)]
pub struct DeleteOperation {
    /// The id of the task.
    #[schema(minimum = 1)]
    pub id: i64,
    /// The version that the task must have, like `If-Match` of a single request.
    pub version: Option<i64>,
}

/// One operation of a bulk request, selected by `op`.
#[derive(Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// The same as `createTask`.
    Create(NewTask),
    /// The same as `updateTask`.
    Update(UpdateOperation),
    /// The same as `completeTask`.
    Complete(CompleteOperation),
    /// The same as `deleteTask`.
    Delete(DeleteOperation),
}

/// Several writes in one transaction.
#[derive(Serialize, ToSchema)]
pub struct Operations {
    /// At most 100 operations, run in this order.
    #[schema(max_items = 100)]
    pub operations: Vec<Operation>,
}

/// An imported task, in the format of an export. Other members of an export, such as `id` and `user_id`, are ignored.
#[derive(Serialize, ToSchema)]
pub struct ImportedTask {
    /// The globally unique id. A task whose `uid` already exists is skipped. If absent, the service generates one.
    #[schema(min_length = 1, max_length = 255)]
    pub uid: Option<String>,
    /// Time of the creation; now if absent.
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// Time of the completion.
    #[schema(format = DateTime)]
    pub completed_at: Option<String>,
    /// The local date-time at which the recurrence rule starts; at the due date if absent.
    pub recurrence_start: Option<String>,
    /// The local date-time of the reminder without clock changes.
    pub remind_local: Option<String>,
    #[serde(flatten)]
    task: NewTask,
}
