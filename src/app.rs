//! The service put together: its state, the order of its middleware, and its life as a server.

use std::net::TcpListener;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpServer, web};
use chrono::{TimeDelta, Utc};

use crate::auth::{Secret, Verifier};
use crate::config::{AuthSettings, Config, HttpSettings, ListSettings};
use crate::connections;
use crate::keys::Keys;
use crate::limits::{Limiter, LogLines, Policy, TrustedProxies};
use crate::metrics::Metrics;
use crate::readiness::{self, ReadinessCheck};
use crate::routes::{self, Cursors, Document, ListMemory, RecentCredentials, SeenCredentials, Transfers};
use crate::sessions::Sessions;
use crate::shutdown::Shutdown;
use crate::store::Db;

/// How often what has run out is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// What every request can reach.
pub struct State {
    /// The database.
    pub db: Db,
    trust: RwLock<Arc<Trust>>,
    /// The public keys of JWTs.
    pub keys: Keys,
    /// Origins of front ends.
    pub trusted_origins: Vec<String>,
    /// What lists look like.
    pub lists: ListSettings,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// The largest body of an import, in bytes.
    pub import_limit: usize,
    /// Bounds imports and exports.
    pub transfers: Transfers,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// Whether it started without a configured secret.
    pub is_development: bool,
    /// What each user may ask for.
    pub user_limit: Option<Limiter>,
    /// How many refusals an address may have.
    pub refusal_limit: Option<Limiter>,
    /// How many lines refusals may leave in the log.
    pub refusal_lines: LogLines,
    /// Bounds the log lines of responses with 429.
    pub limited_lines: LogLines,
    /// Proxies that are believed where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// The memory of each user's lists.
    pub list_memory: ListMemory,
    /// Credentials that were used of late.
    pub seen: SeenCredentials,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What is asked of those who read that.
    pub metrics_token: Option<Secret>,
    /// Whether answers say how long they took.
    pub server_timing: bool,
    /// Whether answers tell browsers to come by https alone.
    pub strict_transport: bool,
    /// Whether metrics are on the service's own address.
    metrics_beside: bool,
    /// Where sessions are looked up.
    pub sessions: Sessions,
    /// The check that `/readyz` answers with.
    pub readiness: ReadinessCheck,
    /// How far the service is with stopping.
    pub shutdown: Shutdown,
    /// The OpenAPI document, unless it is turned off.
    pub openapi: Option<Document>,
}

impl State {
    /// State by these settings, on this database.
    pub fn new(config: &Config, db: Db) -> Self {
        Self {
            trust: RwLock::new(Arc::new(Trust::new(&config.auth))),
            keys: Keys::new(&config.auth.keys, db.clone()),
            trusted_origins: config.http.trusted_origins.clone(),
            lists: config.lists,
            body_limit: config.http.body_limit,
            import_limit: config.http.import_limit,
            transfers: Transfers::default(),
            body_timeout: config.http.body_timeout,
            is_development: config.development,
            user_limit: config.edge.rate_limit.map(|rate| Limiter::new(Policy::User, rate)),
            refusal_limit: config.edge.refusal_limit.map(|rate| Limiter::new(Policy::Refusals, rate)),
            refusal_lines: LogLines::default(),
            limited_lines: LogLines::default(),
            trusted_proxies: config.edge.trusted_proxies.clone(),
            list_memory: ListMemory::new(config.database.pool_wait),
            seen: SeenCredentials::default(),
            metrics: Arc::new(Metrics::new(routes::patterns())),
            metrics_token: config.edge.metrics.token.clone(),
            server_timing: config.edge.server_timing,
            strict_transport: config.edge.strict_transport,
            metrics_beside: config.edge.metrics.address.is_none() && config.edge.metrics.token.is_some(),
            sessions: Sessions::new(&config.auth, &db),
            readiness: ReadinessCheck::default(),
            shutdown: Shutdown::default(),
            openapi: config.http.docs.then(|| Document::of(config)),
            db,
        }
    }

    /// Gives the result of a recent check that the service can serve, or of a new one. `None`: the check takes too long.
    pub async fn check_readiness(state: &web::Data<Self>) -> Option<readiness::Outcome> {
        let check = || {
            let state = state.clone();
            async move { readiness::check(&state.db, &state.sessions).await }
        };
        state.readiness.result(check).await
    }

    /// What secrets are needed for, at this moment.
    pub fn trust(&self) -> Arc<Trust> {
        self.trust.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Puts the secrets of these settings in the place of those in use. Requests under way end with those they began with.
    pub fn renew(&self, auth: &AuthSettings) {
        *self.trust.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(Trust::new(auth));
    }
}

/// Everything that is made of secrets, so that all of it changes at once.
pub struct Trust {
    /// What judges credentials.
    pub verifier: Verifier,
    /// What writes and reads cursors of lists.
    pub cursors: Cursors,
    /// What was judged recently.
    pub recent: RecentCredentials,
}

impl Trust {
    fn new(auth: &AuthSettings) -> Self {
        Self { verifier: auth.verifier(), cursors: Cursors::new(&auth.secrets), recent: RecentCredentials::default() }
    }
}

/// The application: the same for the server and for tests.
///
/// Of the middleware the last is the outermost: an answer gets its CORS headers first, and at the edge its id and its problem document.
pub fn application(state: web::Data<State>) -> App<impl Application> {
    application_with(state, |_| {})
}

/// The same with more routes, for tests of what lies around them.
pub(crate) fn application_with(
    state: web::Data<State>,
    more: impl FnOnce(&mut web::ServiceConfig),
) -> App<impl Application> {
    App::new()
        .wrap(from_fn(routes::catch_panic))
        .wrap(cors(&state.trusted_origins))
        .wrap(from_fn(routes::edge))
        .configure(more)
        .configure(|config| {
            if state.metrics_beside {
                routes::mount_metrics(config);
            }
        })
        .configure(routes::mount)
        .app_data(state)
}

/// The metrics alone, for an address of their own.
fn metrics_application(state: web::Data<State>) -> App<impl Application> {
    App::new()
        .wrap(from_fn(routes::catch_panic))
        .wrap(from_fn(routes::edge))
        .app_data(state)
        .configure(routes::mount_metrics)
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

/// Serves on this listener until `stop` resolves, then takes leave of load balancers and lets requests in flight end. `metrics`: where metrics have an address of their
/// own; they are served to the end.
///
/// # Errors
/// A listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    metrics: Option<TcpListener>,
    state: web::Data<State>,
    settings: &HttpSettings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let background = actix_web::rt::spawn({
        let state = state.clone();
        async move { futures_util::future::join3(state.sessions.announce(), state.keys.keep_fresh(), sweep(&state)).await }
    });
    let metrics = metrics.map(|listener| serve_metrics(listener, state.clone())).transpose()?;
    // Opens the connection of the check, so that no request waits for it. An outage is the answer of /readyz, not the end of the start.
    State::check_readiness(&state).await;
    let (delay, second_handle) = (settings.shutdown_delay, listener.try_clone()?);
    let application_state = state.clone();
    let server = connections::listen(listener, settings, move || application(application_state.clone()))?;
    let handle = server.handle();
    let stopping = actix_web::rt::spawn(async move {
        stop.await;
        state.shutdown.announce(&handle, second_handle, delay).await;
        handle.stop(true).await;
    });
    let server = server.await;
    stopping.abort();
    background.abort();
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    server
}

fn serve_metrics(listener: TcpListener, state: web::Data<State>) -> std::io::Result<ServerHandle> {
    let server = HttpServer::new(move || metrics_application(state.clone()))
        .workers(1)
        .max_connections(64)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
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
