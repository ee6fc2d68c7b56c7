//! The completion of a task, as a boolean and as a status.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::task::completion::parse_status;
use crate::task::field::{Member, Problem, component};

/// `completed`
pub(crate) struct Completed;

impl Member for Completed {
    type Value = bool;
    const NAMES: &'static [&'static str] = &["completed", "is_completed", "isCompleted", "done"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "`null` is `false`.";

    fn read(value: Value) -> Result<bool, Problem> {
        match value {
            Value::Bool(completed) => Ok(completed),
            Value::Null => Ok(false),
            _ => Err("must be true or false".into()),
        }
    }

    fn default() -> bool {
        false
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }

    fn json(value: &bool) -> impl Serialize {
        value
    }
}

/// `status`: the same as [`Completed`], as a name.
pub(crate) struct Status;

impl Member for Status {
    type Value = bool;
    const NAMES: &'static [&'static str] = &["status"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "If it contradicts `completed`, the one that differs from the stored value applies.";

    fn read(value: Value) -> Result<bool, Problem> {
        let completed = match value {
            Value::String(name) => parse_status(&name),
            value => Completed::read(value).ok(),
        };
        completed.ok_or("must be pending or completed".into())
    }

    fn default() -> bool {
        false
    }

    fn schema() -> RefOr<Schema> {
        component("Status")
    }

    fn json(value: &bool) -> impl Serialize {
        if *value { "completed" } else { "pending" }
    }
}
