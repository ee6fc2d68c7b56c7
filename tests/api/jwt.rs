//! JWTs held to RFC 8725, a section a test. Every bad token is a good one with one thing changed, and rightly signed unless the
//! signature is what is bad; so it is refused for that thing alone, which the reason shows.

use aws_lc_rs::signature::KeyPair;
use serde_json::{Value, json};
use task_api::auth::{KeySet, Reason};

use crate::on_both;
use crate::support::{
    App, Database, SECRET, Settings, Verdict, base64url, cookie_header, ed25519, ed25519_jwk, eddsa, hmac, hs256,
    judge, jws, verifier,
};

/// The tests' own clock, in Unix seconds.
const NOW: i64 = 1_795_248_000;
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

on_both!(settings_reach_the_edge);

/// What a token comes to with these settings, where `ed` is the one public key.
fn judged_with(settings: Settings<'_>, token: &str) -> Verdict {
    let (keys, refused) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    assert_eq!(refused, []);
    judge(&verifier(settings), &keys, ("Authorization", &format!("Bearer {token}")), NOW * 1000)
}

fn judged(token: &str) -> Verdict {
    judged_with(&[], token)
}

fn alice() -> Verdict {
    Verdict::User("alice".into())
}

fn claims() -> Value {
    json!({ "sub": "alice", "exp": NOW + 900 })
}

/// Good claims with these members added or put in the place of others; those that are `null` are taken out.
fn claims_with(members: Value) -> Value {
    let mut claims = claims();
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims
}

/// A token with this header over good claims, signed with the secret.
fn with_header(header: &str) -> String {
    jws(header, claims().to_string(), hmac(SECRET))
}

/// A token with this payload below the usual header, signed with the secret.
fn with_payload(payload: impl AsRef<[u8]>) -> String {
    jws(HEADER, payload, hmac(SECRET))
}

#[track_caller]
fn expect_refused(token: &str, reason: Reason, why: &str) {
    assert_eq!(judged(token), Verdict::Refused(reason), "{why}");
}

#[test]
fn good_tokens_are_accepted() {
    assert_eq!(judged(&with_header(HEADER)), alice());
    assert_eq!(judged(&hs256(&claims(), SECRET)), alice());
    assert_eq!(judged(&eddsa("ed", &claims())), alice());
    // the name of RFC 9864 for the same algorithm
    let header = r#"{"alg":"Ed25519","kid":"ed"}"#;
    let token = jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
    assert_eq!(judged(&token), alice());
}

