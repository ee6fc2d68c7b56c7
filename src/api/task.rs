//! Writes the JSON of a task in responses.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schemas::{instant, integer, nullable, required, response_member};
use crate::task::Task;
use crate::task::field::Member;
use crate::task::fields::{self, Completed, Description, Status, Title, for_each_field};
use crate::task::text::string;
use crate::task::timestamp::Timestamp;

/// Defines the JSON object of a task and its schema. A member without a value is `null`, never absent.
macro_rules! define_json {
    ($($(#[doc = $about:literal])+ $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        impl Serialize for Task {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let completed = self.completed_at.is_some();
                let mut object = serializer.serialize_map(None)?;
                object.serialize_entry("id", &self.id)?;
                object.serialize_entry("user_id", &self.user_id)?;
                object.serialize_entry(name::<Title>(), &self.title)?;
                object.serialize_entry(name::<Description>(), &self.description)?;
                object.serialize_entry(name::<Completed>(), &Completed::json(&completed))?;
                object.serialize_entry(name::<Status>(), &Status::json(&completed))?;
                object.serialize_entry("completed_at", &self.completed_at.map(Timestamp::with_millis))?;
                $(object.serialize_entry(name::<fields::$Field>(), &fields::$Field::json(&self.$name))?;)+
                object.serialize_entry("series_id", &self.series_id)?;
                object.serialize_entry("version", &self.version)?;
                object.serialize_entry("created_at", &Timestamp::with_millis(self.created_at))?;
                object.serialize_entry("updated_at", &Timestamp::with_millis(self.updated_at))?;
                object.end()
            }
        }

        impl PartialSchema for Task {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().description(Some("A task. All members are always present."));
                let object = required(object, "id", "The task's id, unique in the whole service.", integer().minimum(Some(1)));
                let object = required(object, "user_id", "The owner's id.", string());
                let object = response_member::<Title>(object, "The title of the task.");
                let object = response_member::<Description>(object, "Details of the task.");
                let object = response_member::<Completed>(object, "Whether the task is completed.");
                let object = response_member::<Status>(object, "The same as `completed`, as a word.");
                let object = required(object, "completed_at", "Time of the completion.", nullable(instant()));
                $(let object = response_member::<fields::$Field>(object, concat!($($about),+));)+
                let about = "The id that all tasks of a recurring series share.";
                let object = required(object, "series_id", about, nullable(integer()));
                let object = required(object, "version", "The version. Each write increments it.", integer().minimum(Some(1)));
                let object = required(object, "created_at", "Time of the creation.", instant());
                required(object, "updated_at", "Time of the last change.", instant()).into()
            }
        }
    };
}

for_each_field!(define_json);

/// Appends the JSON of a task.
pub(crate) fn write_task(task: &Task, out: &mut Vec<u8>) {
    serde_json::to_writer(out, task).expect("a task is serializable, and writes to memory are infallible");
}

impl ToSchema for Task {}

/// Returns the canonical name of a member.
fn name<M: Member>() -> &'static str {
    M::NAMES[0]
}
