//! Public keys: where they come from, which of them are refused, and what holds while they cannot be had.
//!
//! The tokens are those of the captured vectors that end in 2100, of every algorithm that Better Auth signs with.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::auth::{CredentialErrorReason, KeySet};

use crate::auth::captured_vectors::{insert, of_kind, soon, text};
use crate::on_both;
use crate::support::{
    App, Database, Settings, Verdict, base64url, ed25519, ed25519_jwk, eddsa, hmac, judge, jws, jwt, verifier,
};

on_both!(
    the_table_opens_the_api_for_every_algorithm,
    the_file_opens_the_api_for_every_algorithm,
    a_key_that_comes_later_is_found_at_once,
    tables_of_every_version_are_read,
    rows_become_the_jwks_that_better_auth_serves,
    rotated_keys_serve_as_long_as_better_auth_says,
    a_key_that_ended_serves_for_30_days_more,
    a_bad_row_does_not_spoil_the_others,
    without_a_table_there_are_no_keys,
    while_the_key_set_is_away_nobody_is_refused_or_let_in,
    those_who_wait_for_a_key_set_that_is_away_wait_together,
);

/// Vectors whose tokens are good for as long as this service lives: one for each asymmetric algorithm.
fn lasting() -> Vec<Value> {
    let algorithms = ["EdDSA", "ES256", "ES512", "PS256", "RS256"];
    let wanted = |vector: &Value| algorithms.iter().any(|alg| vector["id"] == format!("jwt/1.7.24/alg_{alg}"));
    let found: Vec<Value> = of_kind("jwt").into_iter().filter(wanted).collect();
    assert_eq!(found.len(), algorithms.len());
    assert!(found.iter().all(|vector| vector["expected"]["exp"] == 4_102_444_800_i64));
    found
}

fn jwk(vector: &Value) -> Value {
    vector["input"]["jwks"]["keys"][0].clone()
}

/// A row of Better Auth's `jwks` (1.7): the column holds the JWK without `kid` and `alg`.
fn row(jwk: &Value) -> Value {
    let mut public = jwk.clone();
    let kid = public.as_object_mut().and_then(|members| members.remove("kid"));
    let alg = public.as_object_mut().and_then(|members| members.remove("alg"));
    json!({ "id": kid, "publicKey": public.to_string(), "privateKey": "secret", "createdAt": soon(), "alg": alg })
}

/// What the user of this vector's token gets.
fn ask(app: &App, vector: &Value) -> u16 {
    let path = format!("/api/{}/tasks", text(vector, "/expected/claims/sub"));
    app.request("GET", &path).bearer(text(vector, "/input/token")).send().status
}

fn write_keys(file: &Path, keys: &[Value]) {
    std::fs::write(file, json!({ "keys": keys }).to_string()).expect("the file can be written");
}

fn the_table_opens_the_api_for_every_algorithm(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    let rows: Vec<String> = lasting().iter().map(|vector| insert("jwks", &row(&jwk(vector)))).collect();
    app.execute(&rows.concat());
    for vector in lasting() {
        assert_eq!(ask(&app, &vector), 200, "{}", vector["id"]);
        app.request("GET", "/api/alice/tasks").bearer(text(&vector, "/input/token")).send().expect(403);
    }
}

