//! Reads all settings from the environment, and reports all problems at once.

mod auth_settings;
mod effective;
mod key_source;
mod list_settings;
mod request_settings;
mod session_source;
mod settings_reader;

use std::net::ToSocketAddrs;
use std::time::Duration;

use better_auth_guard::TrustedOrigin;

use crate::config::settings_reader::{SettingsReader, is_https, is_loopback, origin};
use crate::db::{DatabaseSettings, DatabaseUrl, Synchronous, UserNaming};
pub use auth_settings::AuthSettings;
pub use effective::EffectiveSetting;
pub use key_source::KeySource;
pub use list_settings::{ListSettings, ListShape, TaskFormat, TaskShape};
pub use request_settings::{LogFormat, MetricsSettings, RequestSettings, StreamSettings};
pub use session_source::{RedisSettings, SessionSource};
pub use settings_reader::duration;

/// The folder of the default database and the development secret, relative to the working directory.
pub const DATA_FOLDER: &str = "data";

/// All settings. `Debug` omits secrets.
#[derive(Clone, Debug)]
pub struct Config {
    /// Database settings.
    pub database: DatabaseSettings,
    /// Authentication settings.
    pub auth: AuthSettings,
    /// Settings of the HTTP server.
    pub http: HttpSettings,
    /// Settings of all requests.
    pub requests: RequestSettings,
    /// Settings of lists, and of the JSON of tasks.
    pub lists: ListSettings,
    /// Whether no secret is configured. The service then generates one, and listens only on this machine.
    pub development: bool,
    /// Valid settings that should be changed.
    pub warnings: Vec<String>,
    /// Each setting with its value in effect, without secrets.
    pub effective: Vec<EffectiveSetting>,
}

/// Settings of the HTTP server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The name or address to listen on. Default: 127.0.0.1.
    pub host: String,
    /// The port to listen on. Default: 8000.
    pub port: u16,
    /// The number of HTTP threads. Default: the number of cores.
    pub workers: usize,
    /// The trusted origins, for CORS and for writes with a cookie.
    pub trusted_origins: Vec<TrustedOrigin>,
    /// The maximum body size in bytes. Default: 64 KiB.
    pub body_limit: usize,
    /// The maximum body size of an import in bytes. Default: 8 MiB.
    pub import_limit: usize,
    /// The timeout of the request headers. Default: 10 s.
    pub header_timeout: Duration,
    /// The timeout of the request body. Default: 30 s.
    pub body_timeout: Duration,
    /// The maximum number of connections. Further connections wait to be accepted. Default: 10,000.
    pub max_connections: usize,
    /// The timeout of a client that does not read the response. Default: 30 s.
    pub send_timeout: Duration,
    /// The timeout of an idle connection. Default: 75 s.
    pub keep_alive: Duration,
    /// The timeout of requests in flight after a stop signal. Default: 30 s.
    pub shutdown_timeout: Duration,
    /// The time to keep serving after a stop signal, until load balancers notice. Default: 0.
    pub shutdown_delay: Duration,
    /// Whether `/`, `/openapi.json` and `/docs` are served. `/docs/errors` is always served: error responses link to it.
    pub docs: bool,
}

/// All problems of the settings, one sentence each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the settings through `lookup`. Tests need not change the environment of the process.
    ///
    /// # Errors
    /// All problems, each with the name of its variable.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = SettingsReader::new(lookup);
        let base_url = reader.text("BETTER_AUTH_URL");
        let base_origin = reader.optional("BETTER_AUTH_URL", origin);
        let database = database(&mut reader);
        let auth = auth_settings::auth(&mut reader, base_url.as_deref(), base_origin.as_deref());
        let http = http(&mut reader, base_origin);
        let requests = request_settings::requests(&mut reader, is_https(base_url.as_deref()));
        let lists = list_settings::lists(&mut reader);
        let development = auth.secrets.is_empty();
        let warnings = std::mem::take(&mut reader.warnings);
        let mut config = Self { database, auth, http, requests, lists, development, warnings, effective: Vec::new() };
        config.check_exposure(&mut reader);
        let (problems, effective) = reader.into_effective();
        config.effective = effective;
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }

    /// Rejects a missing or weak secret, unless `HOST` is this machine. Rejects a missing secret with PostgreSQL.
    fn check_exposure(&mut self, reader: &mut SettingsReader<'_>) {
        let loopback = is_loopback(&self.http.host);
        if self.development && !loopback {
            reader.problem(
                "BETTER_AUTH_SECRET",
                format!(
                    "must be set to listen on {}: without it, HOST must be 127.0.0.1, ::1 or localhost",
                    self.http.host
                ),
            );
        }
        if self.development && matches!(self.database.url, DatabaseUrl::Postgres(_)) {
            reader.problem(
                "BETTER_AUTH_SECRET",
                "must be set to use PostgreSQL: use the secret of your Better Auth server",
            );
        }
        let secrets = self.auth.secrets.iter().map(|secret| ("BETTER_AUTH_SECRET", secret));
        for (name, secret) in secrets.chain(self.auth.jwt_secret.iter().map(|secret| ("JWT_SECRET", secret))) {
            match secret.weak_reason() {
                Some(weak_reason) if loopback => self
                    .warnings
                    .push(format!("{name} {weak_reason}; set at least 32 random bytes (openssl rand -base64 32)")),
                Some(weak_reason) => reader
                    .problem(name, format!("{weak_reason}; set at least 32 random bytes (openssl rand -base64 32)")),
                None => {}
            }
        }
    }
}

