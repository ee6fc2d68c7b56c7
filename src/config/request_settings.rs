//! Settings of all requests: rate limits, proxies, metrics, response headers, log.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use better_auth_guard::Secret;

use crate::config::settings_reader::SettingsReader;
use crate::limits::{Rate, TrustedProxies};

/// Settings of all requests.
#[derive(Clone, Debug)]
pub struct RequestSettings {
    /// The rate limit of each user (`RATE_LIMIT`). `None`: unlimited.
    pub rate_limit: Option<Rate>,
    /// The rate limit of failed authentications from one address (`REFUSAL_LIMIT`). `None`: unlimited.
    pub failed_auth_limit: Option<Rate>,
    /// The settings of event streams.
    pub streams: StreamSettings,
    /// The proxies whose forwarded client addresses are trusted.
    pub trusted_proxies: TrustedProxies,
    /// The access to metrics.
    pub metrics: MetricsSettings,
    /// Whether responses have `Server-Timing`.
    pub server_timing: bool,
    /// Whether responses have `Strict-Transport-Security`.
    pub strict_transport: bool,
    /// The format of log lines (`LOG_FORMAT`).
    pub log_format: LogFormat,
}

/// The settings of event streams.
#[derive(Clone, Copy, Debug)]
pub struct StreamSettings {
    /// The maximum number of a user's streams on one instance (`STREAMS_PER_USER`).
    pub per_user: usize,
    /// The time between two comments on an idle stream. Only tests change it.
    pub heartbeat: Duration,
    /// The time between two verifications of the credential. Only tests change it.
    pub credential_check: Duration,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { per_user: 16, heartbeat: Duration::from_secs(15), credential_check: Duration::from_secs(60) }
    }
}

/// The access to metrics. Metrics are off unless one of these is set.
#[derive(Clone, Debug, Default)]
pub struct MetricsSettings {
    /// A separate address for metrics (`METRICS_ADDR`). `None`: the main address.
    pub address: Option<SocketAddr>,
    /// The required Bearer token (`METRICS_TOKEN`).
    pub token: Option<Secret>,
}

/// The format of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// Plain text.
    #[default]
    Text,
    /// One JSON object for each line.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

/// The minimum length of `METRICS_TOKEN` in bytes. 128 random bits in hex have 32.
const MIN_TOKEN_BYTES: usize = 16;

pub(crate) fn requests(reader: &mut SettingsReader<'_>, https: bool) -> RequestSettings {
    let address = |text: &str| text.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:9100");
    let token = reader.secret("METRICS_TOKEN");
    if token.as_ref().is_some_and(|token| token.len() < MIN_TOKEN_BYTES) {
        reader.problem("METRICS_TOKEN", "must have at least 16 bytes; set a random token (openssl rand -hex 32)");
    }
    RequestSettings {
        rate_limit: reader.read("RATE_LIMIT", "100/s burst 200", rate),
        failed_auth_limit: reader.read("REFUSAL_LIMIT", "10/s burst 100", rate),
        streams: StreamSettings {
            per_user: reader.number("STREAMS_PER_USER", 16, 1, 10_000),
            ..StreamSettings::default()
        },
        trusted_proxies: TrustedProxies::new(reader.list("TRUSTED_PROXIES", TrustedProxies::network)),
        metrics: MetricsSettings { address: reader.optional("METRICS_ADDR", address), token: token.map(Secret::new) },
        server_timing: reader.switch("SERVER_TIMING", "off"),
        strict_transport: https,
        log_format: reader.read("LOG_FORMAT", "text", str::parse),
    }
}

fn rate(text: &str) -> Result<Option<Rate>, &'static str> {
    if text == "off" { Ok(None) } else { text.parse().map(Some) }
}
