//! The OpenAPI document says what is served: every path, every example, every failure.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};
use task_api::routes::ROUTES;

use crate::on_both;
use crate::support::{Answer, App, Database, Request, Settings, config, jwt};

on_both!(
    every_example_is_answered_as_it_says,
    failures_are_those_that_are_documented,
    lists_have_the_shape_that_is_set
);

const SHAPES: [&str; 3] = ["array", "tasks", "data"];

fn document(settings: Settings<'_>) -> Value {
    task_api::routes::openapi(&config("sqlite:unused.db", settings))
}

/// Every operation: path, method, and what is said of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("an item has operations") {
            operations.push((path.as_str(), method.as_str(), operation));
        }
    }
    operations
}

/// What a reference leads to, or the part itself.
fn follow<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => part,
    }
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).expect("the schema is one")
}

#[track_caller]
fn assert_valid(document: &Value, schema: &Value, value: &Value) {
    let wrong: Vec<String> = validator(document, schema)
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?} in {value}");
}

/// Asserts that an answer is one of those that are documented: its status, its headers, its type, its body.
#[track_caller]
fn assert_documented(document: &Value, (path, method): (&str, &str), answer: &Answer) {
    let said = &document["paths"][path][method]["responses"][answer.status.to_string()];
    assert!(said.is_object(), "{method} {path} answers {}: {answer:?}", answer.status);
    let said = follow(document, said);
    for (name, header) in said["headers"].as_object().into_iter().flatten() {
        let header = follow(document, header);
        let found = answer.header(&name.to_lowercase());
        assert!(header["required"] != true || found.is_some(), "{method} {path} answers without {name}: {answer:?}");
    }
    let Some(content) = said["content"].as_object() else { return assert!(answer.body.is_empty(), "{answer:?}") };
    let media_type = answer.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
    assert!(content.contains_key(media_type), "{method} {path} answers {media_type}");
    if media_type.ends_with("json") {
        assert_valid(document, &content[media_type]["schema"], &body(answer));
    }
}

fn body(answer: &Answer) -> Value {
    if answer.header("transfer-encoding").is_some() { answer.chunked_json() } else { answer.json() }
}

#[test]
fn what_is_mounted_is_documented_and_nothing_else() {
    let document = document(&[]);
    let documented: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(path, method, _)| (path.to_owned(), method.to_uppercase())).collect();
    let mut mounted = BTreeSet::new();
    for served in &ROUTES {
        let methods: Vec<&str> = served.allow.split(", ").collect();
        // both as the document's description says
        assert_eq!(methods.contains(&"GET"), methods.contains(&"HEAD"), "{}", served.path);
        for path in served.paths().into_iter().filter(|path| !path.ends_with('/')) {
            mounted.extend(
                methods.iter().filter(|method| **method != "HEAD").map(|method| (path.clone(), (*method).to_owned())),
            );
        }
    }
    assert_eq!(documented, mounted);
}

#[test]
fn names_are_unique_and_credentials_are_asked_for_where_they_are_needed() {
    let document = document(&[]);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["components"]["securitySchemes"]["session"]["name"], "better-auth.session_token");
    assert_eq!(document["security"], json!([{ "bearer": [] }, { "session": [] }]));
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].as_str().expect("it has a name")), "{method} {path}");
        let open = ROUTES.iter().any(|served| !served.guarded && served.path == path);
        assert_eq!(operation["security"], if open { json!([{}]) } else { Value::Null }, "{method} {path}");
        let in_path: Vec<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let said = operation["parameters"].as_array().into_iter().flatten();
        let said: Vec<&str> = said.filter(|it| it["in"] == "path").filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(said, in_path, "{method} {path}");
    }
}

/// Everything that a request needs besides its body, from the examples of the parameters.
fn request(app: &App, path: &str, method: &str, operation: &Value) -> Request {
    let text = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (mut target, mut query, mut headers) =
        (path.to_owned(), url::form_urlencoded::Serializer::new(String::new()), vec![]);
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|it| it.get("example").is_some()) {
        let (name, value) = (parameter["name"].as_str().expect("it has a name"), text(&parameter["example"]));
        match parameter["in"].as_str() {
            Some("path") => target = target.replace(&format!("{{{name}}}"), &value),
            Some("query") => drop(query.append_pair(name, &value)),
            _ => headers.push((name.to_owned(), value)),
        }
    }
    let request = app.by("demo", &method.to_uppercase(), &format!("{target}?{}", query.finish()));
    headers.iter().fold(request, |request, (name, value)| request.header(name, value))
}

