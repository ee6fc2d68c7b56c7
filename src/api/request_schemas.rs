//! Schemas of request bodies. The service accepts more than they say: aliases and other forms of a value.

use serde::Serialize;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schemas::{described, request_member, request_text, required};
use crate::task::field::Member;
use crate::task::fields::{self, Completed, Description, Tags, Title, for_each_field};
use crate::task::text::string;

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
        string().min_length(Some(1)).max_length(Some(Tags::LIMITS.max_length)).into()
    }
}

impl ToSchema for Tag {}

/// A date for the whole day (`2026-12-01`), or an instant (`2026-12-01T09:00:00Z`).
#[derive(Serialize)]
pub struct DueDate(String);

impl PartialSchema for DueDate {
    fn schema() -> RefOr<Schema> {
        let format = |known| string().format(Some(SchemaFormat::KnownFormat(known)));
        AnyOfBuilder::new()
            .item(format(KnownFormat::Date))
            .item(format(KnownFormat::DateTime))
            .description(Some("A date for the whole day, or an instant."))
            .into()
    }
}

impl ToSchema for DueDate {}

/// Defines the schema of the members of a request.
macro_rules! define_members {
    ($($(#[doc = $about:literal])+ $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        impl PartialSchema for TaskMembers {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().description(Some("The members of a task that a request may have, but its title."));
                let object = request_member::<Description>(object, "More about it.");
                let object = request_member::<Completed>(object, "Whether it is done.");
                let object = request_member::<fields::Status>(object, "The same in a word.");
                $(let object = request_member::<fields::$Field>(object, concat!($($about),+));)+
                object.into()
            }
        }
    };
}

for_each_field!(define_members);

/// The members of a task that a request may have, but its title.
#[derive(Serialize)]
pub struct TaskMembers {}

impl ToSchema for TaskMembers {}

/// A task to be created.
#[derive(Serialize)]
pub struct NewTask {}

impl PartialSchema for NewTask {
    fn schema() -> RefOr<Schema> {
        let title = required(ObjectBuilder::new(), "title", &request_text::<Title>(""), Title::schema());
        let about = "A task to be created. Unknown members are ignored, `user_id` too: a task is its owner's.";
        with_members(title, about)
    }
}

impl ToSchema for NewTask {}

/// A change of a task.
#[derive(Serialize)]
pub struct TaskChange {}

impl PartialSchema for TaskChange {
    fn schema() -> RefOr<Schema> {
        let title = described(Title::schema(), &request_text::<Title>(""));
        let about =
            "A change of a task: an absent member keeps the value, `null` removes it. Unknown members are ignored.";
        with_members(ObjectBuilder::new().property("title", title), about)
    }
}

impl ToSchema for TaskChange {}

fn with_members(title: ObjectBuilder, about: &str) -> RefOr<Schema> {
    let members = Ref::from_schema_name("TaskMembers");
    AllOfBuilder::new().item(members).item(title).description(Some(about)).into()
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
