//! Tests that RSA keys with a computable private key are rejected (CVE-2017-15361, "ROCA").
//!
//! The key is a test vector of Project Wycheproof.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, ed25519_jwk, eddsa};

on_both!(a_token_of_a_roca_key_is_rejected);

fn test_vector() -> Value {
    serde_json::from_str(include_str!("../../../crates/better-auth-guard/tests/data/roca.json")).expect("JSON")
}

fn a_token_of_a_roca_key_is_rejected(database: Database) {
    let vector = test_vector();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, json!({ "keys": [vector["jwk"], ed25519_jwk("good")] }).to_string()).unwrap();
    let app = App::start_with(database, &[("JWKS_FILE", file.to_str().unwrap()), ("JWT_ISSUER", "any")]);
    let forged = vector["token"].as_str().expect("a token");
    app.request("GET", "/api/tasks").bearer(forged).send().expect(401);
    // The other key of the set is accepted.
    let valid = eddsa("good", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
    app.request("GET", "/api/tasks").bearer(&valid).send().expect(200);
}