fn the_file_opens_the_api_for_every_algorithm(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    write_keys(&file, &lasting().iter().map(jwk).collect::<Vec<_>>());
    let app = app_with(database, &[("JWKS_FILE", file.to_str().unwrap())]);
    for vector in lasting() {
        assert_eq!(ask(&app, &vector), 200, "{}", vector["id"]);
    }
    // the file is the key set, and the table is not looked at
    app.make_better_auth_tables();
    app.execute(&insert("jwks", &row(&ed25519_jwk("in-the-table"))));
    let token = eddsa("in-the-table", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
    app.request("GET", "/api/alice/tasks").bearer(&token).send().expect(401);
}

fn a_key_that_comes_later_is_found_at_once(database: Database) {
    let (first, later) = (&lasting()[0], &lasting()[1]);
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    app.execute(&insert("jwks", &row(&jwk(first))));
    assert_eq!(ask(&app, first), 200);
    app.execute(&insert("jwks", &row(&jwk(later))));
    assert_eq!((ask(&app, later), ask(&app, first)), (200, 200));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    write_keys(&file, &[jwk(first)]);
    let app = app_with(database, &[("JWKS_FILE", file.to_str().unwrap())]);
    assert_eq!(ask(&app, first), 200);
    write_keys(&file, &[jwk(first), jwk(later)]);
    assert_eq!((ask(&app, later), ask(&app, first)), (200, 200));
}

fn tables_of_every_version_are_read(database: Database) {
    let date = if database == Database::Sqlite { "date" } else { "timestamp" };
    // 1.2 and 1.3; 1.4 to 1.6; and 1.2 with numbers for ids
    let shapes = [("text", String::new()), ("text", format!(", \"expiresAt\" {date}")), ("integer", String::new())];
    for (id, more) in shapes {
        let app = app_with(database, &[]);
        app.execute(&format!(
            r#"CREATE TABLE "jwks" ("id" {id} NOT NULL PRIMARY KEY, "publicKey" text NOT NULL, "privateKey" text NOT NULL,
               "createdAt" {date} NOT NULL{more})"#
        ));
        let mut row = row(&ed25519_jwk("1"));
        row.as_object_mut().unwrap().remove("alg");
        if id == "integer" {
            row["id"] = 1.into();
        }
        app.execute(&insert("jwks", &row));
        let keys = public_keys(&app, Utc::now());
        assert_eq!((keys.len(), &keys[0]["kid"], &keys[0]["alg"]), (1, &json!("1"), &json!(null)), "{id}{more}");
        // the algorithm is that of the key's type, then
        let token = eddsa("1", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
        assert_eq!(judge_with(&KeySet::from_jwks(&keys).0, &token), Verdict::User("alice".into()));
    }
}

fn public_keys(app: &App, now: DateTime<Utc>) -> Vec<Value> {
    let keys = actix_web::rt::System::new().block_on(app.db.public_keys(now));
    keys.expect("the database answers").expect("the table is there")
}

pub fn rows_become_the_jwks_that_better_auth_serves(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    for vector in of_kind("jwks_db_row") {
        app.execute("DELETE FROM jwks");
        app.execute(&insert("jwks", &vector["input"]["row_sqlite"]));
        assert_eq!(public_keys(&app, Utc::now()), [vector["expected"]["jwk"].clone()], "{}", vector["id"]);
    }
}

/// Every key that Better Auth publishes at a moment is one of ours at that moment. Those that it has ceased to publish we keep for its
/// default of 30 days, because `gracePeriod` stands in its configuration alone.
pub fn rotated_keys_serve_as_long_as_better_auth_says(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    for moment in of_kind("jwks_rotation").iter().flat_map(|vector| vector["expected"].as_array().unwrap()) {
        app.execute("DELETE FROM jwks");
        for ended in moment["rows"].as_array().unwrap() {
            let mut row = row(&ed25519_jwk(text(ended, "/id")));
            row["expiresAt"] = ended["expiresAt"].clone();
            app.execute(&insert("jwks", &row));
        }
        let keys = public_keys(&app, DateTime::from_timestamp_millis(moment["at"].as_i64().unwrap()).unwrap());
        let published = moment["jwks"].as_array().unwrap();
        assert!(published.iter().all(|kid| keys.iter().any(|key| key["kid"] == *kid)), "{moment}");
        assert_eq!(keys.len(), moment["rows"].as_array().unwrap().len());
    }
}

fn a_key_that_ended_serves_for_30_days_more(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    let end = Utc::now();
    let mut row = row(&ed25519_jwk("k"));
    row["expiresAt"] = end.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    app.execute(&insert("jwks", &row));
    let count =
        |days: i64, seconds: i64| public_keys(&app, end + TimeDelta::days(days) + TimeDelta::seconds(seconds)).len();
    assert_eq!((count(-1, 0), count(1, 0), count(30, -1), count(30, 1)), (1, 1, 1, 0));
}

fn a_bad_row_does_not_spoil_the_others(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    let vector = &lasting()[0];
    app.execute(&insert("jwks", &row(&jwk(vector))));
    for (kid, public) in [("1", "no JSON"), ("2", "[]"), ("3", ""), ("4", r#"{"kty":"oct","k":"c2VjcmV0"}"#)] {
        app.execute(&insert("jwks", &json!({ "id": kid, "publicKey": public, "privateKey": "", "createdAt": soon() })));
    }
    let (keys, refused) = KeySet::from_jwks(&public_keys(&app, Utc::now()));
    assert_eq!((keys.len(), refused.len()), (1, 4));
    let token = text(vector, "/input/token");
    assert_eq!(judge_with(&keys, token), Verdict::User(text(vector, "/expected/claims/sub").into()));
    let forged = jws(r#"{"alg":"HS256","kid":"4"}"#, r#"{"sub":"alice","exp":4102444800}"#, hmac("secret"));
    app.request("GET", "/api/alice/tasks").bearer(&forged).send().expect(401);
}

fn without_a_table_there_are_no_keys(database: Database) {
    let app = app_with(database, &[("BETTER_AUTH_URL", "")]);
    let answer = app.request("GET", "/api/tasks").bearer(text(&lasting()[0], "/input/token")).send();
    answer.expect(401);
    assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
    // Better Auth may migrate while the service runs
    app.make_better_auth_tables();
    app.execute(&insert("jwks", &row(&jwk(&lasting()[0]))));
    assert_eq!(ask(&app, &lasting()[0]), 200);
}

fn while_the_key_set_is_away_nobody_is_refused_or_let_in(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let app = app_with(database, &[("JWKS_FILE", file.to_str().unwrap())]);
    let token = text(&lasting()[0], "/input/token").to_owned();
    for contents in [None, Some("no JSON")] {
        if let Some(contents) = contents {
            std::fs::write(&file, contents).unwrap();
        }
        let answer = app.request("GET", "/api/tasks").bearer(&token).send();
        answer.expect(503);
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{answer:?}");
        assert_eq!(answer.header("www-authenticate"), None);
        // what needs no key of the set is judged as ever
        app.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
        app.request("GET", "/api/alice/tasks").bearer("nonsense").send().expect(401);
        app.request("GET", "/api/alice/tasks").send().expect(401);
    }
    write_keys(&file, &[jwk(&lasting()[0])]);
    assert_eq!(ask(&app, &lasting()[0]), 200);
}

fn those_who_wait_for_a_key_set_that_is_away_wait_together(database: Database) {
    let app = app_with(database, &[("JWKS_FILE", "/nonexistent/jwks.json")]);
    let token = text(&lasting()[0], "/input/token").to_owned();
    // between two attempts there are 2 s: one after the other, the last of these would be answered after the client has given up
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let request = app.request("GET", "/api/tasks").bearer(&token);
                scope.spawn(|| request.send().status)
            })
            .collect();
        for waiter in waiting {
            assert_eq!(waiter.join().expect("it was answered"), 503);
        }
    });
}