/// RFC 8725 sections 3.1 and 3.2.
#[test]
fn no_algorithm_but_the_listed_ones_in_their_exact_spelling() {
    let algorithms =
        ["none", "None", "NONE", "nOnE", "none ", "", "hs256", "HS256 ", "HS256\0", "HS384", "HS512", "ES384"];
    for alg in algorithms {
        let header = json!({ "alg": alg, "typ": "JWT" }).to_string();
        expect_refused(&with_header(&header), Reason::AlgorithmNotAllowed, alg);
        let unsigned = jws(&header, claims().to_string(), |_| Vec::new());
        expect_refused(&unsigned, Reason::AlgorithmNotAllowed, alg);
    }
    for alg in [json!(null), json!(["HS256"]), json!(256), json!({ "HS256": 1 }), json!(true)] {
        expect_refused(&with_header(&json!({ "alg": alg }).to_string()), Reason::Malformed, "alg is no text");
    }
    expect_refused(&with_header(r#"{"typ":"JWT"}"#), Reason::Malformed, "there is no alg");
    expect_refused(&jws(HEADER, claims().to_string(), |_| Vec::new()), Reason::BadSignature, "no signature");
    expect_refused(&hs256(&claims(), "another secret of more than 32 bytes"), Reason::BadSignature, "another secret");
}

/// RFC 8725 section 3.1: a public key is no secret, in whatever form it is taken for one.
#[test]
fn a_public_key_is_no_hmac_secret() {
    let (jwk, raw) = (ed25519_jwk("ed"), ed25519().public_key().as_ref().to_vec());
    let forms = [jwk.to_string().into_bytes(), jwk["x"].as_str().unwrap().as_bytes().to_vec(), raw, Vec::new()];
    for form in forms {
        for header in [r#"{"alg":"HS256","kid":"ed"}"#, HEADER] {
            expect_refused(&jws(header, claims().to_string(), hmac(&form)), Reason::BadSignature, header);
        }
        let header = r#"{"alg":"EdDSA","kid":"ed"}"#;
        expect_refused(&jws(header, claims().to_string(), hmac(&form)), Reason::BadSignature, header);
    }
}

/// RFC 8725 section 3.1: the algorithm is the key's. `kid` picks the key (section 3.10: it is looked up, and nothing else).
#[test]
fn the_header_chooses_neither_algorithm_nor_key() {
    let signed = |header: &str| {
        jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
    };
    for alg in ["ES256", "ES512", "RS256", "PS256"] {
        let header = json!({ "alg": alg, "kid": "ed" }).to_string();
        expect_refused(&signed(&header), Reason::AlgorithmNotAllowed, alg);
    }
    for kid in ["", "ED", "ed ", "ed' OR '1'='1", "../../etc/passwd", "/dev/null", "|sleep 9"] {
        expect_refused(&signed(&json!({ "alg": "EdDSA", "kid": kid }).to_string()), Reason::UnknownKey, kid);
    }
    for kid in [json!(1), json!(["ed"]), json!(null), json!({ "ed": 1 })] {
        expect_refused(
            &signed(&json!({ "alg": "EdDSA", "kid": kid }).to_string()),
            Reason::Malformed,
            "kid is no text",
        );
    }
    // a token that names no key leaves no choice where there is only one
    assert_eq!(judged(&signed(r#"{"alg":"EdDSA"}"#)), alice());
}

/// RFC 7515 section 4.1.11, RFC 7797, RFC 8725 sections 3.6 and 3.10.
#[test]
fn extensions_compression_and_keys_in_the_header_are_refused() {
    let jwk = ed25519_jwk("ed");
    let members = [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": true }),
        json!({ "zip": "DEF" }),
        json!({ "enc": "A256GCM" }),
        json!({ "jwk": jwk }),
        json!({ "jwk": null }),
        json!({ "jku": "https://evil.example/jwks" }),
        json!({ "x5u": "https://evil.example/cert" }),
        json!({ "x5c": ["MIIB"] }),
    ];
    for members in members {
        for alg in [json!({ "alg": "HS256" }), json!({ "alg": "EdDSA", "kid": "ed" })] {
            let mut header = alg;
            header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            expect_refused(&with_header(&header.to_string()), Reason::UnsupportedHeader, &header.to_string());
        }
    }
}

/// RFC 8725 sections 3.11 and 3.12.
#[test]
fn tokens_of_another_type_are_refused() {
    for typ in ["JWT", "jwt", "application/jwt", "application/JWT"] {
        assert_eq!(judged(&with_header(&json!({ "alg": "HS256", "typ": typ }).to_string())), alice(), "{typ}");
    }
    for typ in ["at+jwt", "better-auth.session-cache+jwt", "logout+jwt", "secevent+jwt", "JOSE", "JWT ", "", "dpop+jwt"]
    {
        let token = with_header(&json!({ "alg": "HS256", "typ": typ }).to_string());
        expect_refused(&token, Reason::ForeignType, typ);
    }
    for typ in [json!(null), json!(["JWT"]), json!(1)] {
        let token = with_header(&json!({ "alg": "HS256", "typ": typ }).to_string());
        expect_refused(&token, Reason::ForeignType, "typ is no text");
    }
}

/// RFC 8725 section 3.8 on `sub`; RFC 7519 section 4.1.2. A number is read as its text.
#[test]
fn the_subject_is_a_text_or_a_whole_number() {
    for (sub, user) in
        [(json!("a b"), "a b"), (json!(42), "42"), (json!(-1), "-1"), (json!(u64::MAX), "18446744073709551615")]
    {
        let token = with_payload(claims_with(json!({ "sub": sub })).to_string());
        assert_eq!(judged(&token), Verdict::User(user.into()));
    }
    // `null` takes the claim out
    for sub in [json!(""), json!(null), json!({ "id": "alice" }), json!(["alice"]), json!(true), json!(4.5)] {
        let token = with_payload(claims_with(json!({ "sub": sub, "id": "alice", "userId": "alice" })).to_string());
        expect_refused(&token, Reason::NoUser, &sub.to_string());
    }
    expect_refused(&with_payload(format!(r#"{{"sub":null,"exp":{}}}"#, NOW + 9)), Reason::NoUser, "sub is null");
}

/// RFC 7519 sections 4.1.4 to 4.1.6: `exp` required, `nbf` honoured, `iat` not in the future; clocks may differ by 60 s.
#[test]
fn times_are_numbers_and_have_60_seconds_of_leeway() {
    let table = [
        (json!({ "exp": NOW - 59 }), None),
        (json!({ "exp": NOW - 61 }), Some(Reason::Expired)),
        (json!({ "exp": NOW as f64 - 58.5 }), None),
        (json!({ "exp": NOW as f64 - 61.5 }), Some(Reason::Expired)),
        (json!({ "exp": -1 }), Some(Reason::Expired)),
        (json!({ "exp": 0 }), Some(Reason::Expired)),
        (json!({ "exp": null }), Some(Reason::BadTimes)),
        (json!({ "exp": (NOW + 900).to_string() }), Some(Reason::BadTimes)),
        (json!({ "exp": [NOW + 900] }), Some(Reason::BadTimes)),
        (json!({ "exp": true }), Some(Reason::BadTimes)),
        (json!({ "nbf": NOW + 59 }), None),
        (json!({ "nbf": NOW + 61 }), Some(Reason::NotYetValid)),
        (json!({ "nbf": "0" }), Some(Reason::BadTimes)),
        (json!({ "iat": NOW + 59 }), None),
        (json!({ "iat": NOW + 61 }), Some(Reason::BadTimes)),
        (json!({ "iat": "0" }), Some(Reason::BadTimes)),
        (json!({ "iat": 0, "nbf": 0 }), None),
    ];
    for (members, reason) in table {
        let verdict = judged(&with_payload(claims_with(members.clone()).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, Verdict::Refused), "{members}");
    }
    expect_refused(&with_payload(r#"{"sub":"alice","exp":null}"#), Reason::BadTimes, "exp is null");
    expect_refused(
        &with_payload(r#"{"sub":"alice","exp":1e999}"#),
        Reason::Malformed,
        "exp is no number of this world",
    );
}

/// RFC 8725 sections 3.8 and 3.9.
#[test]
fn issuer_and_audience_are_compared_exactly_when_configured() {
    let settings: Settings<'_> = &[("JWT_ISSUER", "https://auth.example"), ("JWT_AUDIENCE", "tasks,api://tasks")];
    let good = json!({ "iss": "https://auth.example", "aud": "tasks" });
    let table = [
        (json!({}), None),
        (json!({ "aud": "api://tasks" }), None),
        (json!({ "aud": ["other", "tasks"] }), None),
        (json!({ "aud": null }), Some(Reason::ForeignAudience)),
        (json!({ "aud": "other" }), Some(Reason::ForeignAudience)),
        (json!({ "aud": "Tasks" }), Some(Reason::ForeignAudience)),
        (json!({ "aud": "tasks,api://tasks" }), Some(Reason::ForeignAudience)),
        (json!({ "aud": [] }), Some(Reason::ForeignAudience)),
        (json!({ "aud": ["other"] }), Some(Reason::ForeignAudience)),
        (json!({ "aud": [["tasks"]] }), Some(Reason::ForeignAudience)),
        (json!({ "aud": { "tasks": 1 } }), Some(Reason::ForeignAudience)),
        (json!({ "iss": null }), Some(Reason::ForeignIssuer)),
        (json!({ "iss": "https://auth.example/" }), Some(Reason::ForeignIssuer)),
        (json!({ "iss": "HTTPS://auth.example" }), Some(Reason::ForeignIssuer)),
        (json!({ "iss": ["https://auth.example"] }), Some(Reason::ForeignIssuer)),
    ];
    for (members, reason) in table {
        let mut all = good.clone();
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let verdict = judged_with(settings, &with_payload(claims_with(all).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, Verdict::Refused), "{members}");
    }
    assert_eq!(
        judged(&with_payload(claims_with(json!({ "iss": ["x"], "aud": 1 })).to_string())),
        alice(),
        "not configured"
    );
}

/// RFC 8725 sections 3.3 and 3.7, RFC 7515 sections 2 and 4 (a repeated member).
#[test]
fn what_is_not_exactly_a_compact_jws_of_json_objects_is_refused() {
    let texts: [&[u8]; 8] = [
        br#"{"sub":"alice","exp":4102444800,"sub":"bob"}"#,
        br#"{"sub":"alice","exp":4102444800,"x":{"a":1,"a":2}}"#,
        b"{\"sub\":\"alice\xff\",\"exp\":4102444800}",
        b"\xef\xbb\xbf{\"sub\":\"alice\",\"exp\":4102444800}",
        br#"[{"sub":"alice","exp":4102444800}]"#,
        br#""alice""#,
        br#"{"sub":"alice","exp":4102444800} {}"#,
        b"",
    ];
    for text in texts {
        expect_refused(&with_payload(text), Reason::Malformed, &String::from_utf8_lossy(text));
    }
    for header in
        [r#"{"alg":"HS256","alg":"none"}"#, r#"{"alg":"none","alg":"HS256"}"#, r#"{"alg":"HS256","x":1,"x":1}"#]
    {
        expect_refused(&with_header(header), Reason::Malformed, header);
    }
    expect_refused(&jws(HEADER, hs256(&claims(), SECRET), hmac(SECRET)), Reason::Malformed, "a token in a token");
    let good = with_header(HEADER);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let forms = [
        header.to_owned(),
        message.to_owned(),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{message}..{signature}"),
        format!("{good}.a.b"),
        format!(".{good}"),
        format!("{}.{signature}", message.replace('.', "=.")),
        format!("{message}\t.{signature}"),
        json!({ "protected": header, "payload": message, "signature": signature }).to_string(),
    ];
    for form in forms {
        expect_refused(&form, Reason::Malformed, &form);
    }
    // padded, it may pass for a signed session token, since Better Auth signs those with the same key; it has no row, then
    let padded = eddsa("ed", &claims()) + "=";
    expect_refused(&padded, Reason::Malformed, "padding");
    assert!(!matches!(judged(&format!("{good}=")), Verdict::User(_)), "padding");
}

/// The contract: 8 KiB and no more.
#[test]
fn tokens_over_8_kib_are_refused() {
    let with_length = |length| with_payload(claims_with(json!({ "pad": "x".repeat(length) })).to_string());
    let lengths = 5900..6300;
    let (mut longest, mut refused) = (0, 0);
    for token in lengths.map(with_length) {
        if token.len() <= 8192 {
            longest = token.len();
            assert_eq!(judged(&token), alice());
        } else {
            refused += 1;
            expect_refused(&token, Reason::TooLong, "longer");
        }
    }
    assert!(longest > 8188 && refused > 0, "the edge was crossed: {longest}");
}

/// A changed character is refused wherever it stands, even where base64url has bits to spare.
#[test]
fn no_changed_character_is_accepted() {
    for good in [with_header(HEADER), eddsa("ed", &claims())] {
        assert_eq!(judged(&good), alice());
        for at in 0..good.len() {
            for byte in (b'!'..=b'~').filter(|byte| *byte != good.as_bytes()[at]) {
                let mut changed = good.clone().into_bytes();
                changed[at] = byte;
                let changed = String::from_utf8(changed).unwrap();
                assert!(matches!(judged(&changed), Verdict::Refused(_)), "{at}: {changed}");
            }
            assert!(matches!(judged(&[&good[..at], &good[at + 1..]].concat()), Verdict::Refused(_)), "without {at}");
        }
    }
}

#[test]
fn the_settings_of_jwts_are_followed() {
    let token = |members: Value| with_payload(claims_with(members).to_string());
    // JWT_ALGORITHMS narrows
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "HS256")], &token(json!({}))), alice());
    let refused = Verdict::Refused(Reason::AlgorithmNotAllowed);
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "HS256")], &eddsa("ed", &claims())), refused);
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "EdDSA, ES256")], &token(json!({}))), refused);
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "EdDSA, ES256")], &eddsa("ed", &claims())), alice());
    // JWT_USER_CLAIM names one claim, and no other is looked at
    for (claim, members) in [("user_id", json!({ "user_id": "u" })), ("user.id", json!({ "user": { "id": "u" } }))] {
        assert_eq!(judged_with(&[("JWT_USER_CLAIM", claim)], &token(members)), Verdict::User("u".into()));
        let others =
            [json!({}), json!({ "user.id": "u", "user": "u" }), json!({ "user": { "id": "" }, "user_id": [] })];
        for others in others {
            let verdict = judged_with(&[("JWT_USER_CLAIM", claim)], &token(others.clone()));
            assert_eq!(verdict, Verdict::Refused(Reason::NoUser), "{claim} {others}");
        }
    }
    // JWT_SECRET takes the place of Better Auth's secret, for JWTs
    let own = "a secret for JWTs alone of 32 bytes";
    assert_eq!(judged_with(&[("JWT_SECRET", own)], &hs256(&claims(), own)), alice());
    let refused = Verdict::Refused(Reason::BadSignature);
    assert_eq!(judged_with(&[("JWT_SECRET", own)], &hs256(&claims(), SECRET)), refused);
    // of BETTER_AUTH_SECRETS all verify, and BETTER_AUTH_SECRET is not looked at beside them
    let secrets = format!("2:{own},1:an older secret of more than 32 bytes");
    for (secret, verdict) in [(own, alice()), ("an older secret of more than 32 bytes", alice()), (SECRET, refused)] {
        assert_eq!(judged_with(&[("BETTER_AUTH_SECRETS", &secrets)], &hs256(&claims(), secret)), verdict, "{secret}");
    }
}

