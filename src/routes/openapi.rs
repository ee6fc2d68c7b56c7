//! The OpenAPI document of everything that is mounted, and the page that shows it.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType};
use actix_web::{HttpResponse, web};
use serde_json::Value;
use utoipa::OpenApi;

use crate::api::error::{ApiError, ApiResult, ProblemDocument};
use crate::api::request_schemas::{DueDate, Status, Tag, TaskMembers};
use crate::config::Config;
use crate::openapi::responses::TurnedOff;
use crate::openapi::{self, docs_page};
use crate::routes::{bulk, export, health, import, stats, tasks};
use crate::state::AppState;
use crate::task::{Priority, RepeatFrom, Task};

/// What the annotations of the handlers make.
#[derive(OpenApi)]
#[openapi(
    info(title = "task-api", description = include_str!("../openapi/description.md"), license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    servers((url = "/", description = "The service that this comes from")),
    security(("bearer" = []), ("session" = [])),
    tags(
        (name = "tasks", description = "Tasks of the user that the path names"),
        (name = "own tasks", description = "Tasks of the user that the credential names"),
        (name = "service", description = "The service itself"),
    ),
    paths(
        tasks::list, tasks::create, stats::stats, bulk::bulk, export::export, import::import,
        tasks::get, tasks::update, tasks::delete, tasks::complete, tasks::set_status, tasks::restore,
        health::live, health::ready, document, page,
    ),
    components(schemas(
        Task, ProblemDocument, TaskMembers, Priority, Status, Tag, DueDate, RepeatFrom,
    )),
)]
struct Annotations;

/// The document of a service with these settings.
pub fn openapi(config: &Config) -> Value {
    let annotations = serde_json::to_value(Annotations::openapi()).expect("every part of it is JSON");
    openapi::complete(annotations, config)
}

/// Gives this document
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "getOpenapi", tag = "service", security(()),
    responses((status = 200, description = "An OpenAPI 3.1 document", body = serde_json::Value), TurnedOff),
)]
pub(crate) async fn document(state: web::Data<AppState>) -> ApiResult<HttpResponse> {
    let document = state.openapi.as_ref().ok_or(ApiError::RouteNotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .content_type(ContentType::json())
        .body(document.text()))
}

/// Shows this document, and lets it be tried
#[utoipa::path(
    get, path = "/docs", operation_id = "getDocs", tag = "service", security(()),
    responses((status = 200, description = "A page", body = String, content_type = "text/html"), TurnedOff),
)]
pub(crate) async fn page(state: web::Data<AppState>) -> ApiResult<HttpResponse> {
    if state.openapi.is_none() {
        return Err(ApiError::RouteNotFound);
    }
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, docs_page::POLICY.as_str()))
        .content_type(ContentType::html())
        .body(docs_page::PAGE.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::list_params;
    use crate::api::task_body;

    fn document() -> Value {
        openapi(&Config::from_lookup(&|_| None).expect("the defaults are good"))
    }

    /// Asserts that each name is there, or told of where the first of its meaning is described.
    fn assert_told(names: &[&[&str]], described: &dyn Fn(&str) -> Option<String>) {
        for names in names {
            let description = described(names[0]).unwrap_or_else(|| panic!("{} is not documented", names[0]));
            for alias in &names[1..] {
                assert!(
                    description.contains(&format!("`{alias}`")),
                    "{alias} is not told of at {}: {description}",
                    names[0]
                );
            }
        }
    }

    #[test]
    fn every_name_of_a_parameter_is_told_of() {
        let document = document();
        let parameters = document["paths"]["/api/tasks"]["get"]["parameters"].as_array().expect("there are some");
        assert_told(&list_params::NAMES, &|name| {
            let found = parameters.iter().find(|parameter| parameter["name"] == name)?;
            Some(found["description"].to_string())
        });
        assert_eq!(parameters.len(), list_params::NAMES.len());
    }

    #[test]
    fn every_name_of_a_member_is_told_of() {
        let document = document();
        let schemas = &document["components"]["schemas"];
        let members = [&schemas["TaskMembers"]["properties"], &schemas["NewTask"]["allOf"][1]["properties"]];
        assert_told(task_body::NAMES, &|name| Some(members.iter().find_map(|members| members.get(name))?.to_string()));
    }
}