/// RFC 7517, RFC 7518 section 3.3, RFC 8725 sections 3.4 and 3.5. Each key is left out, by name and with the reason, and the good key
/// beside it is used.
#[test]
fn bad_keys_are_refused_with_the_reason() {
    let [ed, es256, es512, _, rs256] = lasting().iter().map(jwk).collect::<Vec<_>>().try_into().expect("five keys");
    let bytes = |length: usize, first: u8| base64url([vec![first], vec![0xff; length - 1]].concat());
    let (bits_1024, bits_2047) = (bytes(128, 0xff), bytes(256, 0x7f));
    let table = [
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), json!({}), "it is symmetric: a published key cannot be a secret"),
        (ed.clone(), json!({ "use": "enc" }), "its use is not sig"),
        (ed.clone(), json!({ "use": ["sig"] }), "its use is not sig"),
        (ed.clone(), json!({ "key_ops": ["sign"] }), "its key_ops do not allow verify"),
        (ed.clone(), json!({ "key_ops": [] }), "its key_ops do not allow verify"),
        (ed.clone(), json!({ "key_ops": "verify" }), "its key_ops do not allow verify"),
        (rs256.clone(), json!({ "n": bits_1024 }), "its RSA modulus has fewer than 2048 bits"),
        (rs256.clone(), json!({ "n": bits_2047 }), "its RSA modulus has fewer than 2048 bits"),
        (rs256.clone(), json!({ "n": "" }), "its RSA modulus has fewer than 2048 bits"),
        (rs256.clone(), json!({ "n": "+/==" }), "its n or e is not base64url"),
        (rs256.clone(), json!({ "e": "AQ" }), "its RSA exponent is not an odd number above 1"),
        (rs256.clone(), json!({ "e": "AAE" }), "its RSA exponent is not an odd number above 1"),
        (rs256.clone(), json!({ "e": "BA" }), "its RSA exponent is not an odd number above 1"),
        (rs256.clone(), json!({ "e": "" }), "its RSA exponent is not an odd number above 1"),
        (ed.clone(), json!({ "x": bytes(31, 1) }), "a coordinate does not have the curve's length"),
        (ed.clone(), json!({ "x": bytes(33, 1) }), "a coordinate does not have the curve's length"),
        (ed.clone(), json!({ "x": null }), "a coordinate does not have the curve's length"),
        (ed.clone(), json!({ "x": "not base64url!" }), "a coordinate is not base64url"),
        (es256.clone(), json!({ "y": bytes(31, 1) }), "a coordinate does not have the curve's length"),
        (es512.clone(), json!({ "x": bytes(65, 1) }), "a coordinate does not have the curve's length"),
        (
            es512.clone(),
            json!({ "x": bytes(32, 1), "y": bytes(32, 1) }),
            "a coordinate does not have the curve's length",
        ),
        (ed.clone(), json!({ "alg": "RS256" }), "its alg does not fit its type, or is not supported"),
        (es256.clone(), json!({ "alg": "ES512" }), "its alg does not fit its type, or is not supported"),
        (es512.clone(), json!({ "alg": "ES256" }), "its alg does not fit its type, or is not supported"),
        (rs256.clone(), json!({ "alg": "HS256" }), "its alg does not fit its type, or is not supported"),
        (rs256.clone(), json!({ "alg": "RSA-OAEP" }), "its alg does not fit its type, or is not supported"),
        (rs256.clone(), json!({ "alg": 256 }), "its alg does not fit its type, or is not supported"),
        (ed.clone(), json!({ "crv": "X25519" }), "its type or curve is not supported"),
        (ed.clone(), json!({ "crv": "Ed448" }), "its type or curve is not supported"),
        (es256.clone(), json!({ "crv": "secp256k1" }), "its type or curve is not supported"),
        (es256.clone(), json!({ "kty": "OKP" }), "its type or curve is not supported"),
        (json!({}), json!({}), "its type or curve is not supported"),
    ];
    for (key, members, why) in table {
        let mut bad = key;
        bad.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        bad["kid"] = "bad".into();
        let set = json!({ "keys": [bad, ed25519_jwk("good")] }).to_string();
        let (keys, refused) = KeySet::from_json(set.as_bytes()).expect("the set itself is one");
        let refused: Vec<_> = refused.iter().map(|key| (key.kid.as_deref(), key.reason)).collect();
        assert_eq!((keys.len(), refused), (1, vec![(Some("bad"), why)]), "{bad}");
        let token = eddsa("good", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
        assert_eq!(judge_with(&keys, &token), Verdict::User("alice".into()));
    }
}

