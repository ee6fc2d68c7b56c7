//! Explains a verification in steps: the credential, the checks, the cause and the change.

use crate::credential_kind::CredentialKind;
use crate::explain::context::Context;
use crate::explain::explanation::{Explanation, Step, StepKind, Verdict};
use crate::explain::facts::{Facts, Unknown};
use crate::explain::finding::{Finding, format_duration, quoted, redact};
use crate::explain::presented::Presented;
use crate::explain::setting::Setting;
use crate::explain::verification::Verification;
use crate::explain::{cookie_cache, jwt, missing, session};
use crate::invalid_credential::CredentialErrorReason;
use crate::source_location::SourceLocation;
use crate::verifier::{CredentialHeaders, Verifier};

/// Verifies credentials and explains the results.
pub struct Explainer<'a> {
    verifier: &'a Verifier,
    names: &'a (dyn Fn(Setting) -> &'static str + Sync),
    key_source: SourceLocation,
    session_source: SourceLocation,
}

impl<'a> Explainer<'a> {
    /// Explains the results of this verifier. The texts name the methods of [`GuardBuilder`](crate::GuardBuilder).
    pub fn new(verifier: &'a Verifier) -> Self {
        Self {
            verifier,
            names: &Setting::builder_method,
            key_source: SourceLocation::Other("from jwks(…)".to_owned()),
            session_source: SourceLocation::Other("in the source of sessions(…)".to_owned()),
        }
    }

    /// Sets the names of settings. Default: [`Setting::builder_method`].
    #[must_use]
    pub fn names(mut self, names: &'a (dyn Fn(Setting) -> &'static str + Sync)) -> Self {
        self.names = names;
        self
    }

    /// Sets the location of the key set, for the texts.
    #[must_use]
    pub fn key_source(mut self, location: SourceLocation) -> Self {
        self.key_source = location;
        self
    }

    /// Sets the location of the sessions, for the texts.
    #[must_use]
    pub fn session_source(mut self, location: SourceLocation) -> Self {
        self.session_source = location;
        self
    }

    /// Verifies the credential of a request with these facts, and explains the result.
    ///
    /// Uses [`Verifier::verify`] and [`SessionToken::verify_record`](crate::SessionToken::verify_record), as
    /// [`Guard::authenticate`](crate::Guard::authenticate) does. Unverified parts of the credential occur in the texts only.
    pub fn explain(&self, headers: &CredentialHeaders<'_>, facts: &Facts) -> Explanation {
        let verification = Verification::run(self.verifier, headers, facts);
        let policy = self.verifier.policy();
        let context = Context {
            policy,
            headers,
            presented: Presented::select(headers, &policy.cookie, verification.kind),
            facts,
            verification: &verification,
            names: self.names,
            key_source: &self.key_source,
            session_source: &self.session_source,
        };
        let token_to_match = verification.may_match_session(policy).then(|| context.presented.text());
        Explanation {
            steps: steps(&context),
            kind: verification.kind,
            is_cookie_cache: verification.is_cookie_cache,
            session_token: verification.token.as_ref().map(|token| redact(token.expose())),
            token_to_match: token_to_match.and_then(|text| text.split('.').next()).map(str::to_owned),
            verdict: verification.verdict,
        }
    }
}

/// Returns the steps in order.
fn steps(context: &Context<'_>) -> Vec<Step> {
    let verification = context.verification;
    let mut steps: Vec<_> =
        describe_credential(context).into_iter().map(|text| Step::new(StepKind::Found, text)).collect();
    let mut add = |kind, text: String| steps.push(Step::new(kind, text));
    if let Some(token) = &verification.token {
        add(StepKind::Check, format!("the signature of the session token {} matches a secret", redact(token.expose())));
    }
    let ((cause, change), verdict) = match &verification.verdict {
        Verdict::Accepted { user_id } => {
            add(StepKind::Check, explain_acceptance(context));
            add(StepKind::Verdict, format!("accepted: the user is {}", quoted(user_id)));
            return steps;
        }
        Verdict::Rejected(reason) => {
            add(StepKind::Check, format!("failed: {}", reason.code()));
            (explain_rejection(context, *reason), "rejected")
        }
        Verdict::Missing => (missing::explain(context), "rejected"),
        Verdict::UnknownKeys(unknown) => (explain_unknown_keys(context, unknown), "unknown"),
        Verdict::UnknownSession(unknown) => (explain_unknown_session(context, unknown), "unknown"),
    };
    add(StepKind::Cause, cause);
    add(StepKind::Change, change);
    add(StepKind::Verdict, verdict.to_owned());
    steps
}

