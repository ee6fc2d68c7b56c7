//! Explains a verification in steps: the credential, the checks, the cause and the fix.

use better_auth_guard::{CredentialErrorReason, CredentialKind};

use crate::cli::describe_sources;
use crate::cli::verify::finding::{Finding, format_duration, quoted, redact};
use crate::cli::verify::header::Header;
use crate::cli::verify::input::{Outcome, Unknown, Verification, VerificationInput};
use crate::cli::verify::{jwt, session};

/// Returns the steps in order, each with its name.
pub(crate) fn steps(input: &VerificationInput<'_>, verification: &Verification) -> Vec<(&'static str, String)> {
    let mut steps: Vec<_> = describe_credential(input, verification).into_iter().map(|text| ("found", text)).collect();
    if let Some(token) = &verification.token {
        steps
            .push(("check", format!("the signature of the session token {} matches a secret", redact(token.expose()))));
    }
    let (cause, fix) = match &verification.outcome {
        Outcome::Accepted(user) => {
            steps.push(("check", explain_acceptance(input, verification)));
            steps.push(("verdict", format!("accepted: the user is {}", quoted(user.as_str()))));
            return steps;
        }
        Outcome::Rejected(reason) => {
            steps.push(("check", format!("failed: {}", reason.code())));
            explain_rejection(input, verification, *reason)
        }
        Outcome::Missing => session::explain_missing(input),
        Outcome::Unknown(unknown) => explain_unknown(input, unknown),
    };
    steps.push(("cause", cause));
    steps.push(("change", fix));
    let verdict = match verification.outcome {
        Outcome::Unknown(_) => "unknown",
        _ => "rejected",
    };
    steps.push(("verdict", verdict.to_owned()));
    steps
}

fn describe_credential(input: &VerificationInput<'_>, verification: &Verification) -> Vec<String> {
    let credential = input.header.credential(&input.config.auth.cookie);
    let credential = credential.as_deref().unwrap_or_default();
    match (input.header, verification.kind) {
        (_, None) => Vec::new(),
        _ if credential.is_empty() => vec!["an Authorization header without a readable credential".to_owned()],
        (_, Some(CredentialKind::Jwt)) => vec![jwt::describe(input, credential)],
        (Header::Authorization(_), _) => {
            vec![format!(
                "a Bearer credential that is not a JWT: {}, {} characters",
                redact(credential),
                credential.len()
            )]
        }
        (Header::Cookie(_), _) => {
            let name = input.config.auth.cookie.as_str();
            let cookie = format!("the cookie {name}: {}, {} characters", redact(credential), credential.len());
            [Some(cookie), session::describe_cookie_cache(input)].into_iter().flatten().collect()
        }
    }
}

fn explain_acceptance(input: &VerificationInput<'_>, verification: &Verification) -> String {
    match verification.kind {
        Some(CredentialKind::Jwt) => "the signature, times and claims are valid".to_owned(),
        _ if verification.is_cookie_cache => {
            "the session in the cookie session_data is valid; no session look-up is needed".to_owned()
        }
        _ => {
            let ttl = verification.record.as_ref().map(|record| record.expires_at - input.now);
            let expiry = ttl.map(|ttl| format!(", and expires in {}", format_duration(ttl))).unwrap_or_default();
            format!("the session is {}{expiry}", describe_sources::sessions(input.config))
        }
    }
}

/// Returns the cause and fix of a rejection.
fn explain_rejection(
    input: &VerificationInput<'_>,
    verification: &Verification,
    reason: CredentialErrorReason,
) -> Finding {
    match (reason, verification.kind) {
        (CredentialErrorReason::AmbiguousHeader, _) => {
            ("the header is not text".into(), "send the credential unchanged, in ASCII".into())
        }
        (CredentialErrorReason::EmptyBearer, _) => (
            "the text after Bearer is empty".into(),
            "let the front end wait for its token (authClient.token()) before it sends requests".into(),
        ),
        (CredentialErrorReason::TooLong, _) => (
            "the credential is longer than any credential of Better Auth".into(),
            "reduce the claims of the token (definePayload of the jwt plugin)".into(),
        ),
        (reason, Some(CredentialKind::Jwt)) => jwt::explain_rejection(input, verification, reason),
        (reason, _) if verification.is_cookie_cache => session::explain_cookie_cache_rejection(input, reason),
        (reason, _) => session::explain_rejection(input, verification, reason),
    }
}

fn explain_unknown(input: &VerificationInput<'_>, unknown: &Unknown) -> Finding {
    match unknown {
        Unknown::OfflineKeys => (
            format!("the token's key must be fetched {}, but --offline is set", describe_sources::keys(&input.config.auth.keys)),
            "omit --offline, or pass the key set with --jwks FILE".into(),
        ),
        Unknown::OfflineSession => (
            format!(
                "the session must be looked up {}, but --offline is set{}",
                describe_sources::sessions(input.config),
                session::hint(input)
            ),
            "omit --offline: a valid signature is not sufficient".into(),
        ),
        Unknown::Keys(error) => (
            format!("the key set is unavailable: {error}"),
            format!(
                "the service responds with 503 until a key set is available {}: check BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE), and \
                 that the front end is reachable from here",
                describe_sources::keys(&input.config.auth.keys)
            ),
        ),
        Unknown::Sessions(error) => (
            format!("sessions cannot be looked up {}: {error}", describe_sources::sessions(input.config)),
            "the service responds with 503: set DATABASE_URL (or SESSION_SOURCE) to that of your Better Auth, let Better Auth create \
             its tables, and let this role read them"
                .into(),
        ),
    }
}
