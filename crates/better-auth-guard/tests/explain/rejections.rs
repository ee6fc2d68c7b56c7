//! Tests that each reason has a cause and a change.

use better_auth_guard::explain::{TokenMatch, Verdict};
use better_auth_guard::{Algorithm, ClaimCheck, CookieCacheMode, CredentialErrorReason};
use chrono::TimeDelta;
use serde_json::json;

use crate::fixture::{Case, NOW, OTHER_SECRET, SECRET, TOKEN, compact, sign_hs256, signed, time};

const REASONS: [CredentialErrorReason; 20] = [
    CredentialErrorReason::AmbiguousHeader,
    CredentialErrorReason::EmptyBearer,
    CredentialErrorReason::TooLong,
    CredentialErrorReason::Malformed,
    CredentialErrorReason::UnsupportedHeader,
    CredentialErrorReason::ForeignType,
    CredentialErrorReason::AlgorithmNotAllowed,
    CredentialErrorReason::UnknownKey,
    CredentialErrorReason::BadSignature,
    CredentialErrorReason::BadTimes,
    CredentialErrorReason::Expired,
    CredentialErrorReason::NotYetValid,
    CredentialErrorReason::NoUser,
    CredentialErrorReason::ForeignAudience,
    CredentialErrorReason::ForeignIssuer,
    CredentialErrorReason::NoSession,
    CredentialErrorReason::OtherSession,
    CredentialErrorReason::OtherVersion,
    CredentialErrorReason::NoSuchUser,
    CredentialErrorReason::Banned,
];

