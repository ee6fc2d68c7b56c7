//! Builds the application: the routes, and the order of their middleware.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, web};

use crate::middleware::edge::{catch_panic, request_middleware};
use crate::middleware::origin_check::check_origin;
use crate::routes;
use crate::server::cors::cors;
use crate::state::AppState;

/// Builds the application of the server and of tests.
///
/// The middleware wrapped last is the outermost. A response first gets CORS headers, then its request id and problem document.
pub fn app(state: web::Data<AppState>) -> App<impl AppFactory> {
    app_with(state, |_| {})
}

/// Builds the application with more routes, for tests of the middleware.
pub(crate) fn app_with(state: web::Data<AppState>, more: impl FnOnce(&mut web::ServiceConfig)) -> App<impl AppFactory> {
    App::new()
        .wrap(from_fn(catch_panic))
        .wrap(cors(&state.trusted_origins))
        .wrap(from_fn(check_origin))
        .wrap(from_fn(request_middleware))
        .configure(more)
        .configure(|config| {
            if state.metrics_on_main_port {
                routes::mount_metrics(config);
            }
        })
        .configure(routes::mount)
        .app_data(state)
}

/// Builds the application of a separate metrics address.
pub(super) fn metrics_app(state: web::Data<AppState>) -> App<impl AppFactory> {
    App::new()
        .wrap(from_fn(catch_panic))
        .wrap(from_fn(request_middleware))
        .app_data(state)
        .configure(routes::mount_metrics)
}

/// The bounds of the service factory of an [`App`].
pub trait AppFactory:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<Self::Body>, Error = Error, InitError = ()>
{
    /// The body of the responses.
    type Body: MessageBody;
}

impl<F, B> AppFactory for F
where
    F: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>,
    B: MessageBody,
{
    type Body = B;
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;
    use actix_web::body::to_bytes;
    use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
    use serde_json::Value;

    use super::*;
    use crate::config::Config;
    use crate::db::Db;

    async fn panics() -> HttpResponse {
        panic!("a message with a secret")
    }

    /// The service has no route that panics, therefore the test adds one.
    #[actix_web::test]
    async fn a_panic_returns_a_problem_document() {
        let lookup = |name: &str| match name {
            "BETTER_AUTH_URL" => Some("http://localhost:3000".to_owned()),
            _ => None,
        };
        let config = Config::from_lookup(&lookup).expect("the default settings are valid");
        let db = Db::open(&config.database).expect("the database threads start");
        let state = web::Data::new(crate::server::state(&config, db));
        let more = |routes: &mut web::ServiceConfig| {
            routes.route("/panic", web::get().to(panics));
        };
        let service = init_service(app_with(state, more)).await;
        let request = TestRequest::get().uri("/panic").insert_header(("Origin", "http://localhost:3000"));
        let response = match try_call_service(&service, request.to_request()).await {
            Ok(response) => response.into_parts().1.map_into_boxed_body(),
            // the server does the same
            Err(error) => error.error_response(),
        };
        assert_eq!(response.status(), 500);
        assert_eq!(
            response.headers().get("access-control-allow-origin").expect("the response has CORS headers"),
            "http://localhost:3000"
        );
        assert_eq!(
            response.headers().get("content-type").expect("the response has a type"),
            "application/problem+json"
        );
        assert!(response.headers().contains_key("x-request-id"));
        let body = to_bytes(response.into_body()).await.expect("the response has a body");
        let problem: Value = serde_json::from_slice(&body).expect("the body is JSON");
        let code = &problem["error"]["code"];
        assert_eq!((&problem["status"], code), (&500.into(), &"internal_error".into()));
        assert!(!problem.to_string().contains("secret"), "{problem}");
        let next = call_service(&service, TestRequest::get().uri("/livez").to_request()).await;
        assert_eq!(next.status(), 200);
    }
}
