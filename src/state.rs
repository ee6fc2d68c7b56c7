//! What every request can reach.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_web::web;
use serde_json::Value;

use crate::api::cursor::Cursors;
use crate::auth::{Secret, Verifier};
use crate::config::{AuthSettings, Config, ListSettings};
use crate::db::Db;
use crate::jwks::JwksCache;
use crate::limits::concurrency::Transfers;
use crate::limits::first_use_log::FirstUseLog;
use crate::limits::list_memory::ListMemory;
use crate::limits::recent_credentials::RecentCredentials;
use crate::limits::{Limiter, LogRateLimiter, Policy, TrustedProxies};
use crate::metrics::Metrics;
use crate::openapi::document::Document;
use crate::readiness::{self, ReadinessCheck};
use crate::sessions::Sessions;
use crate::shutdown::Shutdown;

/// What every request can reach.
pub struct AppState {
    /// The database.
    pub db: Db,
    secrets: RwLock<Arc<RotatingSecrets>>,
    /// The public keys of JWTs.
    pub keys: JwksCache,
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
    pub refusal_lines: LogRateLimiter,
    /// Bounds the log lines of responses with 429.
    pub limited_lines: LogRateLimiter,
    /// Proxies that are believed where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// The memory of each user's lists.
    pub list_memory: ListMemory,
    /// Credentials that were used of late.
    pub seen: FirstUseLog,
    /// What is counted.
    pub metrics: Metrics,
    /// What is asked of those who read that.
    pub metrics_token: Option<Secret>,
    /// Whether answers say how long they took.
    pub server_timing: bool,
    /// Whether answers tell browsers to come by https alone.
    pub strict_transport: bool,
    /// Whether metrics are on the service's own address.
    pub metrics_on_main_port: bool,
    /// Where sessions are looked up.
    pub sessions: Sessions,
    /// The check that `/readyz` answers with.
    pub readiness: ReadinessCheck,
    /// How far the service is with stopping.
    pub shutdown: Shutdown,
    /// The OpenAPI document, unless it is turned off.
    pub openapi: Option<Document>,
}

impl AppState {
    /// State by these settings, on this database.
    pub fn new(
        config: &Config,
        db: Db,
        routes: impl IntoIterator<Item = &'static str>,
        openapi: fn(&Config) -> Value,
    ) -> Self {
        Self {
            secrets: RwLock::new(Arc::new(RotatingSecrets::new(&config.auth))),
            keys: JwksCache::new(&config.auth.keys, db.clone()),
            trusted_origins: config.http.trusted_origins.clone(),
            lists: config.lists,
            body_limit: config.http.body_limit,
            import_limit: config.http.import_limit,
            transfers: Transfers::default(),
            body_timeout: config.http.body_timeout,
            is_development: config.development,
            user_limit: config.requests.rate_limit.map(|rate| Limiter::new(Policy::User, rate)),
            refusal_limit: config.requests.refusal_limit.map(|rate| Limiter::new(Policy::FailedAuth, rate)),
            refusal_lines: LogRateLimiter::default(),
            limited_lines: LogRateLimiter::default(),
            trusted_proxies: config.requests.trusted_proxies.clone(),
            list_memory: ListMemory::new(config.database.pool_wait),
            seen: FirstUseLog::default(),
            metrics: Metrics::new(routes, &db),
            metrics_token: config.requests.metrics.token.clone(),
            server_timing: config.requests.server_timing,
            strict_transport: config.requests.strict_transport,
            metrics_on_main_port: config.requests.metrics.address.is_none() && config.requests.metrics.token.is_some(),
            sessions: Sessions::new(&config.auth, &db),
            readiness: ReadinessCheck::default(),
            shutdown: Shutdown::default(),
            openapi: config.http.docs.then(|| Document::new(config, openapi)),
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
    pub fn secrets(&self) -> Arc<RotatingSecrets> {
        self.secrets.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Puts the secrets of these settings in the place of those in use. Requests under way end with those they began with.
    pub fn reload_secrets(&self, auth: &AuthSettings) {
        *self.secrets.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(RotatingSecrets::new(auth));
    }
}

/// Everything that is made of secrets, so that all of it changes at once.
pub struct RotatingSecrets {
    /// What judges credentials.
    pub verifier: Verifier,
    /// What writes and reads cursors of lists.
    pub cursors: Cursors,
    /// What was judged recently.
    pub recent: RecentCredentials,
}

impl RotatingSecrets {
    fn new(auth: &AuthSettings) -> Self {
        Self { verifier: auth.verifier(), cursors: Cursors::new(&auth.secrets), recent: RecentCredentials::default() }
    }
}
