//! Reads a JWT without verifying it, for explanations only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::explain::finding::quoted;
use crate::json;

/// The unverified header and claims. Unreadable parts are empty.
pub(crate) struct UnverifiedJwt {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}

impl UnverifiedJwt {
    pub(crate) fn parse(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            let text = URL_SAFE_NO_PAD.decode(part).ok()?;
            json::parse(&text).ok()?.as_object().cloned()
        });
        let mut next = || parts.next().flatten().unwrap_or_default();
        Self { header: next(), claims: next() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    pub(crate) fn algorithm(&self) -> String {
        self.header("alg").map_or("no algorithm".into(), quoted)
    }

    pub(crate) fn key(&self) -> String {
        self.header("kid").map_or("(none)".into(), quoted)
    }

    pub(crate) fn is_hs256(&self) -> bool {
        self.header("alg") == Some(Algorithm::Hs256.name())
    }

    pub(crate) fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.claims.get(name)?.as_f64()? as i64, 0)
    }

    /// Lists the strings of a claim that is a string or an array of strings.
    pub(crate) fn texts(&self, name: &str) -> String {
        match self.claims.get(name) {
            Some(Value::String(text)) => quoted(text),
            Some(Value::Array(list)) => {
                list.iter().filter_map(Value::as_str).map(quoted).collect::<Vec<_>>().join(", ")
            }
            _ => "missing".into(),
        }
    }
}
