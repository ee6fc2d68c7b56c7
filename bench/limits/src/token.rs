//! Verifies an HS256 JWT: signature, expiry, user.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// The prepared HMAC key.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

impl Key {
    pub fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length"))
    }

    /// Returns the user of a valid token.
    pub fn user(&self, token: &str) -> Option<String> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header = URL_SAFE_NO_PAD.decode(header).ok()?;
        if serde_json::from_slice::<Header<'_>>(&header).ok()?.alg != "HS256" {
            return None;
        }
        let mut mac = self.0.clone();
        mac.update(message.as_bytes());
        mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        (claims.exp > now).then_some(claims.sub)
    }
}
