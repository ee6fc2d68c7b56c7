//! The input of the texts.

use crate::explain::facts::Facts;
use crate::explain::presented::Presented;
use crate::explain::setting::Setting;
use crate::explain::verification::Verification;
use crate::key_set::KeySet;
use crate::session::SessionRecord;
use crate::source_location::SourceLocation;
use crate::verifier::{AuthPolicy, CredentialHeaders};

/// The input of the texts.
pub(crate) struct Context<'a> {
    pub(crate) policy: &'a AuthPolicy,
    pub(crate) headers: &'a CredentialHeaders<'a>,
    pub(crate) presented: Presented<'a>,
    pub(crate) facts: &'a Facts,
    pub(crate) verification: &'a Verification,
    pub(crate) names: &'a (dyn Fn(Setting) -> &'static str + Sync),
    pub(crate) key_source: &'a SourceLocation,
    pub(crate) session_source: &'a SourceLocation,
}

impl Context<'_> {
    /// Returns the name of a setting.
    pub(crate) fn name(&self, setting: Setting) -> &'static str {
        (self.names)(setting)
    }

    /// Returns the keys, if they are known.
    pub(crate) fn keys(&self) -> Option<&KeySet> {
        self.facts.keys.as_ref().ok()
    }

    /// Returns the session of the session token, if it was looked up.
    pub(crate) fn record(&self) -> Option<&SessionRecord> {
        self.facts.session.as_ref().ok().and_then(Option::as_ref)
    }
}