#[test]
fn key_sets_that_say_two_things_are_refused() {
    let (one, mut two) = (ed25519_jwk("same"), jwk(&lasting()[1]));
    two["kid"] = "same".into();
    // which of the two would verify is for neither to say
    let (keys, refused) = KeySet::from_jwks(&[one, two, json!("text"), ed25519_jwk("other")]);
    let why: Vec<_> = refused.iter().map(|key| key.reason).collect();
    let twice = "another key of the set has the same kid";
    assert_eq!((keys.len(), why), (1, vec![twice, twice, "it is not a JSON object"]));

    let big = format!(r#"{{"keys":[],"pad":"{}"}}"#, "x".repeat(256 * 1024));
    for bad in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "{\"keys\":[]} x", &big] {
        assert!(KeySet::from_json(bad.as_bytes()).is_err(), "{:.40}", bad);
    }
    assert!(KeySet::from_json(br#"{"keys":[]}"#).is_ok_and(|(keys, refused)| keys.is_empty() && refused.is_empty()));
}

const CLAIMS: &str = r#"{"sub":"alice","exp":4102444800}"#;

/// Captured tokens are of another front end than that of the tests, and some of these have no issuer.
const ANY_ISSUER: [(&str, &str); 2] = [("JWT_ISSUER", "any"), ("JWT_AUDIENCE", "any")];

fn app_with(database: Database, settings: Settings<'_>) -> App {
    App::start_with(database, &[&ANY_ISSUER, settings].concat())
}

fn judge_with(keys: &KeySet, token: &str) -> Verdict {
    let header = format!("Bearer {token}");
    judge(&verifier(&ANY_ISSUER), keys, ("Authorization", &header), 1_795_248_000_000)
}

/// RFC 8725 section 3.1: a key is used with its own algorithm, whatever a token says, even where both fit its type.
#[test]
fn one_key_has_one_algorithm() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    // RFC 8017 appendix A.1.1: nine bytes of DER before a modulus of 2048 bits
    let modulus = base64url(&pair.public_key().as_ref()[9..265]);
    let sign = |alg: &str, padding: &'static dyn RsaEncoding| {
        jws(&json!({ "alg": alg, "kid": "r" }).to_string(), CLAIMS, |message| {
            let mut signature = vec![0; 256];
            pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("it signs");
            signature
        })
    };
    let (pkcs1, pss) = (sign("RS256", &RSA_PKCS1_SHA256), sign("PS256", &RSA_PSS_SHA256));
    let refused = Verdict::Refused(CredentialErrorReason::AlgorithmNotAllowed);
    let alice = Verdict::User("alice".into());
    let table = [(json!("RS256"), &alice, &refused), (json!("PS256"), &refused, &alice), (json!(null), &alice, &alice)];
    for (alg, by_pkcs1, by_pss) in table {
        let (keys, _) =
            KeySet::from_jwks(&[json!({ "kty": "RSA", "kid": "r", "alg": alg, "n": modulus, "e": "AQAB" })]);
        assert_eq!((&judge_with(&keys, &pkcs1), &judge_with(&keys, &pss)), (by_pkcs1, by_pss), "{alg}");
    }
    let (keys, _) = KeySet::from_jwks(&[json!({ "kty": "RSA", "kid": "r", "n": modulus, "e": "AQAB" })]);
    let mislabelled = [sign("RS256", &RSA_PSS_SHA256), sign("PS256", &RSA_PKCS1_SHA256)];
    for token in mislabelled {
        assert_eq!(judge_with(&keys, &token), Verdict::Refused(CredentialErrorReason::BadSignature));
    }
}