fn database(reader: &mut SettingsReader<'_>) -> DatabaseSettings {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let url = reader.read("DATABASE_URL", &format!("sqlite:{DATA_FOLDER}/task-api.db"), str::parse);
    let default_pool_size = match url {
        DatabaseUrl::Postgres(_) => (cores * 4).clamp(4, 32),
        // these connections only read, mostly from memory, and each has its own cache
        DatabaseUrl::Sqlite(_) => (cores * 2).clamp(2, 16),
    };
    let require_row_security = reader.flag("REQUIRE_ROW_SECURITY");
    if require_row_security && matches!(url, DatabaseUrl::Sqlite(_)) {
        reader.problem("REQUIRE_ROW_SECURITY", "is not supported by SQLite; use PostgreSQL, or leave it unset");
    }
    DatabaseSettings {
        url,
        require_row_security,
        prepared_statements: reader.switch("PREPARED_STATEMENTS", "on"),
        user_naming: reader.read("SET_USER_BY", "auto", |text| match text {
            "auto" => Ok(None),
            "statement" => Ok(Some(UserNaming::InStatement)),
            "transaction" => Ok(Some(UserNaming::InTransaction)),
            _ => Err("must be auto, statement or transaction"),
        }),
        pool_size: reader.number("POOL_SIZE", default_pool_size, 1, 256),
        pool_wait: reader.duration("POOL_WAIT", "2s"),
        statement_timeout: reader.duration("STATEMENT_TIMEOUT", "5s"),
        task_quota: reader.number("TASK_QUOTA", 10_000, 1, 1_000_000_000),
        tombstone_days: reader.number("TOMBSTONE_DAYS", 30, 1, 36_500),
        synchronous: reader.read("SQLITE_SYNCHRONOUS", "full", |text| match text.to_ascii_lowercase().as_str() {
            "full" => Ok(Synchronous::Full),
            "normal" => Ok(Synchronous::Normal),
            _ => Err("must be full or normal"),
        }),
        better_auth: session_source::names(reader),
    }
}

fn http(reader: &mut SettingsReader<'_>, base_origin: Option<String>) -> HttpSettings {
    let mut trusted_origins = reader.list("TRUSTED_ORIGINS", TrustedOrigin::parse);
    for pattern in trusted_origins.iter().filter(|origin| origin.has_open_end()) {
        reader
            .warnings
            .push(format!("TRUSTED_ORIGINS: {pattern} ends with a wildcard; it also trusts domains of others"));
    }
    let base = base_origin.and_then(|base| TrustedOrigin::parse(&base).ok());
    if let Some(base) = base.filter(|base| !trusted_origins.contains(base)) {
        trusted_origins.insert(0, base);
    }
    HttpSettings {
        host: reader.read("HOST", "127.0.0.1", |host| match (host, 0).to_socket_addrs() {
            Ok(_) => Ok(host.to_owned()),
            Err(_) => Err("must be an address or a name of this machine"),
        }),
        port: reader.number("PORT", 8000, 0, u16::MAX),
        workers: reader.number("WORKERS", std::thread::available_parallelism().map_or(2, usize::from), 1, 256),
        trusted_origins,
        body_limit: reader.number("BODY_LIMIT", 64 * 1024, 1024, 16 * 1024 * 1024),
        import_limit: reader.number("IMPORT_LIMIT", 8 * 1024 * 1024, 1024, 256 * 1024 * 1024),
        // actix-web reads its clock twice a second; a shorter timeout would reject valid requests
        header_timeout: reader.read("HEADER_TIMEOUT", "10s", |text| match duration(text) {
            Ok(timeout) if timeout < Duration::from_secs(1) => Err("must be at least 1s".to_owned()),
            parsed => parsed,
        }),
        body_timeout: reader.duration("BODY_TIMEOUT", "30s"),
        max_connections: reader.number("MAX_CONNECTIONS", 10_000, 1, 1_000_000),
        send_timeout: reader.duration("SEND_TIMEOUT", "30s"),
        keep_alive: reader.duration("KEEP_ALIVE", "75s"),
        shutdown_timeout: reader.duration("SHUTDOWN_TIMEOUT", "30s"),
        shutdown_delay: reader.optional("SHUTDOWN_DELAY", duration).unwrap_or_default(),
        docs: reader.switch("DOCS", "on"),
    }
}
