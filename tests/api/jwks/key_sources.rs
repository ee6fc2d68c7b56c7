//! Tests the sources of public keys, the table `jwks` and the file `JWKS_FILE`, and requests while a source is unavailable.
//!
//! The tokens are captured vectors that expire in 2100, one for each algorithm that Better Auth signs with.

use std::path::Path;

use better_auth_guard::KeySet;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::vectors::{jwk, long_lived_vectors, of_kind, text};
use crate::support::{
    App, Database, Settings, VerificationResult, ed25519_jwk, eddsa, hmac, jws, jwt, verifier, verify_header,
};
use crate::support::{insert, iso_in_one_hour};

on_both!(
    keys_of_the_table_verify_every_algorithm,
    keys_of_the_file_verify_every_algorithm,
    a_new_key_is_found_by_the_next_request,
    tables_of_every_version_are_supported,
    every_key_published_by_better_auth_is_trusted,
    an_expired_key_is_kept_for_30_days,
    an_invalid_row_does_not_affect_other_rows,
    without_a_table_the_key_set_is_empty,
    an_unavailable_key_set_is_an_outage,
    requests_share_the_wait_for_an_unavailable_key_set,
);

/// Disables the checks of issuer and audience. The captured tokens have another issuer than the tests, or none.
pub(super) const ANY_ISSUER: [(&str, &str); 2] = [("JWT_ISSUER", "any"), ("JWT_AUDIENCE", "any")];

pub(super) fn app_with(database: Database, settings: Settings<'_>) -> App {
    App::start_with(database, &[&ANY_ISSUER, settings].concat())
}

fn verdict_of(keys: &KeySet, token: &str) -> VerificationResult {
    let header = format!("Bearer {token}");
    verify_header(&verifier(&ANY_ISSUER), keys, ("Authorization", &header), 1_795_248_000_000)
}

/// Returns a row of Better Auth's table `jwks` (1.7). Its `publicKey` is the JWK without `kid` and `alg`.
fn row(jwk: &Value) -> Value {
    let mut public_jwk = jwk.clone();
    let kid = public_jwk.as_object_mut().and_then(|members| members.remove("kid"));
    let alg = public_jwk.as_object_mut().and_then(|members| members.remove("alg"));
    json!({ "id": kid, "publicKey": public_jwk.to_string(), "privateKey": "secret", "createdAt": iso_in_one_hour(), "alg": alg })
}

/// Lists the tasks of the vector's user with the vector's token and returns the status.
fn list_status(app: &App, vector: &Value) -> u16 {
    let path = format!("/api/{}/tasks", text(vector, "/expected/claims/sub"));
    app.request("GET", &path).bearer(text(vector, "/input/token")).send().status
}

fn write_keys(file: &Path, keys: &[Value]) {
    std::fs::write(file, json!({ "keys": keys }).to_string()).expect("the file can be written");
}

fn keys_of_the_table_verify_every_algorithm(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    let rows: Vec<String> = long_lived_vectors().iter().map(|vector| insert("jwks", &row(&jwk(vector)))).collect();
    app.execute(&rows.concat());
    for vector in long_lived_vectors() {
        assert_eq!(list_status(&app, &vector), 200, "{}", vector["id"]);
        app.request("GET", "/api/alice/tasks").bearer(text(&vector, "/input/token")).send().expect(403);
    }
}

