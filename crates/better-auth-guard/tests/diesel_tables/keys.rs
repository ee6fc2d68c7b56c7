//! Tests public keys of the `jwks` table.

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::database::{AnyConnection, Database};
use crate::on_both;

on_both!(
    keys_have_their_kid_and_algorithm,
    expired_keys_verify_for_30_days,
    a_missing_table_has_no_keys,
    a_configured_table_has_keys,
    invalid_rows_are_reported,
);

const KEY: &str = r#"{"crv":"Ed25519","kty":"OKP","x":"c_dmVmXMDublX5t1vf57O93lanbu6jbGa2cbDqX4usA"}"#;

fn insert<C: AnyConnection>(database: &Database<C>, id: &str, key: &str, alg: &str, expires_at: &str) {
    database.execute(&format!(
        r#"INSERT INTO "jwks" ("id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg")
            VALUES ('{id}', '{key}', '', '2026-01-01T00:00:00Z', {expires_at}, {alg})"#
    ));
}

/// Returns the ids of the loaded keys.
fn kids<C: AnyConnection>(database: &Database<C>) -> Vec<String> {
    let keys = database.keys().expect("the keys are readable").expect("the table exists");
    let mut kids: Vec<String> = keys.iter().map(|key| key["kid"].as_str().unwrap_or("none").to_owned()).collect();
    kids.sort();
    kids
}

fn keys_have_their_kid_and_algorithm<C: AnyConnection>() {
    let database = Database::<C>::migrated();
    assert_eq!(database.keys(), Ok(Some(vec![])));
    insert(&database, "k", KEY, "'EdDSA'", "NULL");
    let mut key: Value = serde_json::from_str(KEY).expect("JSON");
    key["kid"] = json!("k");
    key["alg"] = json!("EdDSA");
    assert_eq!(database.keys(), Ok(Some(vec![key.clone()])));
    // Better Auth before 1.7 has no column for the algorithm.
    database.execute(r#"ALTER TABLE "jwks" DROP COLUMN "alg""#);
    key.as_object_mut().expect("an object").remove("alg");
    assert_eq!(database.keys(), Ok(Some(vec![key])));
}

fn expired_keys_verify_for_30_days<C: AnyConnection>() {
    let database = Database::<C>::migrated();
    for (id, age) in [("future", -1), ("recent", 29), ("old", 31)] {
        let end = (Utc::now() - TimeDelta::days(age)).to_rfc3339_opts(SecondsFormat::Millis, true);
        insert(&database, id, KEY, "NULL", &format!("'{end}'"));
    }
    assert_eq!(kids(&database), ["future", "recent"]);
}

fn a_missing_table_has_no_keys<C: AnyConnection>() {
    let mut database = Database::<C>::empty();
    assert_eq!(database.keys(), Ok(None));
    // A configured table must exist.
    database.names.jwks = Some("signing_keys".parse().expect("a table"));
    let error = database.keys().expect_err("the table is missing");
    assert!(error.contains("the configured name of Better Auth's table jwks"), "{error}");
}

fn a_configured_table_has_keys<C: AnyConnection>() {
    let mut database = Database::<C>::empty();
    database.execute(&format!(
        "CREATE TABLE signing_keys (id text, key text); INSERT INTO signing_keys VALUES ('k', '{KEY}')"
    ));
    database.names.jwks = Some("signing_keys".parse().expect("a table"));
    database.names.columns = vec!["jwks.publicKey=key".parse().expect("a column")];
    assert_eq!(kids(&database), ["k"]);
}

fn invalid_rows_are_reported<C: AnyConnection>() {
    let database = Database::<C>::empty();
    database.execute(
        r#"CREATE TABLE "jwks" ("id" text, "publicKey" text, "expiresAt" text);
        INSERT INTO "jwks" VALUES ('k', 'no JSON', NULL)"#,
    );
    // The key set rejects `null`.
    assert_eq!(database.keys(), Ok(Some(vec![Value::Null])));
    database.execute(r#"UPDATE "jwks" SET "expiresAt" = 'tomorrow'"#);
    assert_eq!(database.keys(), Err("a timestamp in Better Auth's tables has an unknown format".to_owned()));
    database.execute(r#"UPDATE "jwks" SET "expiresAt" = NULL, "publicKey" = NULL"#);
    assert!(database.keys().is_err());
}
