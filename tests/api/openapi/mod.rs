//! The OpenAPI document describes the service: every path, every example, every failure.

mod docs_page;
mod document;
mod examples;
mod failures;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Response, Settings, config};

const SHAPES: [&str; 3] = ["array", "tasks", "data"];

/// Returns the document of a service with these settings.
fn document(settings: Settings<'_>) -> Value {
    task_api::routes::openapi(&config("sqlite:unused.db", settings))
}

/// Returns every operation: path, method, and its description.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("the document has paths") {
        for (method, operation) in item.as_object().expect("a path has operations") {
            operations.push((path.as_str(), method.as_str(), operation));
        }
    }
    operations
}

/// Resolves a `$ref`. Returns a part without a reference unchanged.
fn resolve<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} does not resolve")),
        None => part,
    }
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let schema = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect("the schema is valid")
}

#[track_caller]
fn assert_valid(document: &Value, schema: &Value, value: &Value) {
    let errors: Vec<String> = validator(document, schema)
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
}

/// Asserts that a response is documented: its status, its headers, its media type and its body.
#[track_caller]
fn assert_documented(document: &Value, (path, method): (&str, &str), answer: &Response) {
    let documented = &document["paths"][path][method]["responses"][answer.status.to_string()];
    assert!(documented.is_object(), "{method} {path} returns {}: {answer:?}", answer.status);
    let documented = resolve(document, documented);
    for (name, header) in documented["headers"].as_object().into_iter().flatten() {
        let header = resolve(document, header);
        let value = answer.header(&name.to_lowercase());
        assert!(header["required"] != true || value.is_some(), "{method} {path} without {name}: {answer:?}");
    }
    let Some(content) = documented["content"].as_object() else {
        return assert!(answer.body.is_empty(), "{answer:?}");
    };
    let media_type = answer.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
    assert!(content.contains_key(media_type), "{method} {path} returns {media_type}");
    if media_type.ends_with("json") {
        assert_valid(document, &content[media_type]["schema"], &json_body(answer));
    }
}

fn json_body(answer: &Response) -> Value {
    if answer.header("transfer-encoding").is_some() { answer.chunked_json() } else { answer.json() }
}