fn settings_reach_the_edge(database: Database) {
    let own = "a secret for JWTs alone of 32 bytes";
    let settings = [("JWT_SECRET", own), ("JWT_USER_CLAIM", "user.id"), ("JWT_AUDIENCE", "tasks")];
    let app = App::start_with(database, &settings);
    let exp = chrono::Utc::now().timestamp() + 900;
    let good = json!({ "user": { "id": 7 }, "aud": ["tasks"], "exp": exp, "sub": "alice" });
    let ask = |path: &str, token: &str| app.request("GET", path).bearer(token).send();
    ask("/api/7/tasks", &hs256(&good, own)).expect(200);
    ask("/api/alice/tasks", &hs256(&good, own)).expect(403);
    ask("/api/7/tasks", &hs256(&good, SECRET)).expect(401);
    ask("/api/7/tasks", &hs256(&json!({ "user": { "id": 7 }, "aud": "x", "exp": exp }), own)).expect(401);
    ask("/api/7/tasks", &format!("{}.{}.{}", base64url("{}"), base64url("x".repeat(9000)), base64url("s"))).expect(401);
    // the cookie's secret stays Better Auth's; and no padded JWT under that one is a session
    let cookie = cookie_header(&app.sign_in("alice"));
    ask("/api/7/tasks", &format!("{}=", hs256(&good, SECRET))).expect(401);
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie).send().expect(200);
}
