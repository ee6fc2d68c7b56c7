//! Better Auth's cookie cache as real servers made it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use task_api::auth::{CredentialErrorReason, KeySet, Secret, signed_cookie_value};

use crate::auth::captured_vectors::{now, of_kind, text};
use crate::sessions::cookie_cache::{ON, OTHER, TOKEN, judged_with};
use crate::support::{Verdict, judge, verifier};

/// The settings, the key set and the session token of a vector.
pub fn parts(vector: &Value) -> (Vec<(&str, &str)>, KeySet, &str) {
    let version = vector["config"]["cookieCache"]["version"].as_str().unwrap_or("1");
    let settings = vec![("BETTER_AUTH_SECRET", text(vector, "/secret")), ("SESSION_CACHE_VERSION", version)];
    let keys = vector["input"]["jwks"]["keys"].as_array().map(|keys| KeySet::from_jwks(keys).0);
    (settings, keys.unwrap_or_default(), text(vector, "/expected/session/token"))
}

/// The cookies of a vector but those whose name ends in `without`.
pub fn cookies(vector: &Value, without: &str) -> String {
    let all = vector["input"]["cookies"].as_object().expect("cookies").iter();
    let kept = all.filter(|(name, _)| without.is_empty() || !name.contains(without));
    kept.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect::<Vec<_>>().join("; ")
}

/// A copy is good as long as Better Auth says, for its own session alone, and under its own secret.
///
/// In three things we are stricter than the versions that made some of these: up to 1.6 the copy of another session was accepted; the
/// forms `jwe` and signed-by-key-set were good for 15 s more; and up to 1.3 a version was not looked at, since there was none.
pub fn judge_vector(vector: &Value) {
    assert_eq!(vector["expected"]["valid"], true);
    let ((settings, keys, token), whole) = (parts(vector), cookies(vector, ""));
    let judged_at = |cookies: &str, now| judged_with(&settings, &keys, cookies, now);
    let user = text(vector, "/expected/user/id").to_owned();
    assert_eq!(judged_at(&whole, now(vector)), Ok(user.clone()));
    // its own end, or its session's
    let own_end = vector["expected"]["cache_exp_ms"].as_i64().unwrap();
    let session_end: DateTime<Utc> = text(vector, "/expected/session/expiresAt").parse().unwrap();
    let end = own_end.min(session_end.timestamp_millis());
    assert_eq!(judged_at(&whole, end - 1), Ok(user.clone()));
    assert_eq!(judged_at(&whole, end + 1), Err(CredentialErrorReason::Expired));
    // without it, and without the token
    assert_eq!(judged_at(&cookies(vector, "session_data"), now(vector)), Err(CredentialErrorReason::NoSession));
    let own = verifier(&[settings.as_slice(), &[ON]].concat());
    let alone = cookies(vector, "session_token");
    assert_eq!(judge(&own, &keys, ("Cookie", &alone), now(vector)), Verdict::Absent);
    // beside the token of another session
    let beside = |token: &str, secret: &str| {
        format!("better-auth.session_token={}; {alone}", signed_cookie_value(token, &Secret::new(secret)))
    };
    assert_eq!(
        judged_at(&beside(TOKEN, text(vector, "/secret")), now(vector)),
        Err(CredentialErrorReason::OtherSession)
    );
    // under another secret, where the token is good; only a public key needs none
    let other = [("BETTER_AUTH_SECRET", OTHER), settings[1]];
    let is_published = vector["kind"] == "session_data_jwt_jwks";
    let expected = if is_published { Ok(user) } else { Err(CredentialErrorReason::BadSignature) };
    assert_eq!(judged_with(&other, &keys, &beside(token, OTHER), now(vector)), expected);
    if is_published {
        assert_eq!(
            judged_with(&settings, &KeySet::default(), &whole, now(vector)),
            Err(CredentialErrorReason::UnknownKey)
        );
    }
    // of another version
    let renewed = [settings[0], ("SESSION_CACHE_VERSION", "2")];
    assert_eq!(judged_with(&renewed, &keys, &whole, now(vector)), Err(CredentialErrorReason::OtherVersion));
    // as a Bearer it is nothing, whichever claim names the user
    for claim in ["sub", "user.id"] {
        let ours = verifier(&[settings[0], ("JWT_USER_CLAIM", claim), ON]);
        let bearer = format!("Bearer {}", text(vector, "/input/value"));
        let verdict = judge(&ours, &keys, ("Authorization", &bearer), now(vector));
        assert!(matches!(verdict, Verdict::Refused(_)), "{verdict:?}");
    }
}

/// The token of one session with the copy of another: since 1.7 Better Auth goes by the token, and so do we.
pub fn judge_mix(vector: &Value) {
    for form in ["compact", "jwt", "jwe"] {
        assert_eq!(vector["expected"]["1.7.24"][form], "a@example.com");
        let of_form = of_kind(&format!("session_data_{form}"));
        let (a, b) = (&of_form[0], &of_form[1]);
        let mixed = format!("{}; {}", cookies(a, "session_data"), cookies(b, "session_token"));
        let ours = verifier(&[ON]);
        let verdict = judge(&ours, &KeySet::default(), ("Cookie", &mixed), now(a));
        assert_eq!(verdict, Verdict::Session(text(a, "/expected/session/token").into()));
    }
}

/// What was made under the second of two secrets and then the first. Better Auth reads `compact` and `jwt` of the first alone, and
/// `jwe` of all of them; we read all of all, for services that are renewed one after the other.
pub fn judge_rotated_samples(expected: &Value, [s1, s2, s3]: [&str; 3]) {
    const MOMENT: i64 = 1_795_247_625_000;
    for form in ["compact", "jwt", "jwe"] {
        let sample = expected[format!("session_data_{form}_new_under_rotated_sample")].as_str().expect("a sample");
        let token = token_in_sample(form);
        let cookies = |secret: &str| {
            let token = signed_cookie_value(token, &Secret::new(secret));
            format!("better-auth.session_token={token}; better-auth.session_data={sample}")
        };
        for secrets in [format!("2:{s2},1:{s1}"), format!("3:{s3},2:{s2}")] {
            let judged = judged_with(&[("BETTER_AUTH_SECRETS", &secrets)], &KeySet::default(), &cookies(s2), MOMENT);
            assert!(judged.is_ok(), "{form}: {judged:?}");
        }
        let judged = judged_with(&[("BETTER_AUTH_SECRET", s1)], &KeySet::default(), &cookies(s1), MOMENT);
        assert_eq!(judged, Err(CredentialErrorReason::BadSignature), "{form}");
    }
}

/// The session tokens of those samples, which stand nowhere else in the vector.
fn token_in_sample(form: &str) -> &'static str {
    match form {
        "compact" => "e01QvD7xaK493xyHkHkiylDNoxLBib2q",
        "jwt" => "PYzSJ5fx6hN5D2AJL8pTQocaXISNPBcb",
        _ => "zVPvMYRRESKIAPtyMmwzNWZEfQNJjGt6",
    }
}
