//! Completes the OpenAPI document with shared components, examples and aliases.
//!
//! `#[utoipa::path]` describes each operation at its handler in [`crate::routes`].

pub mod docs_page;
pub mod document;
mod examples;
mod members;
pub mod parameters;
pub mod responses;

use serde_json::{Value, json};

use crate::config::{Config, ListShape};
use crate::openapi::members::members;

/// The path of tasks with the owner's id, and without it.
const OWNED: &str = "/api/{user_id}/tasks";
const OWN: &str = "/api/tasks";

/// Aliases of operations: the operation, the alias's method, path and operation id, and its summary.
const ALIASES: [(&str, &str, &str, &str, &str); 4] = [
    ("updateTask", "put", "/api/{user_id}/tasks/{id}", "putTask", "Updates a task, like PATCH"),
    (
        "completeTask",
        "post",
        "/api/{user_id}/tasks/{id}/complete",
        "postTaskCompletion",
        "Completes or reopens a task, like PATCH",
    ),
    (
        "completeTask",
        "patch",
        "/api/{user_id}/tasks/{id}/toggle",
        "toggleTask",
        "Completes or reopens a task, like /complete",
    ),
    ("getReadiness", "get", "/healthz", "getHealth", "Checks readiness, like /readyz"),
];

/// Adds the shared components and the parts that depend on the settings to the annotations.
pub fn complete(mut document: Value, config: &Config) -> Value {
    let components = &mut document["components"];
    components["headers"] = responses::headers();
    components["responses"] = responses::components();
    components["schemas"]["TaskList"] = list_schema(config.lists.shape);
    components["securitySchemes"] = json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A JWT whose `sub` is the user's id, or a signed session token of Better Auth.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": config.auth.cookie.as_str(),
            "description": "The session cookie of Better Auth. A write with it must come from a trusted origin, identified by \
                            `Origin`, or by `Sec-Fetch-Site: same-origin`, which browsers send.",
        },
    });
    unwrap_lines(&mut document);
    examples::add_examples(&mut document, config.lists.shape);
    add_aliases(&mut document);
    add_own_paths(&mut document);
    for (_, item) in members(&mut document["paths"]) {
        for (_, operation) in members(item) {
            let responses = members(&mut operation["responses"]);
            for (_, response) in responses.filter(|(_, response)| response.get("$ref").is_none()) {
                for (name, header) in members(&mut response["headers"]) {
                    header["required"] = ["ETag", "Location", "Content-Disposition"].contains(&name.as_str()).into();
                }
                response["headers"]["X-Request-Id"] = responses::header("X-Request-Id");
            }
        }
    }
    document
}

/// Builds the schema of a list in the shape of `LIST_SHAPE`.
fn list_schema(shape: ListShape) -> Value {
    let tasks = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Task" } });
    let total = json!({ "type": "integer", "minimum": 0 });
    match shape {
        ListShape::Array => tasks,
        ListShape::Tasks => object(json!({ "tasks": tasks, "total": total })),
        ListShape::Data => {
            let data = object(json!({ "tasks": tasks, "total": total }));
            object(json!({ "success": { "const": true }, "data": data }))
        }
    }
}

/// Builds the schema of an object whose properties are all required.
fn object(properties: Value) -> Value {
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(|members| members.keys()).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

fn add_aliases(document: &mut Value) {
    for (original, method, path, name, summary) in ALIASES {
        let operations = members(&mut document["paths"]).flat_map(|(_, item)| members(item));
        let aliased =
            operations.map(|(_, operation)| &*operation).find(|operation| operation["operationId"] == original);
        let mut operation = aliased.expect("the operation of an alias exists").clone();
        operation["operationId"] = name.into();
        operation["summary"] = summary.into();
        document["paths"][path][method] = operation;
    }
}

/// Adds each operation on tasks without the owner in its path. `listTasks` becomes `listOwnTasks`.
fn add_own_paths(document: &mut Value) {
    let owned: Vec<(String, Value)> = members(&mut document["paths"])
        .filter(|(path, _)| path.starts_with(OWNED))
        .map(|(path, item)| (path.replace(OWNED, OWN), item.clone()))
        .collect();
    for (path, mut item) in owned {
        for (_, operation) in members(&mut item) {
            let name = operation["operationId"].as_str().unwrap_or_default().replacen("Task", "OwnTask", 1);
            operation["operationId"] = name.into();
            operation["tags"] = json!(["own tasks"]);
            if let Some(parameters) = operation["parameters"].as_array_mut() {
                parameters.retain(|parameter| parameter["name"] != "user_id");
            }
        }
        document["paths"][path] = item;
    }
}

/// Removes the line breaks of the source from descriptions. Keeps the breaks between paragraphs.
fn unwrap_lines(part: &mut Value) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => {
                        let paragraphs = text.trim().split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
                        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
                    }
                    other => unwrap_lines(other),
                }
            }
        }
        _ => {}
    }
}
