//! The steps: what was found, what was checked, and for each verdict its cause and what to change.

use crate::auth::{CredentialErrorReason, CredentialKind};
use crate::cli::describe_sources;
use crate::cli::verify::finding::{Finding, quoted, redact, span};
use crate::cli::verify::header::Header;
use crate::cli::verify::input::{Outcome, Unknown, Verification, VerificationInput};
use crate::cli::verify::{jwt, session};

/// The steps in their order, each with its name.
pub(crate) fn steps(case: &VerificationInput<'_>, verdict: &Verification) -> Vec<(&'static str, String)> {
    let mut steps: Vec<_> = found(case, verdict).into_iter().map(|text| ("found", text)).collect();
    if let Some(token) = &verdict.token {
        steps.push(("check", format!("the signature of the session token {} fits the secret", redact(token.expose()))));
    }
    let finding = match &verdict.outcome {
        Outcome::Accepted(user) => {
            steps.push(("check", accepted(case, verdict)));
            steps.push(("verdict", format!("accepted: the user is {}", quoted(user.as_str()))));
            return steps;
        }
        Outcome::Refused(reason) => {
            steps.push(("check", format!("failed: {}", reason.code())));
            refused(case, verdict, *reason)
        }
        Outcome::Absent => session::absent(case),
        Outcome::Unknown(lack) => lacking(case, lack),
    };
    steps.push(("cause", finding.0));
    steps.push(("change", finding.1));
    let verdict = match verdict.outcome {
        Outcome::Unknown(_) => "it cannot be told",
        _ => "refused",
    };
    steps.push(("verdict", verdict.to_owned()));
    steps
}

fn found(case: &VerificationInput<'_>, verdict: &Verification) -> Vec<String> {
    let credential = case.header.credential(&case.config.auth.cookie);
    let credential = credential.as_deref().unwrap_or_default();
    match (case.header, verdict.kind) {
        (_, None) => Vec::new(),
        _ if credential.is_empty() => vec!["an Authorization header in which no credential can be read".to_owned()],
        (_, Some(CredentialKind::Jwt)) => vec![jwt::found(case, credential)],
        (Header::Authorization(_), _) => {
            vec![format!("a Bearer credential that is no JWT: {}, {} characters", redact(credential), credential.len())]
        }
        (Header::Cookie(_), _) => {
            let name = case.config.auth.cookie.as_str();
            let cookie = format!("the cookie {name}: {}, {} characters", redact(credential), credential.len());
            [Some(cookie), session::copy(case)].into_iter().flatten().collect()
        }
    }
}

fn accepted(case: &VerificationInput<'_>, verdict: &Verification) -> String {
    match verdict.kind {
        Some(CredentialKind::Jwt) => "its signature, its times and its claims are good".to_owned(),
        _ if verdict.is_of_copy => {
            "the copy of the session in session_data is good, so that nothing is looked up".to_owned()
        }
        _ => {
            let end = verdict.record.as_ref().map(|record| record.expires_at - case.now);
            let end = end.map(|left| format!(", and ends in {}", span(left))).unwrap_or_default();
            format!("the session is {}{end}", describe_sources::of_sessions(case.config))
        }
    }
}

/// A cause for each reason that there is.
fn refused(case: &VerificationInput<'_>, verdict: &Verification, reason: CredentialErrorReason) -> Finding {
    match (reason, verdict.kind) {
        (CredentialErrorReason::AmbiguousHeader, _) => {
            ("the header is no text".into(), "send the credential as it was given out, in ASCII".into())
        }
        (CredentialErrorReason::EmptyBearer, _) => (
            "there is nothing behind the word Bearer".into(),
            "have the front end wait until it has its token (authClient.token()) before it calls".into(),
        ),
        (CredentialErrorReason::TooLong, _) => (
            "the credential is longer than any that Better Auth makes".into(),
            "put less into the token (definePayload of the jwt plugin)".into(),
        ),
        (reason, Some(CredentialKind::Jwt)) => jwt::refused(case, verdict, reason),
        (reason, _) if verdict.is_of_copy => session::copy_refused(case, reason),
        (reason, _) => session::refused(case, verdict, reason),
    }
}

fn lacking(case: &VerificationInput<'_>, lack: &Unknown) -> Finding {
    match lack {
        Unknown::OfflineKeys => (
            format!("the token's key would have to be fetched {}, and --offline was asked for", describe_sources::of_keys(&case.config.auth.keys)),
            "leave --offline out, or give the key set with --jwks FILE".into(),
        ),
        Unknown::OfflineSession => (
            format!(
                "the session would have to be looked up {}, and --offline was asked for{}",
                describe_sources::of_sessions(case.config),
                session::hint(case)
            ),
            "leave --offline out: a good signature alone proves nothing".into(),
        ),
        Unknown::Keys(why) => (
            format!("the key set cannot be had: {why}"),
            format!(
                "the service answers 503 as long as there is none {}: is BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE) right, and can the \
                 front end be reached from here?",
                describe_sources::of_keys(&case.config.auth.keys)
            ),
        ),
        Unknown::Sessions(why) => (
            format!("sessions cannot be looked up {}: {why}", describe_sources::of_sessions(case.config)),
            "the service answers 503: is DATABASE_URL (or SESSION_SOURCE) that of the Better Auth that signs your users in, has it made \
             its tables there, and may this role read them?"
                .into(),
        ),
    }
}
