//! Completes the OpenAPI document with shared components, examples and aliases.
//!
//! `#[utoipa::path]` describes each operation at its handler in [`crate::routes`].

pub mod change_parameters;
pub mod docs_page;
pub mod document;
pub mod errors_page;
mod examples;
pub mod log_reasons;
mod members;
pub mod parameters;
pub mod responses;
pub mod start_page;
mod task_format;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config::{Config, ListShape};
use crate::openapi::members::{members, object};

/// The path of tasks with the owner's id.
const OWNED: &str = "/api/{user_id}/tasks";

/// The aliases of [`OWNED`]: the path, what replaces `Task` in operation ids, and the tag.
const OWNED_ALIASES: [(&str, &str, &str); 2] =
    [("/api/users/{user_id}/tasks", "UserTask", "tasks below users"), ("/api/tasks", "OwnTask", "own tasks")];

/// The member of an alias with the operation id of the original. The page shows originals only.
const ALIAS_OF: &str = "x-alias-of";

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

/// Returns the source expression of an inline script or style, for a `Content-Security-Policy`.
fn source_hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// Returns the `Content-Security-Policy` of a page without a script. Allows only this inline style.
fn static_policy(style: &str) -> String {
    let style = source_hash(style);
    format!(
        "default-src 'none'; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

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
    task_format::apply(&mut document, config.lists.format);
    add_aliases(&mut document);
    for alias in OWNED_ALIASES {
        add_aliased_paths(&mut document, alias);
    }
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

fn add_aliases(document: &mut Value) {
    for (original, method, path, name, summary) in ALIASES {
        let operations = members(&mut document["paths"]).flat_map(|(_, item)| members(item));
        let aliased =
            operations.map(|(_, operation)| &*operation).find(|operation| operation["operationId"] == original);
        let mut operation = aliased.expect("the operation of an alias exists").clone();
        operation["operationId"] = name.into();
        operation["summary"] = summary.into();
        operation[ALIAS_OF] = original.into();
        if method == "post" {
            add_idempotency_key(document, &mut operation);
        }
        document["paths"][path][method] = operation;
    }
}

/// Adds the parameter `Idempotency-Key` and its error to an operation, as `createTask` has them.
fn add_idempotency_key(document: &Value, operation: &mut Value) {
    let create = &document["paths"][OWNED]["post"];
    let key = create["parameters"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "Idempotency-Key"));
    if let (Some(parameters), Some(key)) = (operation["parameters"].as_array_mut(), key) {
        parameters.push(key.clone());
    }
    operation["responses"]["409"] = create["responses"]["409"].clone();
}

/// Adds each operation on tasks at an alias of its path. `listTasks` becomes `listOwnTasks`.
fn add_aliased_paths(document: &mut Value, (alias, name_part, tag): (&str, &str, &str)) {
    let owned: Vec<(String, Value)> = members(&mut document["paths"])
        .filter(|(path, _)| path.starts_with(OWNED))
        .map(|(path, item)| (path.replace(OWNED, alias), item.clone()))
        .collect();
    for (path, mut item) in owned {
        for (_, operation) in members(&mut item) {
            let original = operation["operationId"].take();
            operation["operationId"] = original.as_str().unwrap_or_default().replacen("Task", name_part, 1).into();
            operation[ALIAS_OF] = original;
            operation["tags"] = json!([tag]);
            if let Some(parameters) = operation["parameters"].as_array_mut() {
                parameters.retain(|parameter| parameter["name"] != "user_id" || alias.contains("{user_id}"));
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