fn describe_credential(context: &Context<'_>) -> Vec<String> {
    let credential = context.presented.text();
    match (&context.presented, context.verification.kind) {
        (_, None) => Vec::new(),
        _ if credential.is_empty() => vec!["an Authorization header without a readable credential".to_owned()],
        (_, Some(CredentialKind::Jwt)) => vec![jwt::describe(context, credential)],
        (Presented::Authorization(_), _) => {
            vec![format!(
                "a Bearer credential that is not a JWT: {}, {} characters",
                redact(credential),
                credential.len()
            )]
        }
        (Presented::Cookie(_), _) => {
            let name = context.policy.cookie.as_str();
            let cookie = format!("the cookie {name}: {}, {} characters", redact(credential), credential.len());
            [Some(cookie), cookie_cache::describe(context)].into_iter().flatten().collect()
        }
    }
}

fn explain_acceptance(context: &Context<'_>) -> String {
    match context.verification.kind {
        Some(CredentialKind::Jwt) => "the signature, times and claims are valid".to_owned(),
        _ if context.verification.is_cookie_cache => {
            "the session in the cookie session_data is valid; no session look-up is needed".to_owned()
        }
        _ => {
            let ttl = context.record().map(|record| record.expires_at - context.facts.now);
            let expiry = ttl.map(|ttl| format!(", and expires in {}", format_duration(ttl))).unwrap_or_default();
            format!("the session is {}{expiry}", context.session_source)
        }
    }
}

/// Returns the cause and change of a rejection.
fn explain_rejection(context: &Context<'_>, reason: CredentialErrorReason) -> Finding {
    let verification = context.verification;
    match (reason, verification.kind) {
        (CredentialErrorReason::AmbiguousHeader, _) if context.headers.authorization.len() > 1 => {
            ("the request has more than one Authorization header".into(), "send one Authorization header".into())
        }
        (CredentialErrorReason::AmbiguousHeader, _) => {
            ("the header is not text".into(), "send the credential unchanged, in ASCII".into())
        }
        (reason, kind) => match (reason.advice(), kind) {
            (Some((cause, change)), _) => (cause.into(), change.into()),
            (None, Some(CredentialKind::Jwt)) => jwt::explain_rejection(context, reason),
            (None, _) if verification.is_cookie_cache => cookie_cache::explain_rejection(context, reason),
            (None, _) => session::explain_rejection(context, reason),
        },
    }
}

fn explain_unknown_keys(context: &Context<'_>, unknown: &Unknown) -> Finding {
    let source = context.key_source;
    match unknown {
        Unknown::Skipped { cause, change } => {
            (format!("the token's key must be fetched {source}, but {cause}"), change.clone())
        }
        Unknown::Unavailable(error) => (
            format!("the key set is unavailable: {error}"),
            format!(
                "the service responds with 503 until a key set is available {source}: check {} (or {}), and \
                 that the front end is reachable from here",
                context.name(Setting::BaseUrl),
                context.name(Setting::Jwks)
            ),
        ),
    }
}

fn explain_unknown_session(context: &Context<'_>, unknown: &Unknown) -> Finding {
    let source = context.session_source;
    match unknown {
        Unknown::Skipped { cause, change } => {
            (format!("the session must be looked up {source}, but {cause}{}", session::hint(context)), change.clone())
        }
        Unknown::Unavailable(error) => (
            format!("sessions cannot be looked up {source}: {error}"),
            format!(
                "the service responds with 503: set {} to that of your Better Auth, let Better Auth create \
                 its tables, and let this role read them",
                context.name(Setting::Sessions)
            ),
        ),
    }
}
