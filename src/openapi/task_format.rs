//! Describes the JSON format of tasks that the settings select (`TASK_SHAPE`, `CAMEL_CASE`).

use serde_json::{Map, Value, json};

use crate::api::task::{CAMEL_CASE, refresh_members};
use crate::config::{TaskFormat, TaskShape};
use crate::openapi::members::{members, object};

/// The schema of the responses with one task.
const TASK: &str = "#/components/schemas/Task";

/// Changes the schemas and the examples of tasks to this format.
pub(crate) fn apply(document: &mut Value, format: TaskFormat) {
    if format.camel_case {
        add_copies(&mut document["components"]["schemas"]["Task"]);
        for (_, item) in members(&mut document["paths"]) {
            add_copies_to_examples(item);
        }
    }
    if format.shape != TaskShape::Plain {
        for (_, item) in members(&mut document["paths"]) {
            for (_, operation) in members(item) {
                for (_, response) in members(&mut operation["responses"]) {
                    wrap_response(response, format.shape);
                }
            }
        }
    }
}

/// Adds the members in camel case to the schema of a task.
fn add_copies(schema: &mut Value) {
    for (name, copy) in CAMEL_CASE {
        schema["properties"][copy] = schema["properties"][name].clone();
        schema["properties"][copy]["description"] = format!("The same as `{name}`.").into();
        if let Some(required) = schema["required"].as_array_mut() {
            required.push(copy.into());
        }
    }
}

/// Adds the members in camel case to each task of the examples.
fn add_copies_to_examples(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                if name == "examples" { add_copies_to_tasks(member) } else { add_copies_to_examples(member) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(add_copies_to_examples),
        _ => {}
    }
}

fn add_copies_to_tasks(value: &mut Value) {
    match value {
        Value::Object(object) if is_task(object) => refresh_members(object, true),
        Value::Object(object) => object.values_mut().for_each(add_copies_to_tasks),
        Value::Array(items) => items.iter_mut().for_each(add_copies_to_tasks),
        _ => {}
    }
}

fn is_task(object: &Map<String, Value>) -> bool {
    object.contains_key("user_id") && object.contains_key("version")
}

/// Wraps the schema, the examples and the links of a response with one task.
fn wrap_response(response: &mut Value, shape: TaskShape) {
    let Some(content) = response.pointer_mut("/content/application~1json") else { return };
    if content["schema"]["$ref"] != TASK {
        return;
    }
    content["schema"] = object(wrap(content["schema"].take(), json!({ "const": true }), shape));
    for (_, example) in content.get_mut("examples").into_iter().flat_map(members) {
        example["value"] = wrap(example["value"].take(), json!(true), shape);
    }
    let member = if shape == TaskShape::Data { "data" } else { "task" };
    for (_, link) in response.get_mut("links").into_iter().flat_map(members) {
        for (_, parameter) in link.get_mut("parameters").into_iter().flat_map(members) {
            if let Some(pointer) = parameter.as_str() {
                *parameter = pointer.replace("body#/", &format!("body#/{member}/")).into();
            }
        }
    }
}

fn wrap(task: Value, success: Value, shape: TaskShape) -> Value {
    match shape {
        TaskShape::Plain => task,
        TaskShape::Task => json!({ "task": task }),
        TaskShape::Data => json!({ "success": success, "data": task }),
    }
}
