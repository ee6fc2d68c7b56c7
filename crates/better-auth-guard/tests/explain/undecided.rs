//! Tests accepted credentials, missing credentials, unknown facts and the names of settings.

use better_auth_guard::explain::{Explainer, Setting, SourceLocation, Unknown, Verdict};
use better_auth_guard::{CookieCacheMode, Verifier};
use serde_json::json;

use crate::fixture::{Case, SECRET, TOKEN, compact, signed};

#[test]
fn accepted_credentials_name_the_user() {
    for (case, check) in [
        (Case::hs256(json!({})), "the signature, times and claims are valid"),
        (Case::eddsa("ours", json!({})), "the signature, times and claims are valid"),
        (Case::session_cookie(), "the session is in the source of sessions(…), and expires in 7 days"),
        (Case::bearer(signed(TOKEN, SECRET)), "the session is in the source of sessions(…), and expires in 7 days"),
        (Case::cookie_cache(&compact(TOKEN, "1", SECRET)), "no session look-up is needed"),
    ] {
        let explanation = case.explain();
        assert_eq!(explanation.verdict(), &Verdict::Accepted { user_id: "alice".into() }, "{explanation}");
        assert!(explanation.to_string().contains(check), "{check} is missing: {explanation}");
        assert!(explanation.to_string().ends_with("verdict accepted: the user is \"alice\"\n"), "{explanation}");
        assert_eq!((explanation.cause(), explanation.change()), (None, None));
    }
}

#[test]
fn missing_credentials_are_explained() {
    let cookie = |header: &str| {
        let mut case = Case::cookie("");
        case.cookie = vec![header.as_bytes().to_vec()];
        case
    };
    let mut no_header = Case::cookie("");
    no_header.cookie.clear();
    for (case, cause, change) in [
        (no_header, "neither an Authorization header nor a cookie", "send Authorization: Bearer …"),
        (Case::authorization("Basic eA=="), "no Bearer credential", "send Authorization: Bearer …"),
        (Case::cookie(""), "is empty, as after a sign-out", "sign in again"),
        (cookie("theme=dark"), "the cookie `better-auth.session_token` is missing", "sign in"),
        (cookie("shop.session_token=x"), "`shop.session_token`", "set cookie_prefix(…) or cookie_name(…)"),
        (
            cookie("__Secure-better-auth.session_token=x"),
            "but base_url(…) is not https (and secure_cookies(…) is not true)",
            "secure_cookies(true)",
        ),
    ] {
        let explanation = case.explain();
        assert_eq!(explanation.verdict(), &Verdict::Missing, "{explanation}");
        assert!(explanation.cause().unwrap().contains(cause), "{cause} is missing: {explanation}");
        assert!(explanation.change().unwrap().contains(change), "{change} is missing: {explanation}");
    }
}

#[test]
fn unknown_facts_leave_the_result_open() {
    let skipped = Unknown::Skipped { cause: "there is no network".into(), change: "connect".into() };
    let down = Unknown::Unavailable("connection refused".into());
    let eddsa = |unknown: &Unknown| Case::eddsa("ours", json!({})).with(|_, facts| facts.keys = Err(unknown.clone()));
    let session = |unknown: &Unknown| Case::session_cookie().with(|_, facts| facts.session = Err(unknown.clone()));
    for (case, verdict, cause, change) in [
        (eddsa(&skipped), Verdict::UnknownKeys(skipped.clone()), "fetched from jwks(…), but there is no", "connect"),
        (eddsa(&down), Verdict::UnknownKeys(down.clone()), "the key set is unavailable: connection", "with 503"),
        (session(&skipped), Verdict::UnknownSession(skipped.clone()), "must be looked up in the source", "connect"),
        (session(&down), Verdict::UnknownSession(down.clone()), "cannot be looked up in the source", "with 503"),
    ] {
        let explanation = case.explain();
        assert_eq!(explanation.verdict(), &verdict, "{explanation}");
        assert!(explanation.cause().unwrap().contains(cause), "{cause} is missing: {explanation}");
        assert!(explanation.change().unwrap().contains(change), "{change} is missing: {explanation}");
        assert!(explanation.to_string().ends_with("verdict unknown\n"), "{explanation}");
    }
    // the facts are not needed
    let hs256 = Case::hs256(json!({})).with(|_, facts| (facts.keys, facts.session) = (Err(down.clone()), Err(down)));
    assert_eq!(hs256.explain().verdict(), &Verdict::Accepted { user_id: "alice".into() });
}

#[test]
fn names_and_locations_are_replaceable() {
    let case = Case::eddsa("theirs", json!({ "iss": "https://b.example" }));
    let verifier = Verifier::new(case.policy.clone());
    let names = |setting| if setting == Setting::BaseUrl { "AUTH_URL" } else { "OTHER" };
    let url = "https://a.example/api/auth/jwks?key=hunter2".parse().unwrap();
    let explainer = Explainer::new(&verifier).names(&names).key_source(SourceLocation::Url(url));
    let explanation = explainer.explain(&case.headers(), &case.facts);
    let cause = "the token is signed with \"EdDSA\", but its key \"theirs\" is not in the key set at https://a.example/api/auth/jwks (1 keys)";
    assert_eq!(explanation.cause(), Some(cause));
    assert_eq!(explanation.change(), Some("check AUTH_URL: the issuer of the token is \"https://b.example\""));
}

#[test]
fn rejected_session_tokens_can_be_matched() {
    for (case, text) in [
        (Case::cookie(TOKEN), Some(TOKEN)),
        (Case::cookie(signed(TOKEN, "another secret of more than 32 bytes")), Some(TOKEN)),
        (Case::session_cookie(), None),
        (Case::hs256(json!({ "exp": 0 })), None),
        (Case::cookie(TOKEN).with(|policy, _| policy.cookie_cache.mode = CookieCacheMode::Required), None),
    ] {
        assert_eq!(case.explain().token_to_match(), text);
    }
}
