//! The settings in effect, for `task-api config`. No value contains a secret.

use url::form_urlencoded;

use crate::db::DatabaseUrl;

/// Replaces a secret.
const MASK: &str = "***";

/// The parameters of a database URL that are printed. The values of all others are masked.
const PRINTED_PARAMETERS: [&str; 9] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "port",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
];

/// A setting with its value in effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EffectiveSetting {
    /// The name of the variable.
    pub name: String,
    /// The value, without secrets. `None`: not set, and without a default.
    pub value: Option<String>,
    /// Whether the value is the default.
    pub is_default: bool,
}

impl EffectiveSetting {
    /// Records a value from the environment.
    pub(crate) fn configured(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Some(without_credentials(value)), is_default: false }
    }

    /// Records a secret from the environment.
    pub(crate) fn secret(name: &str) -> Self {
        Self { name: name.to_owned(), value: Some(MASK.to_owned()), is_default: false }
    }

    /// Records a setting that is not set.
    pub(crate) fn default(name: &str, value: Option<String>) -> Self {
        Self { name: name.to_owned(), value, is_default: true }
    }
}

/// Masks user, password and query of a URL. Of a database URL, parameters without secrets are kept.
fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    match scheme {
        "sqlite" => return text.to_owned(),
        "postgres" | "postgresql" => return postgres(scheme, text),
        _ => {}
    }
    let (address, query) = rest.split_once('?').map_or((rest, ""), |(address, _)| (address, "?***"));
    let address = address.rsplit_once('@').map_or_else(|| address.to_owned(), |(_, host)| format!("{MASK}@{host}"));
    format!("{scheme}://{address}{query}")
}

fn postgres(scheme: &str, url: &str) -> String {
    let location = DatabaseUrl::Postgres(url.to_owned()).to_string();
    let location = location.split_once("://").map_or(location.as_str(), |(_, location)| location);
    let user = if url.contains('@') { "***@" } else { "" };
    let Some((_, query)) = url.split_once(&format!("{location}?")) else {
        return format!("{scheme}://{user}{location}");
    };
    let parameters = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| match &*name {
        name if PRINTED_PARAMETERS.contains(&name) => format!("{name}={value}"),
        name => format!("{name}={MASK}"),
    });
    format!("{scheme}://{user}{location}?{}", parameters.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_recorded_without_credentials() {
        for (name, url, expected) in [
            ("DATABASE_URL", "sqlite:data/a.db", "sqlite:data/a.db"),
            ("DATABASE_URL", "sqlite://data/a.db", "sqlite://data/a.db"),
            ("DATABASE_URL", "postgres://db.example/tasks", "postgres://db.example/tasks"),
            (
                "DATABASE_URL",
                "postgresql://me:hunter2@db.example:5432/tasks?application_name=x&password=hunter2&sslpassword=hunter2",
                "postgresql://***@db.example:5432/tasks?application_name=x&password=***&sslpassword=***",
            ),
            ("DATABASE_URL", "postgres://me:hunter2/x@db/tasks", "postgres://***@db/tasks"),
            ("REDIS_URL", "rediss://me:hunter2@cache:6380/1?x=hunter2", "rediss://***@cache:6380/1?***"),
            ("BETTER_AUTH_URL", "https://me:hunter2@app.example.com", "https://***@app.example.com"),
            ("JWKS_URL", "https://id.example.com/keys?key=hunter2", "https://id.example.com/keys?***"),
            ("TRUSTED_ORIGINS", "https://a.example,tauri://localhost", "https://a.example,tauri://localhost"),
        ] {
            let recorded = EffectiveSetting::configured(name, url);
            assert_eq!(recorded.value.as_deref(), Some(expected));
        }
    }
}
