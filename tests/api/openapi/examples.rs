//! The service returns the documented examples.

use serde_json::Value;

use super::{assert_documented, assert_valid, document, json_body, operations};
use crate::on_both;
use crate::support::{App, Database, EventStream, Request, is_citus, mask};

on_both!(responses_equal_the_documented_examples);

/// Builds a request without a body from the examples of the parameters.
fn request(app: &App, path: &str, method: &str, operation: &Value) -> Request {
    let text = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (mut target, mut query, mut headers) =
        (path.to_owned(), url::form_urlencoded::Serializer::new(String::new()), vec![]);
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|it| it.get("example").is_some()) {
        let (name, value) = (parameter["name"].as_str().expect("a parameter has a name"), text(&parameter["example"]));
        match parameter["in"].as_str() {
            Some("path") => target = target.replace(&format!("{{{name}}}"), &value),
            Some("query") => drop(query.append_pair(name, &value)),
            _ => headers.push((name.to_owned(), value)),
        }
    }
    let request = app.request_as("demo", &method.to_uppercase(), &format!("{target}?{}", query.finish()));
    headers.iter().fold(request, |request, (name, value)| request.header(name, value))
}

fn with_body(request: Request, media_type: &str, value: &Value) -> Request {
    let bytes = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    request.header("Content-Type", media_type).body(bytes.as_bytes())
}

/// Masks generated values, and removes members that depend on the date or on the database.
fn mask_variable(value: &Value) -> Value {
    match mask(value) {
        Value::Array(items) => items.iter().map(mask_variable).collect(),
        Value::Object(mut members) => {
            members.retain(|name, _| !["completed_per_day", "overdue", "row_security"].contains(&name.as_str()));
            Value::Object(members.iter().map(|(name, value)| (name.clone(), mask_variable(value))).collect())
        }
        other => other,
    }
}

fn responses_equal_the_documented_examples(database: Database) {
    let document = document(&[]);
    let mut compared = 0;
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("an operation has a name");
        let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let mut requests: Vec<(Option<(&str, &Value)>, &str)> = bodies
            .flat_map(|(media_type, content)| {
                let examples = content["examples"].as_object().unwrap_or_else(|| panic!("{name} has no example"));
                examples
                    .iter()
                    .map(|(example_name, it)| (Some((media_type.as_str(), &it["value"])), example_name.as_str()))
            })
            .collect();
        if requests.is_empty() {
            let successes = operation["responses"]["200"]["content"]["application/json"]["examples"].as_object();
            requests.push((None, successes.and_then(|it| it.keys().next()).map_or("", String::as_str)));
        }
        for (sent, example_name) in requests {
            let app = App::start(database);
            app.make_better_auth_tables();
            if !name.starts_with("create") {
                let milk = &document["paths"]["/api/tasks"]["post"]["requestBody"]["content"]["application/json"]["examples"]
                    ["milk"];
                app.create("demo", &milk["value"]);
            }
            if name.starts_with("restore") {
                app.request_as("demo", "DELETE", "/api/tasks/1").send().expect(200);
            }
            let bare_request = request(&app, path, method, operation);
            if name.starts_with("stream") {
                EventStream::open(&bare_request).0.ready(); // the response has no end
                continue;
            }
            let answer = match sent {
                Some((media_type, value)) => {
                    assert_valid(&document, &operation["requestBody"]["content"][media_type]["schema"], value);
                    with_body(bare_request, media_type, value).send()
                }
                None => bare_request.send(),
            };
            assert!(matches!(answer.status, 200 | 201), "{name}: {answer:?}");
            assert_documented(&document, (path, method), &answer);
            let documented = &operation["responses"][answer.status.to_string()]["content"];
            let is_json = answer.header("content-type") == Some("application/json");
            if is_json && !path.ends_with("/openapi.json") {
                let example = &documented["application/json"]["examples"][example_name]["value"];
                let mut body = json_body(&answer);
                if is_citus() {
                    body.as_object_mut().map(|body| body.remove("nodes"));
                }
                assert_eq!(mask_variable(&body), mask_variable(example), "{name}, example {example_name}");
                compared += 1;
            }
        }
    }
    assert!(compared > 30, "{compared}");
}
