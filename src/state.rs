//! The state that all requests share.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_web::web;
use better_auth_guard::{JwksCache, Secret, TrustedOrigin, Verifier};
use serde_json::Value;

use crate::api::change_token::ChangeTokens;
use crate::api::cursor::Cursors;
use crate::config::{AuthSettings, Config, ListSettings, StreamSettings};
use crate::db::Db;
use crate::jwks;
use crate::limits::concurrency::{ConcurrencyLimit, Transfers};
use crate::limits::first_use_log::FirstUseLog;
use crate::limits::list_memory::ListMemory;
use crate::limits::recent_credentials::RecentCredentials;
use crate::limits::{Limiter, LogRateLimiter, Policy, TrustedProxies};
use crate::metrics::Metrics;
use crate::openapi::document::Document;
use crate::readiness::{self, ReadinessCheck};
use crate::sessions::Sessions;
use crate::shutdown::Shutdown;

/// Maximum number of names of ignored input that are logged only once an hour.
const IGNORED_NAMES: usize = 1_000;

/// The state that all requests share.
pub struct AppState {
    /// The database.
    pub db: Db,
    secrets: RwLock<Arc<RotatingSecrets>>,
    /// The public keys of JWTs.
    pub keys: JwksCache,
    /// The allowed origins of front ends.
    pub trusted_origins: Vec<TrustedOrigin>,
    /// The settings of lists.
    pub lists: ListSettings,
    /// Maximum size of a body, in bytes.
    pub body_limit: usize,
    /// Maximum size of the body of an import, in bytes.
    pub import_limit: usize,
    /// Limits concurrent imports and exports.
    pub transfers: Transfers,
    /// Limits the event streams of each user.
    pub(crate) streams: Arc<ConcurrencyLimit>,
    /// The settings of event streams.
    pub stream_settings: StreamSettings,
    /// Timeout for receiving a body.
    pub body_timeout: Duration,
    /// Whether the service started without a configured secret.
    pub is_development: bool,
    /// The rate limit of each user (`RATE_LIMIT`).
    pub user_limit: Option<Limiter>,
    /// The rate limit of rejected credentials for each address (`REFUSAL_LIMIT`).
    pub failed_auth_limit: Option<Limiter>,
    /// Limits the log lines of rejected credentials.
    pub rejection_log_limiter: LogRateLimiter,
    /// Limits the log lines of origins that are not trusted.
    pub origin_log_limiter: LogRateLimiter,
    /// Detects ignored input that is not logged yet.
    pub ignored_names: FirstUseLog,
    /// Limits the log lines of ignored input.
    pub ignored_log_limiter: LogRateLimiter,
    /// Limits the log lines of 429 responses.
    pub rate_limited_log_limiter: LogRateLimiter,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
    /// Limits the memory of each user's lists.
    pub list_memory: ListMemory,
    /// Detects the first use of a credential, for the log.
    pub first_uses: FirstUseLog,
    /// The metrics.
    pub metrics: Metrics,
    /// The Bearer token that `/metrics` requires (`METRICS_TOKEN`).
    pub metrics_token: Option<Secret>,
    /// Whether responses have a `Server-Timing` header.
    pub server_timing: bool,
    /// Whether responses have a `Strict-Transport-Security` header.
    pub strict_transport: bool,
    /// Whether the service's address also serves metrics.
    pub metrics_on_main_port: bool,
    /// Looks up sessions.
    pub sessions: Sessions,
    /// The readiness check of `/readyz`.
    pub readiness: ReadinessCheck,
    /// The progress of the shutdown.
    pub shutdown: Shutdown,
    /// The OpenAPI document; `None`: `DOCS=off`.
    pub openapi: Option<Document>,
}

impl AppState {
    /// Builds the state from the settings and the database.
    pub fn new(
        config: &Config,
        db: Db,
        routes: impl IntoIterator<Item = &'static str>,
        openapi: fn(&Config) -> Value,
    ) -> Self {
        Self {
            secrets: RwLock::new(Arc::new(RotatingSecrets::new(&config.auth))),
            keys: JwksCache::new(jwks::source(&config.auth.keys, db.clone())),
            trusted_origins: config.http.trusted_origins.clone(),
            lists: config.lists,
            body_limit: config.http.body_limit,
            import_limit: config.http.import_limit,
            transfers: Transfers::default(),
            streams: ConcurrencyLimit::new(config.requests.streams.per_user),
            stream_settings: config.requests.streams,
            body_timeout: config.http.body_timeout,
            is_development: config.development,
            user_limit: config.requests.rate_limit.map(|rate| Limiter::new(Policy::User, rate)),
            failed_auth_limit: config.requests.failed_auth_limit.map(|rate| Limiter::new(Policy::FailedAuth, rate)),
            rejection_log_limiter: LogRateLimiter::default(),
            origin_log_limiter: LogRateLimiter::default(),
            ignored_names: FirstUseLog::with_capacity(IGNORED_NAMES),
            ignored_log_limiter: LogRateLimiter::default(),
            rate_limited_log_limiter: LogRateLimiter::default(),
            trusted_proxies: config.requests.trusted_proxies.clone(),
            list_memory: ListMemory::new(config.database.pool_wait),
            first_uses: FirstUseLog::default(),
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

    /// Returns the result of a recent or new readiness check. `None`: the check timed out.
    pub async fn check_readiness(state: &web::Data<Self>) -> Option<readiness::Outcome> {
        let check = || {
            let state = state.clone();
            async move { readiness::check(&state.db, &state.sessions).await }
        };
        state.readiness.result(check).await
    }

    /// Returns the current secrets.
    pub fn secrets(&self) -> Arc<RotatingSecrets> {
        self.secrets.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Replaces the secrets. Requests in flight keep the secrets that they started with.
    pub fn reload_secrets(&self, auth: &AuthSettings) {
        *self.secrets.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(RotatingSecrets::new(auth));
    }
}

/// All values derived from secrets. A rotation replaces them together.
pub struct RotatingSecrets {
    /// Verifies credentials.
    pub verifier: Verifier,
    /// Writes and reads cursors of lists.
    pub cursors: Cursors,
    /// Writes and reads tokens of the change feed.
    pub change_tokens: ChangeTokens,
    /// The cache of recently verified credentials.
    pub recent: RecentCredentials,
}

impl RotatingSecrets {
    fn new(auth: &AuthSettings) -> Self {
        Self {
            verifier: auth.verifier(),
            cursors: Cursors::new(&auth.secrets),
            change_tokens: ChangeTokens::new(&auth.secrets),
            recent: RecentCredentials::default(),
        }
    }
}
