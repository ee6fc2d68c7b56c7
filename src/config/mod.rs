//! Every setting, read once from the environment and checked all together.

mod auth_settings;
mod key_source;
mod request_settings;
mod session_source;
mod settings_reader;

use std::net::{Ipv4Addr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use crate::config::settings_reader::{SettingsReader, bare_origin, is_https, is_loopback, origin};
use crate::db::{DatabaseSettings, DatabaseUrl, Synchronous};
pub use auth_settings::AuthSettings;
pub use key_source::KeySource;
pub use request_settings::{LogFormat, MetricsSettings, RequestSettings};
pub use session_source::{RedisSettings, RedisUrl, SessionSource};
pub use settings_reader::duration;

/// Where development's database and secret are, below the working directory.
pub const DATA_FOLDER: &str = "data";

/// All settings. Secrets in it do not print.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the database is reached.
    pub database: DatabaseSettings,
    /// Who is believed.
    pub auth: AuthSettings,
    /// What is listened on, and the limits of HTTP.
    pub http: HttpSettings,
    /// What is limited, counted and told at the edge.
    pub requests: RequestSettings,
    /// What lists look like.
    pub lists: ListSettings,
    /// No secret is configured: everything stays on this machine, with a secret made by ourselves.
    pub development: bool,
    /// What works and should be changed all the same.
    pub warnings: Vec<String>,
}

/// Settings of the server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Name or address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Threads that speak HTTP.
    pub workers: usize,
    /// Origins of front ends: for CORS, and as proof of origin of cookie writes.
    pub trusted_origins: Vec<String>,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// The largest body of an import, in bytes.
    pub import_limit: usize,
    /// How long a client may take to send its headers.
    pub header_timeout: Duration,
    /// How long a client may take to send its body.
    pub body_timeout: Duration,
    /// The most connections at a time; those beyond wait to be accepted.
    pub max_connections: usize,
    /// How long a client may leave unread what it is sent.
    pub send_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long requests in flight may take after a signal to stop.
    pub shutdown_timeout: Duration,
    /// How long is gone on serving after a signal to stop, so that load balancers notice; zero: not at all.
    pub shutdown_delay: Duration,
    /// Whether `/openapi.json` and `/docs` are served.
    pub docs: bool,
}

/// Settings of lists.
#[derive(Clone, Copy, Debug)]
pub struct ListSettings {
    /// What a list is wrapped in.
    pub shape: ListShape,
    /// The most rows of one answer.
    pub max: i64,
    /// How many days what was deleted stays in the trash.
    pub trash_days: i64,
}

/// What a list is wrapped in, for front ends that expect it so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListShape {
    /// `[…]`
    Array,
    /// `{"tasks":[…],"total":n,…}`
    Tasks,
    /// `{"success":true,"data":{"tasks":[…],"total":n}}`
    Data,
}

/// Everything that is wrong with the settings, a sentence each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads settings through `lookup`, so that tests need not touch the process's environment.
    ///
    /// # Errors
    /// Every problem at once, each with the name of its variable.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = SettingsReader::new(lookup);
        let base_url = reader.text("BETTER_AUTH_URL");
        let base_origin = reader.read("BETTER_AUTH_URL", None, |url| origin(url).map(Some));
        let database = database(&mut reader);
        let auth = auth_settings::auth(&mut reader, base_url.as_deref(), base_origin.as_deref());
        let http = http(&mut reader, base_origin);
        let requests = request_settings::requests(&mut reader, is_https(base_url.as_deref()));
        let lists = lists(&mut reader);
        let mut config = Self { database, auth, http, requests, lists, development: false, warnings: Vec::new() };
        config.warnings.append(&mut reader.warnings);
        config.development = config.auth.secrets.is_empty();
        config.check_exposure(&mut reader);
        if reader.problems.is_empty() { Ok(config) } else { Err(ConfigError(reader.problems)) }
    }

    /// Without a real secret nothing may be reached from outside.
    fn check_exposure(&mut self, reader: &mut SettingsReader<'_>) {
        let loopback = is_loopback(&self.http.host);
        if self.development && !loopback {
            reader.problem(
                "BETTER_AUTH_SECRET",
                format!(
                    "must be set to listen on {}: without it only HOST=127.0.0.1 (or ::1, localhost) is served",
                    self.http.host
                ),
            );
        }
        if self.development && matches!(self.database.url, DatabaseUrl::Postgres(_)) {
            reader.problem(
                "BETTER_AUTH_SECRET",
                "must be set to use PostgreSQL: it is the secret of the Better Auth that signs your users in",
            );
        }
        let secrets = self.auth.secrets.iter().map(|secret| ("BETTER_AUTH_SECRET", secret));
        for (name, secret) in secrets.chain(self.auth.jwt_secret.iter().map(|secret| ("JWT_SECRET", secret))) {
            match secret.weak_reason() {
                Some(weak_reason) if loopback => self.warnings.push(format!(
                    "{name} {weak_reason}; set one of 32 random bytes or more (openssl rand -base64 32)"
                )),
                Some(weak_reason) => reader.problem(
                    name,
                    format!("{weak_reason}; set one of 32 random bytes or more (openssl rand -base64 32)"),
                ),
                None => {}
            }
        }
    }
}

