//! HTTP: every path of the service on one screen. A handler parses, makes one call to the store, and shapes the answer.

mod answer;
mod body;
mod bulk;
mod call;
mod condition;
mod cursor;
mod document;
mod events;
mod fields;
mod guard;
mod headers;
mod health;
mod idempotency;
mod list_memory;
mod list_query;
mod metrics;
mod moment;
mod occurrences;
mod outgoing;
#[cfg(test)]
mod panics;
mod parameters;
mod rate_limit;
mod recent_credentials;
mod seen;
mod stats;
mod task_json;
mod tasks;
mod transfer;
#[doc(hidden)]
pub mod untrusted;
mod written;

use std::rc::Rc;

use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, Resource, web};

pub use answer::{catch_panic, edge};
pub use cursor::Cursors;
pub use document::{Document, openapi};
pub use list_memory::ListMemory;
pub use recent_credentials::RecentCredentials;
pub use seen::SeenCredentials;
pub use task_json::ShownPage;
pub use transfer::Transfers;

use crate::error::{ApiError, ApiResult};
use call::Call;

/// One resource that is served: its path, and its methods as `Allow` lists them. For the tests, which try every stranger on each.
pub struct Served {
    /// The pattern, as actix-web reads it.
    pub path: &'static str,
    /// Comma-separated methods.
    pub allow: &'static str,
    /// Whether a credential is asked for.
    pub guarded: bool,
}

impl Served {
    /// All its patterns: each with and without a slash at the end, and one under the owner's id also without it.
    ///
    /// The order matters: `/api/tasks/tasks` is the list of a user called `tasks`, not a task of that id; and so on below it.
    pub fn paths(&self) -> Vec<String> {
        let own = self.path.replace("/{user_id}", "");
        let mut paths = vec![self.path.to_owned(), format!("{}/", self.path)];
        if own != self.path {
            paths.extend([own.clone(), own + "/"]);
        }
        paths
    }
}

/// Everything that [`mount`] mounts, in its order.
pub const SERVED: [Served; 15] = [
    Served { path: "/api/{user_id}/tasks", allow: "GET, HEAD, POST", guarded: true },
    Served { path: "/api/{user_id}/tasks/stats", allow: "GET, HEAD", guarded: true },
    Served { path: "/api/{user_id}/tasks/bulk", allow: "POST", guarded: true },
    Served { path: "/api/{user_id}/tasks/export", allow: "GET, HEAD", guarded: true },
    Served { path: "/api/{user_id}/tasks/import", allow: "POST", guarded: true },
    Served { path: "/api/{user_id}/tasks/{id}", allow: "GET, HEAD, PUT, PATCH, DELETE", guarded: true },
    Served { path: "/api/{user_id}/tasks/{id}/complete", allow: "PATCH, POST", guarded: true },
    Served { path: "/api/{user_id}/tasks/{id}/toggle", allow: "PATCH", guarded: true },
    Served { path: "/api/{user_id}/tasks/{id}/status", allow: "PATCH", guarded: true },
    Served { path: "/api/{user_id}/tasks/{id}/restore", allow: "POST", guarded: true },
    Served { path: "/livez", allow: "GET, HEAD", guarded: false },
    Served { path: "/readyz", allow: "GET, HEAD", guarded: false },
    Served { path: "/healthz", allow: "GET, HEAD", guarded: false },
    Served { path: "/openapi.json", allow: "GET, HEAD", guarded: false },
    Served { path: "/docs", allow: "GET, HEAD", guarded: false },
];

/// Mounts the whole service.
pub fn mount(config: &mut web::ServiceConfig) {
    let [
        collection,
        stats,
        bulk,
        export,
        import,
        item,
        complete,
        toggle,
        status,
        restore,
        livez,
        readyz,
        healthz,
        openapi,
        docs,
    ] = SERVED;
    let reading = |resource: Resource| resource.route(web::get().to(tasks::list)).route(web::head().to(tasks::list));
    config
        .service(reading(resource(collection)).route(web::post().to(tasks::create)).wrap(from_fn(guard::guard)))
        .service(
            resource(stats)
                .route(web::get().to(stats::stats))
                .route(web::head().to(stats::stats))
                .wrap(from_fn(guard::guard)),
        )
        .service(resource(bulk).route(web::post().to(bulk::bulk)).wrap(from_fn(guard::guard)))
        .service(
            resource(export)
                .route(web::get().to(transfer::export))
                .route(web::head().to(transfer::export))
                .wrap(from_fn(guard::guard)),
        )
        .service(resource(import).route(web::post().to(transfer::import)).wrap(from_fn(guard::guard)))
        .service(
            resource(item)
                .route(web::get().to(tasks::get))
                .route(web::head().to(tasks::get))
                .route(web::put().to(tasks::update))
                .route(web::patch().to(tasks::update))
                .route(web::delete().to(tasks::delete))
                .wrap(from_fn(guard::guard)),
        )
        .service(
            resource(complete)
                .route(web::patch().to(tasks::complete))
                .route(web::post().to(tasks::complete))
                .wrap(from_fn(guard::guard)),
        )
        .service(resource(toggle).route(web::patch().to(tasks::complete)).wrap(from_fn(guard::guard)))
        .service(resource(status).route(web::patch().to(tasks::set_status)).wrap(from_fn(guard::guard)))
        .service(resource(restore).route(web::post().to(tasks::restore)).wrap(from_fn(guard::guard)))
        .service(resource(livez).route(web::get().to(health::live)).route(web::head().to(health::live)))
        .service(resource(readyz).route(web::get().to(health::ready)).route(web::head().to(health::ready)))
        .service(resource(healthz).route(web::get().to(health::ready)).route(web::head().to(health::ready)))
        .service(resource(openapi).route(web::get().to(document::document)).route(web::head().to(document::document)))
        .service(resource(docs).route(web::get().to(document::page)).route(web::head().to(document::page)))
        .default_service(web::to(nothing_here));
}

/// Where metrics are read, when they are.
const METRICS: Served = Served { path: "/metrics", allow: "GET, HEAD", guarded: false };

/// Mounts the metrics, which nobody reads who was not meant to: on an address of their own, or behind a token.
pub fn mount_metrics(config: &mut web::ServiceConfig) {
    let metrics = resource(METRICS).route(web::get().to(metrics::metrics)).route(web::head().to(metrics::metrics));
    config.service(metrics).default_service(web::to(nothing_here));
}

/// The pattern of every resource, by which requests are counted.
pub fn patterns() -> impl Iterator<Item = &'static str> {
    SERVED.iter().chain([&METRICS]).map(|served| served.path)
}

/// A resource that says which it is, and answers 405 with `Allow` to every other method.
fn resource(served: Served) -> Resource {
    let refuse = move || async move { ApiResult::<HttpResponse>::Err(ApiError::MethodNotAllowed(served.allow)) };
    // a guard that guards nothing: it is what runs when a path is found, before any middleware
    let note = fn_guard(move |found| {
        if let Some(call) = found.req_data().get::<Rc<Call>>() {
            call.route.set(Some(served.path));
        }
        true
    });
    web::resource(served.paths()).guard(note).default_service(web::to(refuse))
}

async fn nothing_here() -> ApiResult<HttpResponse> {
    Err(ApiError::NoSuchPath)
}