/// RFC 8725 section 3.4: a point that is not on the curve, and the signature of zeros that a careless verifier takes for any key's.
#[test]
fn points_off_the_curve_and_signatures_of_zeros_prove_nothing() {
    for vector in lasting() {
        let token = text(&vector, "/input/token");
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (keys, _) = KeySet::from_jwks(&[jwk(&vector)]);
        assert_eq!(judge_with(&keys, token), Verdict::User(text(&vector, "/expected/claims/sub").into()));
        let zeros = base64url(vec![0; signature.len() * 3 / 4]);
        assert_eq!(
            judge_with(&keys, &format!("{message}.{zeros}")),
            Verdict::Refused(CredentialErrorReason::BadSignature)
        );
        assert_eq!(judge_with(&keys, &format!("{message}.")), Verdict::Refused(CredentialErrorReason::BadSignature));
        let mut off = jwk(&vector);
        if off["kty"] == "EC" {
            off["y"] = off["x"].clone();
            let (keys, _) = KeySet::from_jwks(&[off]);
            assert!(matches!(judge_with(&keys, token), Verdict::Refused(_)), "{}", vector["id"]);
        }
    }
}

/// `kid` picks the key; without one there is a choice only where the set leaves none.
#[test]
fn a_key_is_picked_by_its_kid() {
    let token = |header: Value| {
        jws(&header.to_string(), CLAIMS, |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
    };
    let (named, unnamed) = (token(json!({ "alg": "EdDSA", "kid": "a" })), token(json!({ "alg": "EdDSA" })));
    let mut without = ed25519_jwk("a");
    without.as_object_mut().unwrap().remove("kid");
    let (alice, unknown) = (Verdict::User("alice".into()), Verdict::Refused(CredentialErrorReason::UnknownKey));
    let es256 = jwk(&lasting()[1]);
    let table = [
        (vec![ed25519_jwk("a")], &alice, &alice),
        (vec![without.clone()], &alice, &alice), // 1.2 answers so when its key is new
        (vec![es256.clone(), ed25519_jwk("a")], &alice, &unknown),
        (vec![es256.clone(), without], &unknown, &unknown),
        (vec![ed25519_jwk("b")], &unknown, &alice),
        (vec![], &unknown, &unknown),
    ];
    for (set, by_name, without_name) in table {
        let (keys, _) = KeySet::from_jwks(&set);
        assert_eq!((&judge_with(&keys, &named), &judge_with(&keys, &unnamed)), (by_name, without_name), "{set:?}");
    }
}
