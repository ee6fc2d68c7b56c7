//! The application: the routes, and the order of the middleware around them.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, web};

use crate::middleware::edge::{catch_panic, request_middleware};
use crate::routes;
use crate::server::cors::cors;
use crate::state::AppState;

/// The application: the same for the server and for tests.
///
/// Of the middleware the last is the outermost: an answer gets its CORS headers first, and at the edge its id and its problem document.
pub fn app(state: web::Data<AppState>) -> App<impl AppFactory> {
    app_with(state, |_| {})
}

/// The same with more routes, for tests of what lies around them.
pub(crate) fn app_with(state: web::Data<AppState>, more: impl FnOnce(&mut web::ServiceConfig)) -> App<impl AppFactory> {
    App::new()
        .wrap(from_fn(catch_panic))
        .wrap(cors(&state.trusted_origins))
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

/// The metrics alone, for an address of their own.
pub(super) fn metrics_app(state: web::Data<AppState>) -> App<impl AppFactory> {
    App::new()
        .wrap(from_fn(catch_panic))
        .wrap(from_fn(request_middleware))
        .app_data(state)
        .configure(routes::mount_metrics)
}

/// Short for what an [`App`] is made of.
pub trait AppFactory:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<Self::Body>, Error = Error, InitError = ()>
{
    /// The body of its answers.
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
        panic!("of secrets")
    }

    /// No route of the service panics, so that this one has to be made.
    #[actix_web::test]
    async fn a_panic_is_answered_like_every_other_failure() {
        let lookup = |name: &str| match name {
            "BETTER_AUTH_URL" => Some("http://localhost:3000".to_owned()),
            _ => None,
        };
        let config = Config::from_lookup(&lookup).expect("the defaults are good");
        let db = Db::open(&config.database).expect("threads can be started");
        let state = web::Data::new(crate::server::state(&config, db));
        let more = |routes: &mut web::ServiceConfig| {
            routes.route("/panic", web::get().to(panics));
        };
        let service = init_service(app_with(state, more)).await;
        let request = TestRequest::get().uri("/panic").insert_header(("Origin", "http://localhost:3000"));
        let answer = match try_call_service(&service, request.to_request()).await {
            Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
            // as the server does
            Err(error) => error.error_response(),
        };
        assert_eq!(answer.status(), 500);
        assert_eq!(
            answer.headers().get("access-control-allow-origin").expect("it can be read"),
            "http://localhost:3000"
        );
        assert_eq!(answer.headers().get("content-type").expect("it has a type"), "application/problem+json");
        assert!(answer.headers().contains_key("x-request-id"));
        let body = to_bytes(answer.into_body()).await.expect("it has a body");
        let problem: Value = serde_json::from_slice(&body).expect("it is JSON");
        assert_eq!(
            (&problem["status"], &problem["detail"]),
            (&500.into(), &"Something went wrong on our side.".into())
        );
        let next = call_service(&service, TestRequest::get().uri("/livez").to_request()).await;
        assert_eq!(next.status(), 200);
    }
}
