//! Explains why a session token was rejected.

use crate::explain::context::Context;
use crate::explain::facts::TokenMatch;
use crate::explain::finding::{Finding, format_duration};
use crate::explain::setting::Setting;
use crate::invalid_credential::CredentialErrorReason;

/// The length of an HMAC-SHA256 in padded base64.
const SIGNATURE_CHARS: usize = 44;

/// Returns a note on the kind of the signed value, or an empty text.
pub(crate) fn hint(context: &Context<'_>) -> String {
    match kind_of_signed_value(context) {
        Some(kind) => format!("; {kind}"),
        None => String::new(),
    }
}

/// Recognizes other values that Better Auth signs with the same key and in the same format.
fn kind_of_signed_value(context: &Context<'_>) -> Option<&'static str> {
    let token = context.presented.text().split('.').next()?;
    match token {
        "true" => Some("this is the value of the cookie dont_remember, not of the session cookie"),
        _ if token.starts_with("2fa-") => {
            Some("this is the value of the cookie two_factor: the second factor is pending")
        }
        _ if token.contains(':') || token.contains("%3A") => {
            Some("this is the value of the cookie admin_session, not of the session cookie")
        }
        _ => None,
    }
}

/// Returns the cause and fix of a rejected session token.
pub(crate) fn explain_rejection(context: &Context<'_>, reason: CredentialErrorReason) -> Finding {
    let (source, record) = (context.session_source, context.record());
    match reason {
        CredentialErrorReason::BadSignature => {
            let note = match context.facts.token_match {
                TokenMatch::Token => format!("; the session exists {source}, so the secrets differ"),
                _ => String::new(),
            };
            (
                format!("the signature does not match any configured secret{note}"),
                format!(
                    "set {} to Better Auth's secret, byte for byte, without quotes",
                    context.name(Setting::Secrets)
                ),
            )
        }
        CredentialErrorReason::NoSession => no_session(context),
        CredentialErrorReason::Expired => (
            match record {
                Some(record) => {
                    format!("the session expired {} ago", format_duration(context.facts.now - record.expires_at))
                }
                None => "the session expired".into(),
            },
            format!(
                "sign in again; if the session is new, compare the clocks, and set {} if Better Auth stores times without a zone",
                context.name(Setting::SessionTimezone)
            ),
        ),
        CredentialErrorReason::NoSuchUser => (
            "the session exists, but its user does not".into(),
            format!("check whether the user was deleted, and check {}", context.name(Setting::UserTable)),
        ),
        CredentialErrorReason::Banned => {
            let expiry = record.and_then(|record| record.ban_expires);
            let expiry = expiry
                .map_or("permanently".to_owned(), |expiry| format!("until {}", expiry.format("%Y-%m-%dT%H:%M:%SZ")));
            (format!("the user is banned {expiry}"), "lift the ban with Better Auth's admin plugin".into())
        }
        CredentialErrorReason::NoUser => (
            "the session has no user id".into(),
            format!("set {} to Better Auth's session table", context.name(Setting::SessionTable)),
        ),
        _ => malformed(context),
    }
}

fn no_session(context: &Context<'_>) -> Finding {
    if let Some(kind) = kind_of_signed_value(context) {
        return (
            format!("the signature matches a secret, but {kind}"),
            "send the session cookie, after the sign-in is complete".into(),
        );
    }
    if context.facts.token_match == TokenMatch::SessionId {
        return session_id();
    }
    (
        format!(
            "the signature matches a secret, but no session {} has this token: the user signed out, or the database differs",
            context.session_source
        ),
        format!(
            "sign in again; if that does not help, set {} to that of your Better Auth",
            context.name(Setting::Sessions)
        ),
    )
}

fn session_id() -> Finding {
    (
        "this is session.id instead of session.token".into(),
        "send the signed session.token: the cookie's value, or the header set-auth-token of the bearer plugin".into(),
    )
}

fn malformed(context: &Context<'_>) -> Finding {
    if context.facts.token_match == TokenMatch::SessionId {
        return session_id();
    }
    let (credential, is_cookie) = (context.presented.text(), context.presented.is_cookie());
    let send_signed = "send the cookie's value, or the header set-auth-token of the bearer plugin";
    let (token, signature) = credential.rsplit_once('.').unwrap_or((credential, ""));
    let parts = credential.split('.').count();
    if parts == 1 && !credential.is_empty() && credential.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let cause = match (is_cookie, context.facts.token_match) {
            (true, _) => "this is the unsigned session token: the cookie must contain the signed token",
            (false, TokenMatch::Token) => {
                "this is the unsigned session token, not a JWT: the cookie contains the signed token"
            }
            (false, _) => {
                "this looks like an unsigned session token (or session.id), not a JWT: a JWT has three parts separated by dots"
            }
        };
        let fix = match is_cookie {
            true => "send the cookie unchanged, as Better Auth set it".to_owned(),
            false => format!(
                "send the JWT of /api/auth/token; or {send_signed}; or set {}, if page scripts may hold the token",
                context.name(Setting::UnsignedTokensOn)
            ),
        };
        return (cause.into(), fix);
    }
    let cause = if parts == 3 && token.starts_with("eyJ") {
        "this is a JWT, but a session token is expected"
    } else if credential.contains("%25") {
        "the value was percent-encoded twice"
    } else if parts == 2 && signature.contains(['-', '_']) {
        "the signature uses URL-safe base64, but Better Auth uses standard base64"
    } else if parts == 2
        && signature.trim_end_matches("%3D").len() < SIGNATURE_CHARS
        && !credential.ends_with(['=', 'D', 'd'])
    {
        "the signature is truncated, or its padding (=) is missing"
    } else {
        "this is neither a JWT nor a signed session token (token.signature)"
    };
    let fix = if parts == 3 { "send a JWT as Authorization: Bearer" } else { send_signed };
    (cause.into(), fix.into())
}
