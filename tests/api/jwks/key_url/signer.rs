//! Generates key pairs with the JWKs, table rows and tokens that Better Auth creates with them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::BETTER_AUTH_URL;

/// A key pair with its `kid`.
pub struct Signer {
    kid: String,
    pair: Pair,
}

enum Pair {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
}

impl Signer {
    /// Generates a key pair of Better Auth's default algorithm.
    pub fn new(kid: &str) -> Self {
        Self { kid: kid.to_owned(), pair: Pair::EdDsa(Ed25519KeyPair::generate().unwrap()) }
    }

    pub fn es256(kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            pair: Pair::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
        }
    }

    /// Returns the public key as Better Auth publishes it.
    pub fn jwk(&self) -> Value {
        let (kid, encode) = (&self.kid, |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes));
        match &self.pair {
            Pair::EdDsa(pair) => {
                json!({ "alg": "EdDSA", "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()), "kid": kid })
            }
            Pair::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "alg": "ES256", "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y), "kid": kid })
            }
        }
    }

    /// Returns the public key without these members.
    pub fn jwk_without(&self, members: &[&str]) -> Value {
        let mut jwk = self.jwk();
        members.iter().for_each(|member| drop(jwk.as_object_mut().unwrap().remove(*member)));
        jwk
    }

    /// Returns the `INSERT` statement of the row in Better Auth's table `jwks`.
    pub fn insert_statement(&self) -> String {
        let (kid, jwk) = (&self.kid, self.jwk_without(&["kid"]));
        format!(
            r#"INSERT INTO jwks (id, "publicKey", "privateKey", "createdAt") VALUES ('{kid}', '{jwk}', '', '2026-01-01T00:00:00Z')"#
        )
    }

    /// Returns a valid token of alice.
    pub fn token(&self) -> String {
        self.sign(&json!({ "alg": self.alg(), "kid": self.kid }))
    }

    /// Returns a valid token of alice without `kid`.
    pub fn token_without_kid(&self) -> String {
        self.sign(&json!({ "alg": self.alg() }))
    }

    fn alg(&self) -> &'static str {
        match self.pair {
            Pair::EdDsa(_) => "EdDSA",
            Pair::Es256(_) => "ES256",
        }
    }

    fn sign(&self, header: &Value) -> String {
        let claims = json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "exp": chrono::Utc::now().timestamp() + 900 });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(&claims));
        let signature = match &self.pair {
            Pair::EdDsa(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Pair::Es256(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
