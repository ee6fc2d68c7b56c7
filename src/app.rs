//! The service put together: its state, the order of its middleware, and its life as a server.

use std::net::TcpListener;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpServer, web};
use chrono::{TimeDelta, Utc};

use crate::auth::Verifier;
use crate::config::{Config, HttpSettings, ListSettings};
use crate::keys::Keys;
use crate::routes::{self, Cursors};
use crate::store::Db;

/// How often what has run out is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// What every request can reach.
pub struct State {
    /// The database.
    pub db: Db,
    /// What judges credentials.
    pub verifier: Verifier,
    /// The public keys of JWTs.
    pub keys: Keys,
    /// Origins of front ends.
    pub trusted_origins: Vec<String>,
    /// What lists look like.
    pub lists: ListSettings,
    /// What writes and reads cursors of lists.
    pub cursors: Cursors,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// The largest body of an import, in bytes.
    pub import_limit: usize,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// Whether the service is not ready without Better Auth's tables.
    pub sessions_required: bool,
    /// Whether the service is not ready unless the database itself keeps users apart.
    pub row_security_required: bool,
}

impl State {
    /// State by these settings, on this database.
    pub fn new(config: &Config, db: Db) -> Self {
        Self {
            verifier: config.auth.verifier(),
            keys: Keys::new(&config.auth.keys, db.clone()),
            trusted_origins: config.http.trusted_origins.clone(),
            lists: config.lists,
            cursors: Cursors::new(&config.auth.secrets),
            body_limit: config.http.body_limit,
            import_limit: config.http.import_limit,
            body_timeout: config.http.body_timeout,
            sessions_required: config.auth.sessions_required,
            row_security_required: config.database.require_row_security,
            db,
        }
    }
}

/// The application: the same for the server and for tests.
///
/// Of the middleware the last is the outermost: an answer gets its CORS headers first, and at the edge its id and its problem document.
pub fn application(state: web::Data<State>) -> App<impl Application> {
    application_with(state, |_| {})
}

/// The same with more routes, for tests of what lies around them.
fn application_with(state: web::Data<State>, more: impl FnOnce(&mut web::ServiceConfig)) -> App<impl Application> {
    App::new()
        .wrap(from_fn(routes::catch_panic))
        .wrap(cors(&state.trusted_origins))
        .wrap(from_fn(routes::edge))
        .app_data(state)
        .configure(more)
        .configure(routes::mount)
}

/// Short for what an [`App`] is made of.
pub trait Application:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<Self::Body>, Error = Error, InitError = ()>
{
    /// The body of its answers.
    type Body: MessageBody;
}

impl<F, B> Application for F
where
    F: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>,
    B: MessageBody,
{
    type Body = B;
}

/// CORS: these origins exactly, with credentials.
fn cors(origins: &[String]) -> Cors {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let readable = [
        "link",
        "etag",
        "location",
        "x-total-count",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "x-request-id",
        "idempotent-replayed",
        "www-authenticate",
    ];
    let cors = Cors::default()
        .allowed_methods(methods)
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
        ])
        .allowed_headers(["x-request-id", "idempotency-key", "traceparent"])
        .expose_headers(readable)
        .supports_credentials()
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Serves on this listener until `stop` resolves, then lets requests in flight end.
///
/// # Errors
/// The listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    state: web::Data<State>,
    settings: &HttpSettings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let background = actix_web::rt::spawn({
        let state = state.clone();
        async move { futures_util::future::join(state.keys.keep_fresh(), sweep(&state)).await }
    });
    let server = HttpServer::new(move || application(state.clone()))
        .workers(settings.workers)
        .client_request_timeout(settings.header_timeout)
        .keep_alive(settings.keep_alive)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals()
        .shutdown_signal(stop)
        .listen(listener)?
        .run()
        .await;
    background.abort();
    server
}

/// Sweeps from time to time. Never ends.
async fn sweep(state: &State) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match state.db.sweep(Utc::now(), TimeDelta::days(state.lists.trash_days)).await {
            Ok(rows) => log::debug!("swept {rows} rows"),
            Err(error) => log::warn!("could not sweep: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;
    use actix_web::body::to_bytes;
    use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
    use serde_json::Value;

    use super::*;

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
        let state = web::Data::new(State::new(&config, db));
        let more = |routes: &mut web::ServiceConfig| {
            routes.route("/panic", web::get().to(panics));
        };
        let service = init_service(application_with(state, more)).await;
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
