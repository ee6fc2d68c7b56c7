//! The steps: what was found, what was checked, and for each verdict its cause and what to change.

use chrono::TimeDelta;

use super::super::places;
use super::case::{Case, Lack, Outcome, Verdict};
use super::header::Header;
use super::{jwt, session};
use crate::auth::{Kind, Reason};

/// A cause, and what to change.
pub(super) type Finding = (String, String);

/// The steps in their order, each with its name.
pub(super) fn steps(case: &Case<'_>, verdict: &Verdict) -> Vec<(&'static str, String)> {
    let mut steps: Vec<_> = found(case, verdict).into_iter().map(|text| ("found", text)).collect();
    if let Some(token) = &verdict.token {
        steps.push((
            "check",
            format!("the signature of the session token {} fits the secret", beginning(token.expose())),
        ));
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

fn found(case: &Case<'_>, verdict: &Verdict) -> Vec<String> {
    let credential = case.header.credential(&case.config.auth.cookie);
    let credential = credential.as_deref().unwrap_or_default();
    match (case.header, verdict.kind) {
        (_, None) => Vec::new(),
        _ if credential.is_empty() => vec!["an Authorization header in which no credential can be read".to_owned()],
        (_, Some(Kind::Jwt)) => vec![jwt::found(case, credential)],
        (Header::Authorization(_), _) => {
            vec![format!(
                "a Bearer credential that is no JWT: {}, {} characters",
                beginning(credential),
                credential.len()
            )]
        }
        (Header::Cookie(_), _) => {
            let name = case.config.auth.cookie.as_str();
            let cookie = format!("the cookie {name}: {}, {} characters", beginning(credential), credential.len());
            [Some(cookie), session::copy(case)].into_iter().flatten().collect()
        }
    }
}

fn accepted(case: &Case<'_>, verdict: &Verdict) -> String {
    match verdict.kind {
        Some(Kind::Jwt) => "its signature, its times and its claims are good".to_owned(),
        _ if verdict.is_of_copy => {
            "the copy of the session in session_data is good, so that nothing is looked up".to_owned()
        }
        _ => {
            let end = verdict.record.as_ref().map(|record| record.expires_at - case.now);
            let end = end.map(|left| format!(", and ends in {}", span(left))).unwrap_or_default();
            format!("the session is {}{end}", places::of_sessions(case.config))
        }
    }
}

/// A cause for each reason that there is.
fn refused(case: &Case<'_>, verdict: &Verdict, reason: Reason) -> Finding {
    match (reason, verdict.kind) {
        (Reason::AmbiguousHeader, _) => {
            ("the header is no text".into(), "send the credential as it was given out, in ASCII".into())
        }
        (Reason::EmptyBearer, _) => (
            "there is nothing behind the word Bearer".into(),
            "have the front end wait until it has its token (authClient.token()) before it calls".into(),
        ),
        (Reason::TooLong, _) => (
            "the credential is longer than any that Better Auth makes".into(),
            "put less into the token (definePayload of the jwt plugin)".into(),
        ),
        (reason, Some(Kind::Jwt)) => jwt::refused(case, verdict, reason),
        (reason, _) if verdict.is_of_copy => session::copy_refused(case, reason),
        (reason, _) => session::refused(case, verdict, reason),
    }
}

fn lacking(case: &Case<'_>, lack: &Lack) -> Finding {
    match lack {
        Lack::OfflineKeys => (
            format!("the token's key would have to be fetched {}, and --offline was asked for", places::of_keys(&case.config.auth.keys)),
            "leave --offline out, or give the key set with --jwks FILE".into(),
        ),
        Lack::OfflineSession => (
            format!(
                "the session would have to be looked up {}, and --offline was asked for{}",
                places::of_sessions(case.config),
                session::hint(case)
            ),
            "leave --offline out: a good signature alone proves nothing".into(),
        ),
        Lack::Keys(why) => (
            format!("the key set cannot be had: {why}"),
            format!(
                "the service answers 503 as long as there is none {}: is BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE) right, and can the \
                 front end be reached from here?",
                places::of_keys(&case.config.auth.keys)
            ),
        ),
        Lack::Sessions(why) => (
            format!("sessions cannot be looked up {}: {why}", places::of_sessions(case.config)),
            "the service answers 503: is DATABASE_URL (or SESSION_SOURCE) that of the Better Auth that signs your users in, has it made \
             its tables there, and may this role read them?"
                .into(),
        ),
    }
}

/// What may be shown of a token: its first 8 characters, or of a short one a quarter.
pub(super) fn beginning(token: &str) -> String {
    let shown = (token.chars().count() / 4).min(8);
    let printable = |letter: char| if letter.is_ascii_graphic() { letter } else { '?' };
    token.chars().take(shown).map(printable).chain(['…']).collect()
}

/// Somebody else's words, without line breaks and not without end.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A time span for people.
pub(super) fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds().abs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
