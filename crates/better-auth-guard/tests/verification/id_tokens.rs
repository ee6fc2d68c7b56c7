//! Tests that tokens of an OAuth provider for third parties are rejected, although the key set verifies their signatures.

use better_auth_guard::{AuthPolicy, CLIENT_CLAIMS, ClaimCheck, CredentialErrorReason, KeySet, Verifier};
use serde_json::{Value, json};

use crate::support::third_party::{CLIENT_ID, own_claims, own_claims_with, third_party_claims};
use crate::support::{
    BETTER_AUTH_URL, SECRET, VerificationResult, ed25519, ed25519_jwk, eddsa_of, hs256, jws, policy, policy_with,
    policy_with_any_issuer, verify_header,
};

fn verdict_of_token(policy: &AuthPolicy, token: &str) -> VerificationResult {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let header = format!("Bearer {token}");
    verify_header(&Verifier::new(policy.clone()), &keys, ("Authorization", &header), 1_795_248_000_000)
}

fn verdict_of(policy: &AuthPolicy, claims: &Value) -> VerificationResult {
    verdict_of_token(policy, &eddsa_of("ed", claims))
}

fn alice() -> VerificationResult {
    VerificationResult::User("alice".into())
}

fn rejected(reason: CredentialErrorReason) -> VerificationResult {
    VerificationResult::Refused(reason)
}

#[test]
fn tokens_for_third_parties_are_rejected() {
    for claims in third_party_claims() {
        let has_client_claim = CLIENT_CLAIMS.iter().any(|name| claims.get(name).is_some());
        let reason = if has_client_claim {
            CredentialErrorReason::ForeignType
        } else if claims["iss"] != BETTER_AUTH_URL {
            CredentialErrorReason::ForeignIssuer
        } else {
            CredentialErrorReason::ForeignAudience
        };
        assert_eq!(verdict_of(&policy(), &claims), rejected(reason), "{claims}");
    }
}

#[test]
fn audience_and_issuer_must_match_the_base_url() {
    let (audience, issuer) = (CredentialErrorReason::ForeignAudience, CredentialErrorReason::ForeignIssuer);
    let table = [
        (json!({}), alice()),
        (json!({ "aud": [BETTER_AUTH_URL, "https://other.example.com"] }), alice()),
        (json!({ "aud": null }), alice()),
        (json!({ "aud": "https://other.example.com" }), rejected(audience)),
        (json!({ "iss": "https://other.example.com" }), rejected(issuer)),
        (json!({ "iss": null }), rejected(issuer)),
        (json!({ "iss": [BETTER_AUTH_URL] }), rejected(issuer)),
    ];
    for (members, verdict) in table {
        assert_eq!(verdict_of(&policy(), &own_claims_with(members.clone())), verdict, "{members}");
    }
    // HS256 tokens skip the checks of issuer, audience and ID token claims.
    for members in
        [json!({ "iss": null, "aud": null }), json!({ "iss": "x", "aud": "y", "nonce": "n", "acr": "0", "azp": "c" })]
    {
        assert_eq!(verdict_of_token(&policy(), &hs256(&own_claims_with(members), SECRET)), alice());
    }
}

#[test]
fn without_the_checks_id_tokens_stay_rejected() {
    let foreign = own_claims_with(json!({ "iss": "https://other.example.com", "aud": CLIENT_ID }));
    let policy = policy_with_any_issuer();
    assert_eq!((verdict_of(&policy, &own_claims()), verdict_of(&policy, &foreign)), (alice(), alice()));
    for name in CLIENT_CLAIMS {
        for value in ["\"x\"", "0", "null", "{}"] {
            let mut claims = foreign.to_string();
            claims.insert_str(1, &format!("\"{name}\":{value},"));
            let header = r#"{"alg":"EdDSA","kid":"ed"}"#;
            let token = jws(header, claims, |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
            let verdict = verdict_of_token(&policy, &token);
            assert_eq!(verdict, rejected(CredentialErrorReason::ForeignType), "{name}: {value}");
        }
    }
}

/// Configured values replace the default, each for its own claim, for every token.
#[test]
fn configured_values_replace_the_default() {
    let configured = |values: &[&str]| ClaimCheck::Configured(values.iter().map(|value| (*value).into()).collect());
    let (audience, issuer) =
        (rejected(CredentialErrorReason::ForeignAudience), rejected(CredentialErrorReason::ForeignIssuer));
    let named = policy_with(|policy| policy.jwt.audience = configured(&["tasks", "api://tasks"]));
    for (members, verdict) in [
        (json!({ "aud": "tasks" }), alice()),
        (json!({ "aud": ["other", "api://tasks"] }), alice()),
        (json!({}), audience.clone()),
        (json!({ "aud": null }), audience),
        (json!({ "aud": "tasks", "iss": "https://other.example.com" }), issuer.clone()),
        (json!({ "aud": "tasks", "nonce": "n" }), rejected(CredentialErrorReason::ForeignType)),
    ] {
        assert_eq!(verdict_of(&named, &own_claims_with(members.clone())), verdict, "{members}");
    }
    // A Better Auth server with several hosts signs with the host of the request.
    let hosts = policy_with(|policy| {
        policy.jwt.issuer = configured(&["https://a.example.com", "https://b.example.com"]);
        policy.jwt.audience = ClaimCheck::Off;
    });
    for (iss, verdict) in
        [("https://a.example.com", alice()), ("https://b.example.com", alice()), (BETTER_AUTH_URL, issuer)]
    {
        assert_eq!(verdict_of(&hosts, &own_claims_with(json!({ "iss": iss, "aud": iss }))), verdict, "{iss}");
    }
}

/// The `typ` alone rejects the token, without the claims of an ID token.
#[test]
fn access_and_logout_tokens_are_rejected_by_their_type() {
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt"] {
        let header = json!({ "alg": "EdDSA", "kid": "ed", "typ": typ }).to_string();
        let token =
            jws(&header, own_claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
        let verdict = verdict_of_token(&policy(), &token);
        assert_eq!(verdict, rejected(CredentialErrorReason::ForeignType), "{typ}");
    }
}
