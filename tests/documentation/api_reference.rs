//! Compares docs/api.md with the OpenAPI document and the route table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use task_api::api::paths::ROUTES;
use task_api::config::Config;

use crate::{markdown, read};

const SCOPE: &str = "/api/{user_id}/tasks";

fn document() -> Value {
    let config = Config::from_lookup(&|_| None).unwrap();
    serde_json::to_value(task_api::routes::openapi(&config)).unwrap()
}

/// Returns the aliases that a description lists after `Also called`, up to the end of the sentence.
fn aliases(description: &str) -> BTreeSet<String> {
    let Some((_, rest)) = description.split_once("Also called ") else { return BTreeSet::new() };
    let sentence = rest.split('.').next().unwrap();
    let sentence = sentence.split(';').next().unwrap();
    markdown::code(sentence).into_iter().map(str::to_owned).collect()
}

/// Returns the names of a table's first column, with the aliases of its last column.
fn documented(section: &str) -> BTreeMap<String, BTreeSet<String>> {
    let page = read("docs/api.md");
    let rows = markdown::table_rows(markdown::section(&page, section));
    let name = |cells: &Vec<String>| markdown::code(&cells[0])[0].to_owned();
    let also = |cells: &Vec<String>| markdown::code(cells.last().unwrap()).into_iter().map(str::to_owned).collect();
    rows.iter().map(|cells| (name(cells), also(cells))).collect()
}

#[test]
fn the_reference_has_every_route_and_no_other() {
    let page = read("docs/api.md");
    let rows = markdown::table_rows(markdown::section(&page, "Routes"));
    let listed: BTreeSet<String> =
        rows.iter().map(|cells| markdown::code(&cells[0])[0].replacen('…', SCOPE, 1)).collect();
    let mut expected: BTreeSet<String> = ROUTES
        .iter()
        .flat_map(|route| {
            route.allow.split(", ").filter(|method| *method != "HEAD").map(|method| format!("{method} {}", route.path))
        })
        .collect();
    expected.insert("GET /metrics".into());
    assert_eq!(listed, expected);
}

#[test]
fn the_reference_has_every_list_parameter_with_its_aliases() {
    let document = document();
    let parameters = document["paths"][SCOPE]["get"]["parameters"].as_array().unwrap();
    let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let expected: BTreeMap<String, BTreeSet<String>> =
        query.map(|parameter| (text(&parameter["name"]), aliases(&text(&parameter["description"])))).collect();
    assert_eq!(documented("List parameters"), expected);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[test]
fn the_reference_has_every_member_of_a_task_with_its_aliases() {
    let document = document();
    let mut expected: BTreeMap<String, BTreeSet<String>> =
        document["components"]["schemas"]["TaskMembers"]["properties"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, schema)| (name.clone(), aliases(schema["description"].as_str().unwrap_or_default())))
            .collect();
    expected.insert("title".into(), BTreeSet::new());
    assert_eq!(documented("The task"), expected);
}

/// The other parameters have no table: the page names each of them with its route.
#[test]
fn the_reference_names_every_other_parameter_and_header() {
    let (document, page) = (document(), read("docs/api.md"));
    let mut missing = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let parameters =
            operations.as_object().unwrap().values().filter_map(|operation| operation["parameters"].as_array());
        for parameter in parameters.flatten() {
            let name = text(&parameter["name"]);
            if !page.contains(&format!("`{name}`"))
                && !page.contains(&format!("`{name}="))
                && !page.contains(&format!("{{{name}}}"))
            {
                missing.insert(format!("{path}: {name}"));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn the_example_of_a_task_has_every_member() {
    let (document, page) = (document(), read("docs/api.md"));
    let (_, rest) = markdown::section(&page, "The task").split_once("```json").unwrap();
    let task: Value = serde_json::from_str(rest.split_once("```").unwrap().0).unwrap();
    let members: BTreeSet<&String> = task.as_object().unwrap().keys().collect();
    let schema = document["components"]["schemas"]["Task"]["properties"].as_object().unwrap();
    assert_eq!(members, schema.keys().collect());
}
