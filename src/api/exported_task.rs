//! The JSON of an exported task.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Ref, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schemas::required;
use crate::task::Task;
use crate::task::text::string;

/// A task in JSON with its `uid`.
#[derive(Serialize)]
pub(crate) struct ExportedTask<'a> {
    #[serde(flatten)]
    task: &'a Task,
    uid: &'a str,
}

impl<'a> From<&'a Task> for ExportedTask<'a> {
    fn from(task: &'a Task) -> Self {
        Self { task, uid: &task.uid }
    }
}

impl PartialSchema for ExportedTask<'_> {
    fn schema() -> RefOr<Schema> {
        let uid = required(ObjectBuilder::new(), "uid", "The task's globally unique id, also in iCalendar.", string());
        AllOfBuilder::new()
            .item(Ref::from_schema_name("Task"))
            .item(uid)
            .description(Some("A task with its `uid`."))
            .into()
    }
}

impl ToSchema for ExportedTask<'_> {
    fn name() -> Cow<'static, str> {
        "ExportedTask".into()
    }
}
