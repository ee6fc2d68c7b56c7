//! Verifies the credential with the checks that authenticate requests, in the same order.

use crate::cookie::SessionToken;
use crate::cookie_cache::CookieCacheMode;
use crate::credential::Credential;
use crate::credential_kind::CredentialKind;
use crate::explain::explanation::Verdict;
use crate::explain::facts::Facts;
use crate::invalid_credential::{CredentialErrorReason, InvalidCredential};
use crate::key_set::KeySet;
use crate::verifier::{AuthPolicy, CredentialHeaders, Verifier};

/// The result of the verification.
pub(crate) struct Verification {
    pub(crate) kind: Option<CredentialKind>,
    pub(crate) verdict: Verdict,
    /// The session token, if its signature is valid.
    pub(crate) token: Option<SessionToken>,
    /// Whether the result is that of the cookie cache, not of the session token.
    pub(crate) is_cookie_cache: bool,
}

impl Verification {
    fn new(kind: Option<CredentialKind>, verdict: Verdict) -> Self {
        Self { kind, verdict, token: None, is_cookie_cache: false }
    }

    /// Verifies the credential with these facts.
    pub(crate) fn run(verifier: &Verifier, headers: &CredentialHeaders<'_>, facts: &Facts) -> Self {
        let no_keys = KeySet::default();
        let result = verifier.verify(headers, facts.keys.as_ref().unwrap_or(&no_keys), facts.now);
        match (result, &facts.keys) {
            (Ok(None), _) => Self::new(None, Verdict::Missing),
            (Ok(Some((kind, Credential::User(user)))), _) => Self {
                is_cookie_cache: kind == CredentialKind::SessionCookie,
                token: signed_token(verifier.policy(), headers, facts),
                ..Self::new(Some(kind), Verdict::Accepted { user_id: user.as_str().to_owned() })
            },
            (Ok(Some((kind, Credential::Session(token)))), _) => {
                let verdict = verify_session(&token, facts);
                Self { token: Some(token), ..Self::new(Some(kind), verdict) }
            }
            (Err(InvalidCredential { kind, reason: CredentialErrorReason::UnknownKey }), Err(unknown)) => {
                Self::new(Some(kind), Verdict::UnknownKeys(unknown.clone()))
            }
            (Err(InvalidCredential { kind, reason }), _) => {
                let token = signed_token(verifier.policy(), headers, facts);
                let is_cookie_cache = token.is_some();
                Self { is_cookie_cache, token, ..Self::new(Some(kind), Verdict::Rejected(reason)) }
            }
        }
    }

    /// Returns whether the rejected text may be a session's token or id.
    pub(crate) fn may_match_session(&self, policy: &AuthPolicy) -> bool {
        let is_session = matches!(self.kind, Some(CredentialKind::BearerSession | CredentialKind::SessionCookie));
        let is_unmatched = matches!(
            self.verdict,
            Verdict::Rejected(
                CredentialErrorReason::Malformed
                    | CredentialErrorReason::BadSignature
                    | CredentialErrorReason::NoSession
            )
        );
        is_session && is_unmatched && !self.is_cookie_cache && policy.cookie_cache.mode != CookieCacheMode::Required
    }
}

fn verify_session(token: &SessionToken, facts: &Facts) -> Verdict {
    match facts.session.clone().map(|record| token.verify_record(record, facts.now)) {
        Ok(Ok(user)) => Verdict::Accepted { user_id: user.as_str().to_owned() },
        Ok(Err(reason)) => Verdict::Rejected(reason),
        Err(unknown) => Verdict::UnknownSession(unknown),
    }
}

/// Returns the session token if its signature is valid. Ignores all other credentials, and the cookie cache.
fn signed_token(policy: &AuthPolicy, headers: &CredentialHeaders<'_>, facts: &Facts) -> Option<SessionToken> {
    let mut policy = AuthPolicy { bearer_unsigned: false, ..policy.clone() };
    policy.cookie_cache.mode = CookieCacheMode::Off;
    match Verifier::new(policy).verify(headers, &KeySet::default(), facts.now) {
        Ok(Some((_, Credential::Session(token)))) => Some(token),
        _ => None,
    }
}