fn with_body(request: Request, media_type: &str, value: &Value) -> Request {
    let bytes = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    request.header("Content-Type", media_type).body(bytes.as_bytes())
}

/// What is another each time: moments of now, random names, what is overdue by now, and which days the last thirty are.
fn masked(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(members) => {
            let stays = |name: &&String| !["completed_per_day", "overdue", "row_security"].contains(&name.as_str());
            Value::Object(
                members.iter().filter(|(name, _)| stays(name)).map(|(name, it)| (name.clone(), masked(it))).collect(),
            )
        }
        Value::String(text) if text.len() == "2026-11-21T08:00:00.123Z".len() && text.ends_with('Z') => {
            "a moment".into()
        }
        Value::String(text) if uuid::Uuid::parse_str(text).is_ok() => "a name".into(),
        other => other.clone(),
    }
}

fn every_example_is_answered_as_it_says(database: Database) {
    let document = document(&[]);
    let mut replayed = 0;
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("it has a name");
        let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let mut requests: Vec<(Option<(&str, &Value)>, &str)> = bodies
            .flat_map(|(media_type, content)| {
                let examples = content["examples"].as_object().unwrap_or_else(|| panic!("{name} has no example"));
                examples.iter().map(|(named, it)| (Some((media_type.as_str(), &it["value"])), named.as_str()))
            })
            .collect();
        if requests.is_empty() {
            let successes = operation["responses"]["200"]["content"]["application/json"]["examples"].as_object();
            requests.push((None, successes.and_then(|it| it.keys().next()).map_or("", String::as_str)));
        }
        for (body_sent, named) in requests {
            let app = App::start(database);
            app.make_better_auth_tables();
            if !name.starts_with("create") {
                let milk = &document["paths"]["/api/tasks"]["post"]["requestBody"]["content"]["application/json"]["examples"]
                    ["milk"];
                app.create("demo", &milk["value"]);
            }
            if name.starts_with("restore") {
                app.by("demo", "DELETE", "/api/tasks/1").send().expect(200);
            }
            let unsent = request(&app, path, method, operation);
            let answer = match body_sent {
                Some((media_type, value)) => {
                    assert_valid(&document, &operation["requestBody"]["content"][media_type]["schema"], value);
                    with_body(unsent, media_type, value).send()
                }
                None => unsent.send(),
            };
            assert!(matches!(answer.status, 200 | 201), "{name}: {answer:?}");
            assert_documented(&document, (path, method), &answer);
            let said = &operation["responses"][answer.status.to_string()]["content"];
            let is_json = answer.header("content-type") == Some("application/json");
            if is_json && !path.ends_with("/openapi.json") {
                let said = &said["application/json"]["examples"][named]["value"];
                assert_eq!(masked(&body(&answer)), masked(said), "{name}, example {named}");
                replayed += 1;
            }
        }
    }
    assert!(replayed > 30, "{replayed}");
}

