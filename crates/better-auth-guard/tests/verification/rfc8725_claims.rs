//! Tests the best current practices for JWTs on claims, types and structure: RFC 8725 and draft-ietf-oauth-rfc8725bis.
//!
//! One test per section. Each invalid token differs from a valid one in one point, which the reason of the rejection names.

use better_auth_guard::{AuthorizationMistake, ClaimCheck, CredentialErrorReason};
use serde_json::json;

use crate::jwt::{
    HEADER, NOW, alice, claims, claims_with, expect_rejected, policy_with_user_claim, verdict_of, verdict_with,
    with_header, with_payload,
};
use crate::support::{SECRET, VerificationResult, eddsa, hmac, hs256, jws, policy_with};

/// RFC 8725 section 3.8 on `sub`, RFC 7519 section 4.1.2. The service reads an integer as its decimal text.
#[test]
fn section_3_8_the_subject_is_a_string_or_an_integer() {
    for (sub, user) in
        [(json!("a b"), "a b"), (json!(42), "42"), (json!(-1), "-1"), (json!(u64::MAX), "18446744073709551615")]
    {
        let token = with_payload(claims_with(json!({ "sub": sub })).to_string());
        assert_eq!(verdict_of(&token), VerificationResult::User(user.into()));
    }
    // `null` removes the claim.
    for sub in [json!(""), json!(null), json!({ "id": "alice" }), json!(["alice"]), json!(true), json!(4.5)] {
        let token = with_payload(claims_with(json!({ "sub": sub, "id": "alice", "userId": "alice" })).to_string());
        expect_rejected(&token, CredentialErrorReason::NoUser, &sub.to_string());
    }
    expect_rejected(
        &with_payload(format!(r#"{{"sub":null,"exp":{}}}"#, NOW + 9)),
        CredentialErrorReason::NoUser,
        "sub is null",
    );
}

/// RFC 8725 sections 3.8 and 3.9.
#[test]
fn sections_3_8_and_3_9_issuer_and_audience_are_compared_exactly_when_configured() {
    let configured = policy_with(|policy| {
        policy.jwt.issuer = ClaimCheck::Configured(vec!["https://auth.example".into()]);
        policy.jwt.audience = ClaimCheck::Configured(vec!["tasks".into(), "api://tasks".into()]);
    });
    let valid = json!({ "iss": "https://auth.example", "aud": "tasks" });
    let table = [
        (json!({}), None),
        (json!({ "aud": "api://tasks" }), None),
        (json!({ "aud": ["other", "tasks"] }), None),
        (json!({ "aud": null }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": "other" }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": "Tasks" }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": "tasks,api://tasks" }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": [] }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": ["other"] }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": [["tasks"]] }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": { "tasks": 1 } }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "iss": null }), Some(CredentialErrorReason::ForeignIssuer)),
        (json!({ "iss": "https://auth.example/" }), Some(CredentialErrorReason::ForeignIssuer)),
        (json!({ "iss": "HTTPS://auth.example" }), Some(CredentialErrorReason::ForeignIssuer)),
        (json!({ "iss": ["https://auth.example"] }), Some(CredentialErrorReason::ForeignIssuer)),
    ];
    for (members, reason) in table {
        let mut claims = valid.clone();
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let verdict = verdict_with(configured.clone(), &with_payload(claims_with(claims).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, VerificationResult::Refused), "{members}");
    }
    assert_eq!(
        verdict_of(&with_payload(claims_with(json!({ "iss": ["x"], "aud": 1 })).to_string())),
        alice(),
        "not configured"
    );
}

/// RFC 8725 sections 3.11 and 3.12.
#[test]
fn section_3_11_tokens_of_another_type_are_rejected() {
    for typ in ["JWT", "jwt", "application/jwt", "application/JWT"] {
        assert_eq!(verdict_of(&with_header(&json!({ "alg": "HS256", "typ": typ }).to_string())), alice(), "{typ}");
    }
    for typ in ["at+jwt", "better-auth.session-cache+jwt", "logout+jwt", "secevent+jwt", "JOSE", "JWT ", "", "dpop+jwt"]
    {
        let token = with_header(&json!({ "alg": "HS256", "typ": typ }).to_string());
        expect_rejected(&token, CredentialErrorReason::ForeignType, typ);
    }
    for typ in [json!(null), json!(["JWT"]), json!(1)] {
        let token = with_header(&json!({ "alg": "HS256", "typ": typ }).to_string());
        expect_rejected(&token, CredentialErrorReason::ForeignType, "typ is not a string");
    }
}

/// RFC 8725 section 3.12: tokens that the same secret signs for another purpose are rejected, whatever the user claim.
#[test]
fn section_3_12_tokens_for_another_purpose_are_rejected() {
    let cached_session =
        json!({ "session": { "token": "t", "userId": "alice" }, "user": { "id": "alice" }, "exp": NOW + 300 });
    let email_link = json!({ "email": "alice@example.com", "userId": "alice", "iat": NOW, "exp": NOW + 3600 });
    for (claim, reason) in
        [("sub", CredentialErrorReason::ForeignType), ("user.id", CredentialErrorReason::ForeignType)]
    {
        let verdict = verdict_with(policy_with_user_claim(claim), &with_payload(cached_session.to_string()));
        assert_eq!(verdict, VerificationResult::Refused(reason), "{claim}");
    }
    expect_rejected(
        &with_payload(email_link.to_string()),
        CredentialErrorReason::NoUser,
        "the token of an e-mail link",
    );
    // An issuer's own token may have a `session` claim, because it has a subject.
    let mut issuer_token = cached_session;
    issuer_token["sub"] = "alice".into();
    assert_eq!(verdict_of(&with_payload(issuer_token.to_string())), alice());
}

/// RFC 8725 sections 3.3 and 3.7, RFC 7515 sections 2 and 4 (a repeated member).
#[test]
fn sections_3_3_and_3_7_only_a_compact_jws_of_json_objects_is_accepted() {
    let payloads: [&[u8]; 8] = [
        br#"{"sub":"alice","exp":4102444800,"sub":"bob"}"#,
        br#"{"sub":"alice","exp":4102444800,"x":{"a":1,"a":2}}"#,
        b"{\"sub\":\"alice\xff\",\"exp\":4102444800}",
        b"\xef\xbb\xbf{\"sub\":\"alice\",\"exp\":4102444800}",
        br#"[{"sub":"alice","exp":4102444800}]"#,
        br#""alice""#,
        br#"{"sub":"alice","exp":4102444800} {}"#,
        b"",
    ];
    for text in payloads {
        expect_rejected(&with_payload(text), CredentialErrorReason::Malformed, &String::from_utf8_lossy(text));
    }
    for header in
        [r#"{"alg":"HS256","alg":"none"}"#, r#"{"alg":"none","alg":"HS256"}"#, r#"{"alg":"HS256","x":1,"x":1}"#]
    {
        expect_rejected(&with_header(header), CredentialErrorReason::Malformed, header);
    }
    expect_rejected(
        &jws(HEADER, hs256(&claims(), SECRET), hmac(SECRET)),
        CredentialErrorReason::Malformed,
        "a token in a token",
    );
    let valid = with_header(HEADER);
    let (message, signature) = valid.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let forms = [
        header.to_owned(),
        message.to_owned(),
        format!("{valid}."),
        format!("{valid}.{signature}"),
        format!("{message}..{signature}"),
        format!("{valid}.a.b"),
        format!(".{valid}"),
        format!("{}.{signature}", message.replace('.', "=.")),
        format!("{message}\t.{signature}"),
    ];
    for form in forms {
        expect_rejected(&form, CredentialErrorReason::Malformed, &form);
    }
    let json = json!({ "protected": header, "payload": message, "signature": signature }).to_string();
    expect_rejected(&json, CredentialErrorReason::NotACredential(AuthorizationMistake::Json), &json);
    // A padded HS256 token has the form of a signed session token, which Better Auth signs with the same key.
    // It is no user: a session token needs a session row.
    let padded = eddsa("ed", &claims()) + "=";
    expect_rejected(&padded, CredentialErrorReason::Malformed, "padding");
    assert!(!matches!(verdict_of(&format!("{valid}=")), VerificationResult::User(_)), "padding");
}

/// Draft rfc8725bis on parsers: base64url has one encoding for each value (RFC 4648 sections 3.2, 3.5 and 5).
#[test]
fn bis_only_canonical_base64url_is_accepted() {
    for valid in [with_header(HEADER), eddsa("ed", &claims())] {
        assert_eq!(verdict_of(&valid), alice());
        for (at, _) in valid.char_indices().filter(|(at, _)| valid[*at..].starts_with('.') || *at + 1 == valid.len()) {
            // Replaces the last character of each part, also by characters that differ in unused bits only.
            let last = if valid[at..].starts_with('.') { at - 1 } else { at };
            for other in (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain([b'-', b'_', b'+', b'/', b'=']) {
                if other != valid.as_bytes()[last] {
                    let mut changed = valid.clone().into_bytes();
                    changed[last] = other;
                    let verdict = verdict_of(&String::from_utf8(changed).unwrap());
                    assert!(
                        matches!(verdict, VerificationResult::Refused(_) | VerificationResult::Session(_)),
                        "{verdict:?}"
                    );
                }
            }
        }
    }
    // Encodes the signature in the other base64 alphabet. The signature has a character that differs.
    let tokens = (0..).map(|number| hs256(&claims_with(json!({ "n": number })), SECRET));
    let token = tokens.into_iter().find(|token| token.rsplit('.').next().unwrap().contains(['-', '_'])).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let other = format!("{message}.{}", signature.replace('-', "+").replace('_', "/"));
    assert_eq!(verdict_of(&token), alice());
    expect_rejected(&other, CredentialErrorReason::Malformed, "another alphabet");
}