fn keys_of_the_file_verify_every_algorithm(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    write_keys(&file, &long_lived_vectors().iter().map(jwk).collect::<Vec<_>>());
    let app = app_with(database, &[("JWKS_FILE", file.to_str().unwrap())]);
    for vector in long_lived_vectors() {
        assert_eq!(list_status(&app, &vector), 200, "{}", vector["id"]);
    }
    // JWKS_FILE replaces the table.
    app.make_better_auth_tables();
    app.execute(&insert("jwks", &row(&ed25519_jwk("in-the-table"))));
    let token = eddsa("in-the-table", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
    app.request("GET", "/api/alice/tasks").bearer(&token).send().expect(401);
}

fn a_new_key_is_found_by_the_next_request(database: Database) {
    let (first, added) = (&long_lived_vectors()[0], &long_lived_vectors()[1]);
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    app.execute(&insert("jwks", &row(&jwk(first))));
    assert_eq!(list_status(&app, first), 200);
    app.execute(&insert("jwks", &row(&jwk(added))));
    assert_eq!((list_status(&app, added), list_status(&app, first)), (200, 200));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    write_keys(&file, &[jwk(first)]);
    let app = app_with(database, &[("JWKS_FILE", file.to_str().unwrap())]);
    assert_eq!(list_status(&app, first), 200);
    write_keys(&file, &[jwk(first), jwk(added)]);
    assert_eq!((list_status(&app, added), list_status(&app, first)), (200, 200));
}

fn tables_of_every_version_are_supported(database: Database) {
    let date = if database == Database::Sqlite { "date" } else { "timestamp" };
    // Better Auth 1.2 and 1.3; 1.4 to 1.6; 1.2 with numeric ids.
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
        // Without `alg`, the type of the key determines the algorithm.
        let token = eddsa("1", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
        assert_eq!(verdict_of(&KeySet::from_jwks(&keys).0, &token), VerificationResult::User("alice".into()));
    }
}

fn public_keys(app: &App, now: DateTime<Utc>) -> Vec<Value> {
    let keys = actix_web::rt::System::new().block_on(app.db.public_keys(now));
    keys.expect("the database responds").expect("the table exists")
}

/// Checks that the service trusts every key that Better Auth publishes at the same time.
///
/// The service keeps an expired key for 30 days, Better Auth's default `gracePeriod`. The configured value is not in the database.
pub fn every_key_published_by_better_auth_is_trusted(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    for rotation_step in of_kind("jwks_rotation").iter().flat_map(|vector| vector["expected"].as_array().unwrap()) {
        app.execute("DELETE FROM jwks");
        for key_row in rotation_step["rows"].as_array().unwrap() {
            let mut row = row(&ed25519_jwk(text(key_row, "/id")));
            row["expiresAt"] = key_row["expiresAt"].clone();
            app.execute(&insert("jwks", &row));
        }
        let keys = public_keys(&app, DateTime::from_timestamp_millis(rotation_step["at"].as_i64().unwrap()).unwrap());
        let published = rotation_step["jwks"].as_array().unwrap();
        assert!(published.iter().all(|kid| keys.iter().any(|key| key["kid"] == *kid)), "{rotation_step}");
        assert_eq!(keys.len(), rotation_step["rows"].as_array().unwrap().len());
    }
}

fn an_expired_key_is_kept_for_30_days(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    let expired_at = Utc::now();
    let mut row = row(&ed25519_jwk("k"));
    row["expiresAt"] = expired_at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    app.execute(&insert("jwks", &row));
    let count = |days: i64, seconds: i64| {
        public_keys(&app, expired_at + TimeDelta::days(days) + TimeDelta::seconds(seconds)).len()
    };
    assert_eq!((count(-1, 0), count(1, 0), count(30, -1), count(30, 1)), (1, 1, 1, 0));
}

fn an_invalid_row_does_not_affect_other_rows(database: Database) {
    let app = app_with(database, &[]);
    app.make_better_auth_tables();
    let vector = &long_lived_vectors()[0];
    app.execute(&insert("jwks", &row(&jwk(vector))));
    for (kid, public_jwk) in [("1", "no JSON"), ("2", "[]"), ("3", ""), ("4", r#"{"kty":"oct","k":"c2VjcmV0"}"#)] {
        app.execute(&insert(
            "jwks",
            &json!({ "id": kid, "publicKey": public_jwk, "privateKey": "", "createdAt": iso_in_one_hour() }),
        ));
    }
    let (keys, rejected) = KeySet::from_jwks(&public_keys(&app, Utc::now()));
    assert_eq!((keys.len(), rejected.len()), (1, 4));
    let token = text(vector, "/input/token");
    assert_eq!(verdict_of(&keys, token), VerificationResult::User(text(vector, "/expected/claims/sub").into()));
    let forged = jws(r#"{"alg":"HS256","kid":"4"}"#, r#"{"sub":"alice","exp":4102444800}"#, hmac("secret"));
    app.request("GET", "/api/alice/tasks").bearer(&forged).send().expect(401);
}

fn without_a_table_the_key_set_is_empty(database: Database) {
    let app = app_with(database, &[("BETTER_AUTH_URL", "")]);
    let answer = app.request("GET", "/api/tasks").bearer(text(&long_lived_vectors()[0], "/input/token")).send();
    answer.expect(401);
    assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
    // Better Auth can create the table while the service runs.
    app.make_better_auth_tables();
    app.execute(&insert("jwks", &row(&jwk(&long_lived_vectors()[0]))));
    assert_eq!(list_status(&app, &long_lived_vectors()[0]), 200);
}

fn an_unavailable_key_set_is_an_outage(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let app = app_with(database, &[("JWKS_FILE", file.to_str().unwrap())]);
    let token = text(&long_lived_vectors()[0], "/input/token").to_owned();
    for contents in [None, Some("no JSON")] {
        if let Some(contents) = contents {
            std::fs::write(&file, contents).unwrap();
        }
        let answer = app.request("GET", "/api/tasks").bearer(&token).send();
        answer.expect(503);
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{answer:?}");
        assert_eq!(answer.header("www-authenticate"), None);
        // Requests that need no key of the set are unaffected.
        app.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
        app.request("GET", "/api/alice/tasks").bearer("nonsense").send().expect(401);
        app.request("GET", "/api/alice/tasks").send().expect(401);
    }
    write_keys(&file, &[jwk(&long_lived_vectors()[0])]);
    assert_eq!(list_status(&app, &long_lived_vectors()[0]), 200);
}

fn requests_share_the_wait_for_an_unavailable_key_set(database: Database) {
    let app = app_with(database, &[("JWKS_FILE", "/nonexistent/jwks.json")]);
    let token = text(&long_lived_vectors()[0], "/input/token").to_owned();
    // Two attempts to load the key set are 2 s apart. Requests that waited in sequence would exceed the client's timeout.
    std::thread::scope(|scope| {
        let requests: Vec<_> = (0..20)
            .map(|_| {
                let request = app.request("GET", "/api/tasks").bearer(&token);
                scope.spawn(|| request.send().status)
            })
            .collect();
        for request in requests {
            assert_eq!(request.join().expect("the request got a response"), 503);
        }
    });
}
