//! The JSON of an exported task.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Ref, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schemas::{nullable, required};
use crate::task::text::string;
use crate::task::{Task, dates};

/// A task in JSON with its `uid`.
#[derive(Serialize)]
pub(crate) struct ExportedTask<'a> {
    #[serde(flatten)]
    task: &'a Task,
    uid: &'a str,
    recurrence_start: Option<String>,
    remind_local: Option<String>,
}

impl<'a> From<&'a Task> for ExportedTask<'a> {
    fn from(task: &'a Task) -> Self {
        let (recurrence_start, remind_local) =
            (task.recurrence_start.map(dates::local_text), task.remind_local.map(dates::local_text));
        Self { task, uid: &task.uid, recurrence_start, remind_local }
    }
}

impl PartialSchema for ExportedTask<'_> {
    fn schema() -> RefOr<Schema> {
        let added =
            required(ObjectBuilder::new(), "uid", "The task's globally unique id, also in iCalendar.", string());
        let about = "The local date-time at which the recurrence rule starts, if not at the due date.";
        let added = required(added, "recurrence_start", about, nullable(string()));
        let about = "The local date-time of the reminder, if a clock change moved it or the due time.";
        let added = required(added, "remind_local", about, nullable(string()));
        AllOfBuilder::new()
            .item(Ref::from_schema_name("Task"))
            .item(added)
            .description(Some("A task with its `uid`, and the local times of its series."))
            .into()
    }
}

impl ToSchema for ExportedTask<'_> {
    fn name() -> Cow<'static, str> {
        "ExportedTask".into()
    }
}
