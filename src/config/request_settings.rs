//! What is limited, counted and told at the edge.

use std::net::SocketAddr;
use std::str::FromStr;

use crate::auth::Secret;
use crate::config::settings_reader::SettingsReader;
use crate::limits::{Rate, TrustedProxies};

/// Settings of the edge.
#[derive(Clone, Debug)]
pub struct RequestSettings {
    /// How much each user may ask for; `None`: as much as they like.
    pub rate_limit: Option<Rate>,
    /// How many credentials from one address may be refused before it is told to wait.
    pub refusal_limit: Option<Rate>,
    /// Proxies that are believed where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// What may read the metrics, and where.
    pub metrics: MetricsSettings,
    /// Whether answers say how long they took.
    pub server_timing: bool,
    /// Whether answers tell browsers to come by https alone.
    pub strict_transport: bool,
    /// What a line of the log looks like.
    pub log_format: LogFormat,
}

/// Where metrics are read: nowhere, unless one of these is set.
#[derive(Clone, Debug, Default)]
pub struct MetricsSettings {
    /// An address of their own; otherwise they are on the service's.
    pub address: Option<SocketAddr>,
    /// The Bearer token that is asked for.
    pub token: Option<Secret>,
}

/// What a line of the log looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line, for machines.
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

/// The fewest bytes of `METRICS_TOKEN`: 128 bits as hex digits have twice as many.
const MIN_TOKEN_BYTES: usize = 16;

pub(crate) fn requests(reader: &mut SettingsReader<'_>, https: bool) -> RequestSettings {
    let address =
        |text: &str| text.parse().map(Some).map_err(|_| "must be an address and a port, such as 127.0.0.1:9100");
    let token = |text: &str| match text.len() {
        ..MIN_TOKEN_BYTES => Err("is shorter than 16 bytes; set a random one (openssl rand -hex 32)"),
        _ => Ok(Some(Secret::new(text))),
    };
    RequestSettings {
        rate_limit: reader.read("RATE_LIMIT", Some(Rate::per_second(100, 200)), rate),
        refusal_limit: reader.read("REFUSAL_LIMIT", Some(Rate::per_second(10, 100)), rate),
        trusted_proxies: TrustedProxies::new(reader.list("TRUSTED_PROXIES", TrustedProxies::network)),
        metrics: MetricsSettings {
            address: reader.read("METRICS_ADDR", None, address),
            token: reader.read("METRICS_TOKEN", None, token),
        },
        server_timing: reader.read("SERVER_TIMING", false, |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("must be on or off"),
        }),
        strict_transport: https,
        log_format: reader.read("LOG_FORMAT", LogFormat::Text, str::parse),
    }
}

fn rate(text: &str) -> Result<Option<Rate>, &'static str> {
    if text == "off" { Ok(None) } else { text.parse().map(Some) }
}