#[test]
fn every_example_of_an_answer_fits_its_schema() {
    for shape in SHAPES {
        let document = document(&[("LIST_SHAPE", shape)]);
        let mut seen = 0;
        for (_, _, operation) in operations(&document) {
            for (_, answer) in operation["responses"].as_object().expect("there are answers") {
                for (_, content) in follow(&document, answer)["content"].as_object().into_iter().flatten() {
                    for (_, example) in content["examples"].as_object().into_iter().flatten() {
                        assert_valid(&document, &content["schema"], &example["value"]);
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 100, "{seen}");
    }
}

/// Failures that can be had at every operation of which they are documented, and others at one.
fn failures_are_those_that_are_documented(database: Database) {
    let document = document(&[]);
    let app = App::start(database);
    app.create("demo", &json!({ "title": "Buy milk" }));
    let guarded = |path: &str| path.starts_with("/api/");
    for (path, method, operation) in operations(&document).into_iter().filter(|(path, ..)| guarded(path)) {
        let send = |user: &str, id: &str, with: &dyn Fn(Request) -> Request, expected: u16| {
            let target = path.replace("{user_id}", "demo").replace("{id}", id);
            let request = app.request(&method.to_uppercase(), &target);
            let request = if user.is_empty() { request } else { request.bearer(&jwt(user)) };
            let answer = with(request).send();
            answer.expect(expected);
            assert_documented(&document, (path, method), &answer);
        };
        let plain = |request: Request| request;
        send("", "1", &plain, 401);
        if path.contains("{user_id}") {
            send("other", "1", &plain, 403);
        }
        if path.contains("{id}") {
            let object = |request: Request| request.json(&json!({ "status": "pending" }));
            send("demo", "9", &object, 404);
            send("demo", "one", &object, 404);
            if !matches!(method, "get") && !path.ends_with("restore") {
                send("demo", "1", &|request| object(request).header("If-Match", "\"1-9\""), 412);
            }
        }
        if operation.get("requestBody").is_some() {
            let large = |request: Request| {
                request.header("Content-Type", "application/json").header("Content-Length", "99999999")
            };
            send("demo", "1", &large, 413);
            send("demo", "1", &|request| request.header("Content-Type", "text/plain").body(b"{}"), 415);
            send("demo", "1", &|request| request.text("{"), 400);
            if operation["responses"].get("422").is_some() {
                send("demo", "1", &|request| request.text("1"), 422);
            }
        }
    }
    let once = |title: &str| {
        let request = app.by("demo", "POST", "/api/tasks").header("Idempotency-Key", "k");
        request.json(&json!({ "title": title })).send()
    };
    for (title, status) in [("a", 201), ("a", 201), ("b", 422)] {
        let answer = once(title);
        assert_eq!(answer.status, status);
        assert_documented(&document, ("/api/tasks", "post"), &answer);
    }
    let known = app.by("demo", "GET", "/api/tasks/1").header("If-None-Match", "*").send();
    assert_eq!(known.status, 304);
    assert_documented(&document, ("/api/tasks/{id}", "get"), &known);
    app.execute("DROP TABLE tasks");
    let broken = app.by("demo", "GET", "/api/tasks").send();
    broken.expect(500);
    assert_documented(&document, ("/api/tasks", "get"), &broken);
}

fn lists_have_the_shape_that_is_set(database: Database) {
    for shape in SHAPES {
        let settings = [("LIST_SHAPE", shape)];
        let app = App::start_with(database, &settings);
        app.create("demo", &json!({ "title": "Buy milk" }));
        let answer = app.by("demo", "GET", "/api/tasks?count=exact&limit=1").send();
        let served = app.request("GET", "/openapi.json").send().expect(200);
        assert_eq!(served, document(&settings));
        assert_documented(&served, ("/api/tasks", "get"), &answer);
    }
}

#[test]
fn the_command_prints_the_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_task-api"))
        .arg("openapi")
        .current_dir(folder.path())
        .env_clear()
        .env("LIST_SHAPE", "data")
        .output()
        .expect("it can be started");
    assert!(output.status.success(), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(printed, document(&[("LIST_SHAPE", "data")]));
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0, "nothing is made on the way");
}

#[test]
fn the_page_runs_nothing_but_its_own() {
    let app = App::start(Database::Sqlite);
    for path in ["/docs", "/docs/"] {
        let answer = app.request("GET", path).send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = answer.header("content-security-policy").expect("there is a policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe") && !policy.contains("http"),
            "{policy}"
        );
        let page = String::from_utf8(answer.body.clone()).expect("it is text");
        for (name, hash) in [("script", "script-src"), ("style", "style-src")] {
            let (_, rest) = page.split_once(&format!("<{name}>")).expect("it is inside");
            let (text, _) = rest.split_once(&format!("</{name}>")).expect("it ends");
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
            let expected = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
            assert!(policy.contains(&format!("{hash} 'sha256-{expected}'")), "{policy}");
        }
        assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched from elsewhere");
    }
}

#[test]
fn both_can_be_turned_off() {
    let app = App::start_with(Database::Sqlite, &[("DOCS", "off")]);
    for path in ["/docs", "/docs/", "/openapi.json"] {
        let problem = app.request("GET", path).send().expect(404);
        assert_eq!(problem["error"]["code"], "path_not_found");
    }
}