fn database(reader: &mut SettingsReader<'_>) -> DatabaseSettings {
    let default = DatabaseUrl::Sqlite(Path::new(DATA_FOLDER).join("task-api.db"));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let url = reader.read("DATABASE_URL", default, str::parse);
    let usual_connections = match url {
        DatabaseUrl::Postgres(_) => (cores * 4).clamp(4, 32),
        // these only read, mostly from memory, and each has a cache of its own
        DatabaseUrl::Sqlite(_) => (cores * 2).clamp(2, 16),
    };
    let require_row_security = reader.flag("REQUIRE_ROW_SECURITY", false);
    if require_row_security && matches!(url, DatabaseUrl::Sqlite(_)) {
        reader.problem("REQUIRE_ROW_SECURITY", "asks for what SQLite does not have; use PostgreSQL, or leave it unset");
    }
    DatabaseSettings {
        url,
        require_row_security,
        prepared_statements: reader.read("PREPARED_STATEMENTS", true, |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("must be on or off"),
        }),
        pool_size: reader.number("POOL_SIZE", usual_connections, 1, 256),
        pool_wait: reader.duration("POOL_WAIT", Duration::from_secs(2)),
        statement_timeout: reader.duration("STATEMENT_TIMEOUT", Duration::from_secs(5)),
        task_quota: reader.number("TASK_QUOTA", 10_000, 1, 1_000_000_000),
        synchronous: reader.read("SQLITE_SYNCHRONOUS", Synchronous::Full, |text| {
            match text.to_ascii_lowercase().as_str() {
                "full" => Ok(Synchronous::Full),
                "normal" => Ok(Synchronous::Normal),
                _ => Err("must be full or normal"),
            }
        }),
        better_auth: session_source::names(reader),
    }
}

fn http(reader: &mut SettingsReader<'_>, base_origin: Option<String>) -> HttpSettings {
    let mut trusted_origins = reader.list("TRUSTED_ORIGINS", bare_origin);
    if let Some(base) = base_origin.filter(|base| !trusted_origins.contains(base)) {
        trusted_origins.insert(0, base);
    }
    HttpSettings {
        host: reader.read("HOST", Ipv4Addr::LOCALHOST.to_string(), |host| match (host, 0).to_socket_addrs() {
            Ok(_) => Ok(host.to_owned()),
            Err(_) => Err("is neither an address nor a name of this machine"),
        }),
        port: reader.number("PORT", 8000, 0, u16::MAX),
        workers: reader.number("WORKERS", std::thread::available_parallelism().map_or(2, usize::from), 1, 256),
        trusted_origins,
        body_limit: reader.number("BODY_LIMIT", 64 * 1024, 1024, 16 * 1024 * 1024),
        import_limit: reader.number("IMPORT_LIMIT", 8 * 1024 * 1024, 1024, 256 * 1024 * 1024),
        // actix-web goes by a clock that it looks at twice a second: below that, good requests would be refused
        header_timeout: reader.read("HEADER_TIMEOUT", Duration::from_secs(10), |text| match duration(text) {
            Ok(span) if span < Duration::from_secs(1) => Err("must be one second or more".to_owned()),
            read => read,
        }),
        body_timeout: reader.duration("BODY_TIMEOUT", Duration::from_secs(30)),
        max_connections: reader.number("MAX_CONNECTIONS", 10_000, 1, 1_000_000),
        send_timeout: reader.duration("SEND_TIMEOUT", Duration::from_secs(30)),
        keep_alive: reader.duration("KEEP_ALIVE", Duration::from_secs(75)),
        shutdown_timeout: reader.duration("SHUTDOWN_TIMEOUT", Duration::from_secs(30)),
        shutdown_delay: reader.duration("SHUTDOWN_DELAY", Duration::ZERO),
        docs: reader.read("DOCS", true, |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("must be on or off"),
        }),
    }
}

fn lists(reader: &mut SettingsReader<'_>) -> ListSettings {
    ListSettings {
        shape: reader.read("LIST_SHAPE", ListShape::Array, |text| match text {
            "array" => Ok(ListShape::Array),
            "tasks" => Ok(ListShape::Tasks),
            "data" => Ok(ListShape::Data),
            _ => Err("must be array, tasks or data"),
        }),
        max: reader.number("MAX_LIST", 1000, 1, 100_000),
        trash_days: reader.number("TRASH_DAYS", 30, 1, 36_500),
    }
}
