//! The document itself: its operations, its schemas, and the command that prints it.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};
use task_api::routes::ROUTES;

use super::{SHAPES, assert_valid, document, operations, resolve};

#[test]
fn the_document_has_exactly_the_mounted_routes() {
    let document = document(&[]);
    let documented: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(path, method, _)| (path.to_owned(), method.to_uppercase())).collect();
    let mut mounted = BTreeSet::new();
    for route in &ROUTES {
        let methods: Vec<&str> = route.allow.split(", ").collect();
        // the document's description says that each GET also serves HEAD
        assert_eq!(methods.contains(&"GET"), methods.contains(&"HEAD"), "{}", route.path);
        for path in route.paths().into_iter().filter(|path| path == "/" || !path.ends_with('/')) {
            mounted.extend(
                methods.iter().filter(|method| **method != "HEAD").map(|method| (path.clone(), (*method).to_owned())),
            );
        }
    }
    assert_eq!(documented, mounted);
}

/// The snapshot shows each change of an operation: its method, path, name, parameters, media types of the request, and statuses.
#[test]
fn operations_are_those_of_the_snapshot() {
    let document = document(&[]);
    let keys = |value: &Value| {
        let names: Vec<&str> = value.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str)).collect();
        names.join(" ")
    };
    let mut text = String::new();
    for (path, method, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.map(|parameter| {
            let parameter = resolve(&document, parameter);
            parameter["name"].as_str().expect("a parameter has a name").to_owned()
        });
        text += &format!("{} {path}\n", method.to_uppercase());
        for (name, value) in [
            ("operation", operation["operationId"].as_str().expect("an operation has a name").to_owned()),
            ("parameters", parameters.collect::<Vec<_>>().join(" ")),
            ("request", keys(&operation["requestBody"]["content"])),
            ("responses", keys(&operation["responses"])),
        ] {
            if !value.is_empty() {
                text += &format!("    {name}: {value}\n");
            }
        }
    }
    assert_snapshot!("operations", text);
}

#[test]
fn operations_have_unique_names_and_the_security_of_their_route() {
    let document = document(&[]);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["components"]["securitySchemes"]["session"]["name"], "better-auth.session_token");
    assert_eq!(document["security"], json!([{ "bearer": [] }, { "session": [] }]));
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].as_str().expect("an operation has a name")), "{method} {path}");
        let is_public = ROUTES.iter().any(|route| !route.guarded && route.path == path);
        assert_eq!(operation["security"], if is_public { json!([{}]) } else { Value::Null }, "{method} {path}");
        let in_path: Vec<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let documented: Vec<&str> =
            parameters.filter(|it| it["in"] == "path").filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(documented, in_path, "{method} {path}");
    }
}

#[test]
fn examples_of_responses_match_their_schemas() {
    for shape in SHAPES {
        let document = document(&[("LIST_SHAPE", shape)]);
        let mut count = 0;
        for (_, _, operation) in operations(&document) {
            for (_, response) in operation["responses"].as_object().expect("an operation has responses") {
                for (_, content) in resolve(&document, response)["content"].as_object().into_iter().flatten() {
                    for (_, example) in content["examples"].as_object().into_iter().flatten() {
                        assert_valid(&document, &content["schema"], &example["value"]);
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 100, "{count}");
    }
}

#[test]
fn the_command_prints_the_document() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_task-api"))
        .arg("openapi")
        .current_dir(folder.path())
        .env_clear()
        .env("LIST_SHAPE", "data")
        .output()
        .expect("the command starts");
    assert!(output.status.success(), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    assert_eq!(printed, document(&[("LIST_SHAPE", "data")]));
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder exists").count(), 0, "the command creates no file");
}
