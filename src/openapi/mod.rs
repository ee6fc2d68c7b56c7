//! The OpenAPI document: its vocabulary, and what is said of all operations alike. The operations themselves are described where
//! they are handled, in [`crate::routes`], by `#[utoipa::path]`.

pub mod docs_page;
pub mod document;
mod examples;
pub mod parameters;
pub mod responses;

use serde_json::{Value, json};

use crate::config::{Config, ListShape};

/// Where the owner is named in a path, and where the credential alone says who it is.
const OWNED: &str = "/api/{user_id}/tasks";
const OWN: &str = "/api/tasks";

/// What one handler answers under another name too: operation, where it also stands, the name there, and what to say of it.
const ALIASES: [(&str, &str, &str, &str, &str); 4] = [
    ("updateTask", "put", "/api/{user_id}/tasks/{id}", "putTask", "Changes a task, as PATCH does"),
    (
        "completeTask",
        "post",
        "/api/{user_id}/tasks/{id}/complete",
        "postTaskCompletion",
        "Completes a task, as PATCH does",
    ),
    ("completeTask", "patch", "/api/{user_id}/tasks/{id}/toggle", "toggleTask", "Toggles a task, as /complete does"),
    ("getReadiness", "get", "/healthz", "getHealth", "Says whether it can serve, as /readyz does"),
];

/// Completes what the annotations say with what holds for all operations, and with what depends on the settings.
pub fn complete(mut document: Value, config: &Config) -> Value {
    let components = &mut document["components"];
    components["headers"] = responses::headers();
    components["responses"] = responses::components();
    components["schemas"]["TaskList"] = list_schema(config.lists.shape);
    components["securitySchemes"] = json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A JWT whose `sub` is the user, or Better Auth's signed session token.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": config.auth.cookie.as_str(),
            "description": "Better Auth's session cookie. A write with it must come from a trusted origin: by `Origin`, or by \
                            `Sec-Fetch-Site: same-origin`, which browsers send.",
        },
    });
    unwrap_lines(&mut document);
    examples::add_examples(&mut document, config.lists.shape);
    add_aliases(&mut document);
    add_own_paths(&mut document);
    for (_, item) in members(&mut document["paths"]) {
        for (_, operation) in members(item) {
            for (_, answer) in members(&mut operation["responses"]).filter(|(_, answer)| answer.get("$ref").is_none()) {
                for (name, header) in members(&mut answer["headers"]) {
                    header["required"] = ["ETag", "Location", "Content-Disposition"].contains(&name.as_str()).into();
                }
                answer["headers"]["X-Request-Id"] = responses::header("X-Request-Id");
            }
        }
    }
    document
}

/// What `LIST_SHAPE` makes of a list.
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

/// A schema of an object that has all of these.
fn object(properties: Value) -> Value {
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(|members| members.keys()).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

fn add_aliases(document: &mut Value) {
    for (original, method, path, name, summary) in ALIASES {
        let operations = members(&mut document["paths"]).flat_map(|(_, item)| members(item));
        let found = operations.map(|(_, operation)| &*operation).find(|operation| operation["operationId"] == original);
        let mut operation = found.expect("an alias is of an operation").clone();
        operation["operationId"] = name.into();
        operation["summary"] = summary.into();
        document["paths"][path][method] = operation;
    }
}

/// Every operation on tasks once more without the owner in its path: `listTasks` is `listOwnTasks` there.
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

/// Descriptions without the line breaks of the source they come from; those between paragraphs stay.
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

pub(crate) fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flat_map(|members| members.iter_mut())
}
