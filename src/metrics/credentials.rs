//! Counts verified and rejected credentials.

use better_auth_guard::{CredentialKind, InvalidCredential};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Kind, outcome and reason.
type Labels = [(&'static str, &'static str); 3];

/// Counts credentials.
#[derive(Clone, Default)]
pub struct Credentials(Family<Labels, Counter>);

impl Credentials {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let credentials = Self::default();
        registry.register("credentials", "Verified and rejected credentials", credentials.0.clone());
        credentials
    }

    /// Counts an accepted credential.
    pub fn accepted(&self, kind: CredentialKind) {
        self.0.get_or_create(&labels(kind, "accepted", "")).inc();
    }

    /// Counts a rejected credential.
    pub fn rejected(&self, error: InvalidCredential) {
        self.0.get_or_create(&labels(error.kind, "refused", error.reason.code())).inc();
    }
}

fn labels(kind: CredentialKind, outcome: &'static str, reason: &'static str) -> Labels {
    [("kind", kind.as_str()), ("outcome", outcome), ("reason", reason)]
}