/// A case, its reason code, and words of the cause and of the change.
type Row = (Case, &'static str, &'static str, &'static str);

fn headers_without_a_readable_credential() -> Vec<Row> {
    let mut two_headers = Case::bearer("a");
    two_headers.authorization.push(b"Bearer b".to_vec());
    vec![
        (Case::authorization(b"Bearer \xff"), "ambiguous_header", "the header is not text", "in ASCII"),
        (two_headers, "ambiguous_header", "more than one Authorization header", "send one"),
        (Case::authorization("Bearer "), "empty_bearer", "the text after Bearer is empty", "authClient.token()"),
        (Case::bearer("undefined"), "text_undefined", "the word undefined", "wait for the token"),
        (Case::bearer("[object Object]"), "text_object", "a JavaScript object", "only the text of the token"),
        (Case::bearer("x".repeat(20_000)), "too_long", "longer than any credential", "definePayload"),
    ]
}

fn jwts() -> Vec<Row> {
    let hs256 = json!({ "alg": "HS256" });
    let sign = |header, payload: &str| Case::bearer(sign_hs256(&header, payload, SECRET));
    let mut modified = Case::eddsa("ours", json!({}));
    let last = modified.authorization[0].len() - 3;
    let character = &mut modified.authorization[0][last];
    *character = if *character == b'A' { b'B' } else { b'A' };
    vec![
        (sign(hs256.clone(), "[]"), "malformed", "not a valid JWT", "send the complete token unchanged"),
        (sign(json!({ "alg": "HS256", "crit": [] }), "{}"), "unsupported_header", "an extension", "alg, kid and typ"),
        (sign(json!({ "alg": "HS256", "typ": "at+jwt" }), "{}"), "foreign_type", "an access token", "/api/auth/token"),
        (Case::eddsa("ours", json!({ "azp": "x" })), "foreign_type", "its claims include azp", "/api/auth/token"),
        (
            Case::hs256(json!({})).with(|policy, _| policy.jwt.algorithms = vec![Algorithm::EdDsa]),
            "algorithm_not_allowed",
            "signed with \"HS256\", but only EdDSA are accepted",
            "set algorithms(…)",
        ),
        (
            Case::eddsa("theirs", json!({})),
            "unknown_key",
            "its key \"theirs\" is not in the key set from jwks(…) (1 keys)",
            "check base_url(…) (or jwks(…))",
        ),
        (modified, "bad_signature", "does not match the key \"ours\"", "send it unchanged"),
        (
            Case::bearer(sign_hs256(&hs256, "{}", OTHER_SECRET)),
            "bad_signature",
            "does not match any configured secret",
            "set secrets(…) or jwt_secret(…) to the secret",
        ),
        (Case::hs256(json!({ "exp": null })), "bad_times", "exp is missing", "Unix seconds"),
        (Case::hs256(json!({ "iat": NOW + 600 })), "bad_times", "issued 10 min in the future", "compare the clocks"),
        (Case::hs256(json!({ "exp": NOW - 600 })), "expired", "the token expired 10 min ago", "fetch a new token"),
        (Case::hs256(json!({ "nbf": NOW + 600 })), "not_yet_valid", "becomes valid in 10 min", "compare the clocks"),
        (
            Case::hs256(json!({ "sub": null, "userId": "alice" })),
            "no_user",
            "claims that may identify the user: userId",
            "set user_claim(…)",
        ),
        (
            Case::hs256(json!({ "aud": "shop" }))
                .with(|policy, _| policy.jwt.audience = ClaimCheck::Configured(vec!["tasks".into()])),
            "foreign_audience",
            "the audience is \"shop\", but audience(…) accepts only tasks",
            "set audience(…) to its jwt.audience",
        ),
        (
            Case::eddsa("ours", json!({ "iss": "https://b.example" }))
                .with(|policy, _| policy.jwt.issuer = ClaimCheck::BaseUrl("https://a.example".into())),
            "foreign_issuer",
            "only https://a.example is accepted, because base_url(…) is set and issuer(…) is not",
            "set issuer(…)",
        ),
    ]
}

fn sessions() -> Vec<Row> {
    let session_id = |_: &mut _, facts: &mut better_auth_guard::explain::Facts| {
        facts.session = Ok(None);
        facts.token_match = TokenMatch::SessionId;
    };
    vec![
        (Case::bearer(TOKEN), "malformed", "looks like an unsigned session token", "accept_unsigned_tokens(true)"),
        (Case::cookie(TOKEN), "malformed", "this is the unsigned session token", "send the cookie unchanged"),
        (Case::cookie(signed(TOKEN, SECRET).replace('%', "%25")), "malformed", "percent-encoded twice", "send the"),
        (Case::cookie(format!("{TOKEN}.abc_def")), "malformed", "URL-safe base64", "send the cookie's value"),
        (
            Case::cookie(signed(TOKEN, OTHER_SECRET)).with(|_, facts| facts.token_match = TokenMatch::Token),
            "bad_signature",
            "the session exists in the source of sessions(…), so the secrets differ",
            "set secrets(…) to Better Auth's secret",
        ),
        (
            Case::session_cookie().with(|_, facts| facts.session = Ok(None)),
            "no_session",
            "no session in the source of sessions(…) has this token",
            "set sessions(…)",
        ),
        (Case::session_cookie().with(session_id), "no_session", "session.id instead of", "send the signed"),
        (
            Case::cookie(signed("2fa-abc", SECRET)).with(|_, facts| facts.session = Ok(None)),
            "no_session",
            "the second factor is pending",
            "after the sign-in is complete",
        ),
        (
            Case::session_cookie().record(|record| record.expires_at = time(NOW) - TimeDelta::days(10)),
            "expired",
            "the session expired 10 days ago",
            "set the time zone of sessions(…)",
        ),
        (
            Case::session_cookie().record(|record| record.user_exists = false),
            "no_such_user",
            "the session exists, but its user does not",
            "check the user table of sessions(…)",
        ),
        (
            Case::session_cookie().record(|record| record.banned = true),
            "banned",
            "the user is banned permanently",
            "lift the ban",
        ),
        (
            Case::session_cookie().record(|record| record.user_id.clear()),
            "no_user",
            "the session has no user id",
            "set the session table of sessions(…)",
        ),
    ]
}

fn cookie_caches() -> Vec<Row> {
    let other_token = "GBZ3cFKtPzWUviKbtCcr5O6vMVHYiLUy";
    vec![
        (Case::cookie_cache(""), "no_session", "which contains the session, is missing", "mode of cookie_cache(…)"),
        (
            Case::bearer(signed(TOKEN, SECRET)).with(|policy, _| policy.cookie_cache.mode = CookieCacheMode::Required),
            "no_session",
            "a Bearer token instead of cookies",
            "send the cookies or a JWT",
        ),
        (
            Case::cookie_cache(&compact(other_token, "1", SECRET)),
            "other_session",
            "belongs to another session",
            "sign out and in again",
        ),
        (
            Case::cookie_cache(&compact(TOKEN, "2", SECRET)),
            "other_version",
            "has another version than 1",
            "set the version of cookie_cache(…)",
        ),
        (
            Case::cookie_cache(&compact(TOKEN, "1", OTHER_SECRET)),
            "bad_signature",
            "the signature of better-auth.session_data",
            "set secrets(…)",
        ),
        (
            Case::cookie_cache(&compact(TOKEN, "1", SECRET)).with(|_, facts| facts.now = time(NOW + 3601)),
            "expired",
            "better-auth.session_data has expired",
            "get-session",
        ),
        (Case::cookie_cache("eyJ9"), "malformed", "does not have Better Auth's format", "sign in again"),
    ]
}

#[test]
fn each_reason_has_a_cause_and_a_change() {
    let rows = [headers_without_a_readable_credential(), jwts(), sessions(), cookie_caches()];
    let mut explained = Vec::new();
    for (case, code, cause, change) in rows.into_iter().flatten() {
        let explanation = case.explain();
        let Verdict::Rejected(reason) = explanation.verdict() else { panic!("{code} {cause}: {explanation}") };
        assert_eq!(reason.code(), code, "{explanation}");
        assert!(explanation.cause().unwrap().contains(cause), "{cause} is missing: {explanation}");
        assert!(explanation.change().unwrap().contains(change), "{change} is missing: {explanation}");
        assert!(explanation.to_string().contains(&format!("check   failed: {code}\n")), "{explanation}");
        assert!(explanation.to_string().ends_with("verdict rejected\n"), "{explanation}");
        explained.push(*reason);
    }
    for reason in REASONS {
        assert!(explained.contains(&reason), "{} has no row", reason.code());
    }
}
