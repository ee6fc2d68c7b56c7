//! The examples of the document, from `examples.json`.
//!
//! The file has an object for each operation id, and in it the examples by name: `summary`, `request`, `type` (media type of the
//! request), `status` (default 200) and `response`. A task in a response leaves out the members that have their default values.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::config::ListShape;
use crate::openapi::members::members;
use crate::task::Task;
use crate::task::field::Member;
use crate::task::fields::{self, for_each_field};

/// Adds the examples of `examples.json` to the operations.
pub(crate) fn add_examples(document: &mut Value, shape: ListShape) {
    let mut examples: Value = serde_json::from_str(include_str!("examples.json")).expect("examples.json is JSON");
    complete_tasks(&mut examples, &json!(default_task()));
    for (_, item) in members(&mut document["paths"]) {
        for (_, operation) in members(item) {
            let Some(example) = operation["operationId"].as_str().and_then(|id| examples.get(id)) else { continue };
            for (name, exchange) in example.as_object().into_iter().flatten() {
                add_exchange(operation, name, exchange, shape);
            }
        }
    }
}

/// Adds one request and its response to an operation.
fn add_exchange(operation: &mut Value, name: &str, exchange: &Value, shape: ListShape) {
    let summary = &exchange["summary"];
    if let Some(request) = exchange.get("request") {
        let media_type = exchange["type"].as_str().unwrap_or("application/json");
        let content = &mut operation["requestBody"]["content"][media_type];
        content["examples"][name] = json!({ "summary": summary, "value": request });
    }
    let response = match (operation["operationId"].as_str(), shape) {
        (Some("listTasks"), ListShape::Tasks) => json!({ "tasks": exchange["response"], "total": 1 }),
        (Some("listTasks"), ListShape::Data) => {
            json!({ "success": true, "data": { "tasks": exchange["response"], "total": 1 } })
        }
        _ => exchange["response"].clone(),
    };
    let status = exchange["status"].as_u64().unwrap_or(200).to_string();
    let content = &mut operation["responses"][status]["content"]["application/json"];
    content["examples"][name] = json!({ "summary": summary, "value": response });
}

/// Adds the default value of each member that a task of an example leaves out. An object with `user_id` is a task.
fn complete_tasks(value: &mut Value, default: &Value) {
    match value {
        Value::Object(object) if object.contains_key("user_id") => {
            let mut task = default.clone();
            for (name, member) in std::mem::take(object) {
                task[name] = member;
            }
            task["is_completed"] = task["completed"].clone();
            *value = task;
        }
        Value::Object(object) => object.values_mut().for_each(|member| complete_tasks(member, default)),
        Value::Array(items) => items.iter_mut().for_each(|item| complete_tasks(item, default)),
        _ => {}
    }
}

/// Defines the task whose fields have their defaults.
macro_rules! define_default_task {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        /// The task with the defaults of all members.
        fn default_task() -> Task {
            // 2026-11-21T08:00:00.123Z
            let created_at = DateTime::from_timestamp_millis(1_795_248_000_123).expect("it is in range");
            Task {
                id: 1,
                user_id: "demo".to_owned(),
                title: <fields::Title as Member>::default(),
                description: <fields::Description as Member>::default(),
                completed_at: None,
                $($name: <fields::$Field as Member>::default(),)+
                recurrence_start: None,
                remind_local: None,
                series_id: None,
                next_id: None,
                uid: String::new(),
                version: 1,
                created_at,
                updated_at: created_at,
            }
        }
    };
}

for_each_field!(define_default_task);
