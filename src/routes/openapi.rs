//! The OpenAPI document of the mounted routes, and the documentation page.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType};
use actix_web::{HttpResponse, web};
use serde_json::Value;
use utoipa::OpenApi;

use crate::api::error::{ApiError, ApiResult, ProblemDocument};
use crate::api::request_schemas::{DueDate, Status, Tag, TaskMembers};
use crate::config::Config;
use crate::openapi::responses::TurnedOff;
use crate::openapi::{self, docs_page, errors_page};
use crate::routes::{bulk, changes, completion, events, export, health, import, start_page, stats, tasks};
use crate::state::AppState;
use crate::task::{Priority, RepeatFrom, Task};

/// Collects the annotations of the handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "task-api", description = include_str!("../openapi/description.md"), license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    servers((url = "/", description = "The service that serves this document")),
    security(("bearer" = []), ("session" = [])),
    tags(
        (name = "tasks", description = "Tasks of a user"),
        (name = "tasks below users", description = "Tasks of the user in the path, at another path"),
        (name = "own tasks", description = "Tasks of the authenticated user"),
        (name = "service", description = "Health checks and documentation"),
    ),
    paths(
        tasks::list, tasks::create, stats::stats, bulk::bulk, export::export, import::import, changes::changes, events::events,
        tasks::get, tasks::update, tasks::delete, completion::complete, completion::set_status, tasks::restore,
        health::live, health::ready, document, page, errors, start_page::start,
    ),
    components(schemas(
        Task, ProblemDocument, TaskMembers, Priority, Status, Tag, DueDate, RepeatFrom,
    )),
)]
struct Annotations;

/// Builds the OpenAPI document of a service with these settings.
pub fn openapi(config: &Config) -> Value {
    let annotations = serde_json::to_value(Annotations::openapi()).expect("the document is serializable");
    openapi::complete(annotations, config)
}

/// Gets the OpenAPI document
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

/// Shows the API documentation
///
/// An HTML page that shows the OpenAPI document and can send requests.
#[utoipa::path(
    get, path = "/docs", operation_id = "getDocs", tag = "service", security(()),
    responses((status = 200, description = "An HTML page", body = String, content_type = "text/html"), TurnedOff),
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

/// Describes the error codes
///
/// An HTML page with each code, its status, its meaning and what to do. `type` of a problem document links to it, so `DOCS=off` keeps it.
#[utoipa::path(
    get, path = "/docs/errors", operation_id = "getErrors", tag = "service", security(()),
    responses((status = 200, description = "An HTML page", body = String, content_type = "text/html")),
)]
pub(crate) async fn errors() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, errors_page::POLICY.as_str()))
        .content_type(ContentType::html())
        .body(errors_page::PAGE.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::list_params;
    use crate::api::task_body;

    fn document() -> Value {
        openapi(&Config::from_lookup(&|_| None).expect("the default settings are valid"))
    }

    /// Asserts that the first of each list of names is documented, and that its description contains the aliases.
    fn assert_documented(names: &[&[&str]], description_of: &dyn Fn(&str) -> Option<String>) {
        for names in names {
            let description = description_of(names[0]).unwrap_or_else(|| panic!("{} is not documented", names[0]));
            for alias in &names[1..] {
                assert!(
                    description.contains(&format!("`{alias}`")),
                    "the description of {} omits {alias}: {description}",
                    names[0]
                );
            }
        }
    }

    #[test]
    fn every_name_of_a_parameter_is_documented() {
        let document = document();
        let parameters =
            document["paths"]["/api/tasks"]["get"]["parameters"].as_array().expect("the operation has parameters");
        assert_documented(&list_params::NAMES, &|name| {
            let parameter = parameters.iter().find(|parameter| parameter["name"] == name)?;
            Some(parameter["description"].to_string())
        });
        assert_eq!(parameters.len(), list_params::NAMES.len());
    }

    #[test]
    fn every_name_of_a_member_is_documented() {
        let document = document();
        let schemas = &document["components"]["schemas"];
        let members = [&schemas["TaskMembers"]["properties"], &schemas["NewTask"]["allOf"][1]["properties"]];
        assert_documented(task_body::NAMES, &|name| {
            Some(members.iter().find_map(|members| members.get(name))?.to_string())
        });
    }
}
