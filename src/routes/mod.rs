//! The route table and the handlers. A handler parses the request, makes one database call, and builds the response.

mod bulk;
mod changes;
mod completion;
mod events;
pub(crate) mod export;
mod health;
mod idempotent;
pub(crate) mod import;
mod metrics;
mod occurrences;
mod openapi;
mod responses;
mod start_page;
mod stats;
mod task_id;
mod tasks;

use actix_web::dev::HttpServiceFactory;
use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, Resource, web};

pub use openapi::openapi;

pub use crate::api::paths::{ROUTES, RouteSpec};

use crate::api::error::{ApiError, ApiResult};
use crate::api::paths::TASK_SCOPES;
use crate::middleware::authenticate::authenticate;
use crate::middleware::request_context::RequestContext;

/// Mounts all routes but the metrics.
pub fn mount(config: &mut web::ServiceConfig) {
    for scope in TASK_SCOPES {
        config.service(task_scope(scope));
    }
    let [.., livez, readyz, healthz, openapi, docs, errors, start] = ROUTES;
    config
        .service(resource(livez).route(web::get().to(health::live)).route(web::head().to(health::live)))
        .service(resource(readyz).route(web::get().to(health::ready)).route(web::head().to(health::ready)))
        .service(resource(healthz).route(web::get().to(health::ready)).route(web::head().to(health::ready)))
        .service(resource(openapi).route(web::get().to(openapi::document)).route(web::head().to(openapi::document)))
        .service(resource(docs).route(web::get().to(openapi::page)).route(web::head().to(openapi::page)))
        .service(resource(errors).route(web::get().to(openapi::errors)).route(web::head().to(openapi::errors)))
        .service(resource(start).route(web::get().to(start_page::start)).route(web::head().to(start_page::start)))
        .default_service(web::to(route_not_found));
}

/// Builds the routes of tasks below a prefix, behind authentication.
fn task_scope(prefix: &str) -> impl HttpServiceFactory + use<> {
    let [collection, stats, bulk, export, import, changes, events, item, complete, toggle, status, restore, ..] =
        ROUTES;
    web::scope(prefix)
        .wrap(from_fn(authenticate))
        .service(
            resource(collection)
                .route(web::get().to(tasks::list))
                .route(web::head().to(tasks::list))
                .route(web::post().to(tasks::create)),
        )
        .service(resource(stats).route(web::get().to(stats::stats)).route(web::head().to(stats::stats)))
        .service(resource(bulk).route(web::post().to(bulk::bulk)))
        .service(resource(export).route(web::get().to(export::export)).route(web::head().to(export::export)))
        .service(resource(import).route(web::post().to(import::import)))
        .service(resource(changes).route(web::get().to(changes::changes)).route(web::head().to(changes::changes)))
        .service(resource(events).route(web::get().to(events::events)).route(web::head().to(events::events)))
        .service(
            resource(item)
                .route(web::get().to(tasks::get))
                .route(web::head().to(tasks::get))
                .route(web::put().to(tasks::update))
                .route(web::patch().to(tasks::update))
                .route(web::delete().to(tasks::delete)),
        )
        .service(
            resource(complete)
                .route(web::patch().to(completion::complete))
                .route(web::post().to(completion::complete_once)),
        )
        .service(resource(toggle).route(web::patch().to(completion::complete)))
        .service(resource(status).route(web::patch().to(completion::set_status)))
        .service(resource(restore).route(web::post().to(tasks::restore)))
        .default_service(web::to(route_not_found))
}

/// The route of the metrics.
const METRICS: RouteSpec = RouteSpec { path: "/metrics", allow: "GET, HEAD", guarded: false };

/// Mounts the metrics: on a separate address, or protected by a token.
pub fn mount_metrics(config: &mut web::ServiceConfig) {
    let metrics = resource(METRICS).route(web::get().to(metrics::metrics)).route(web::head().to(metrics::metrics));
    config.service(metrics).default_service(web::to(route_not_found));
}

/// Lists the pattern of every resource. The metrics use them as labels.
pub fn patterns() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().chain([&METRICS]).map(|route| route.path)
}

/// Builds a resource. It responds to other methods with 405 and `Allow`.
pub(crate) fn resource(spec: RouteSpec) -> Resource {
    let method_not_allowed =
        move || async move { ApiResult::<HttpResponse>::Err(ApiError::MethodNotAllowed(spec.allow)) };
    // the router calls the guard when it matches the resource
    let set_route = fn_guard(move |guard_context| {
        if let Some(context) = RequestContext::find(&guard_context.req_data()) {
            context.route.set(Some(spec.path));
        }
        true
    });
    let path = spec.below_scope().unwrap_or(spec.path);
    let with_slash = if path == "/" { Vec::new() } else { vec![format!("{path}/")] };
    web::resource([vec![path.to_owned()], with_slash].concat())
        .guard(set_route)
        .default_service(web::to(method_not_allowed))
}

async fn route_not_found() -> ApiResult<HttpResponse> {
    Err(ApiError::RouteNotFound)
}
