//! Credentials by what they came to.

use std::fmt;
use std::sync::OnceLock;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::Encode;
use crate::auth::{Kind, Refusal};

/// Kind, outcome and reason.
type Labels = [(&'static str, &'static str); 3];

/// Every credential that was judged.
#[derive(Default)]
pub struct Credentials {
    judged: Family<Labels, Counter>,
    /// By kind, so that what every good request does needs no lock.
    accepted: [OnceLock<Counter>; 8],
}

impl Credentials {
    /// One was good.
    pub fn accepted(&self, kind: Kind) {
        let of_kind = || self.judged.get_or_create_owned(&labels(kind, "accepted", ""));
        match self.accepted.get(kind as usize) {
            Some(counter) => counter.get_or_init(of_kind).inc(),
            None => of_kind().inc(),
        };
    }

    /// One was refused.
    pub fn refused(&self, refusal: Refusal) {
        self.judged.get_or_create(&labels(refusal.kind, "refused", refusal.reason.code())).inc();
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.judged.encode(encoder.family("credentials", "Credentials that were judged", MetricType::Counter)?)
    }
}

fn labels(kind: Kind, outcome: &'static str, reason: &'static str) -> Labels {
    [("kind", kind.as_str()), ("outcome", outcome), ("reason", reason)]
}
