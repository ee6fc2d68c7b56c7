//! Creates Better Auth's cookie cache, for tests that change it. The tests and benches of the service `task-api` also use this file.

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::{hkdf, hmac as mac};
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::credentials::{base64url, cookie_header, hmac};

/// The session token of the tests.
pub const TOKEN: &str = "tok00000000000000000000000000000";
/// A secret that the service does not have.
pub const OTHER_SECRET: &str = "another secret of more than 32 bytes";

/// Returns the time one hour from now, in Unix milliseconds.
pub fn in_one_hour() -> i64 {
    (Utc::now() + TimeDelta::hours(1)).timestamp_millis()
}

/// Returns the time one hour from now, in Better Auth's ISO 8601 form.
pub fn iso_in_one_hour() -> String {
    (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns a `Cookie` header with the session of [`TOKEN`] and this cached session.
pub fn with_cached_session(cached: &str) -> String {
    format!("{}; better-auth.session_data={cached}", cookie_header(TOKEN))
}

/// Returns the cached session of this user, valid for an hour. Better Auth writes the `version` since 1.4.
pub fn cached_session(user: &str, token: &str) -> Value {
    json!({
        "session": { "expiresAt": iso_in_one_hour(), "token": token, "userId": user, "id": "s" },
        "user": { "name": "Zoë \u{2028}", "email": "z@example.com", "emailVerified": false, "score": 1e21, "id": user },
        "updatedAt": Utc::now().timestamp_millis(), "version": "1",
    })
}

/// Encodes the form `compact`. `expires_at` is in Unix milliseconds.
pub fn compact(inner: &Value, expires_at: i64, secret: &str) -> String {
    let inner = inner.to_string();
    let signed = format!("{},\"expiresAt\":{expires_at}}}", inner.strip_suffix('}').expect("the session is an object"));
    let signature = base64url(hmac(secret)(&signed));
    base64url(format!(r#"{{"session":{inner},"expiresAt":{expires_at},"signature":"{signature}"}}"#))
}

/// Encrypts claims as the form `jwe`, with this header.
pub fn jwe(header: &Value, claims: impl AsRef<[u8]>, secret: &str) -> String {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            64
        }
    }
    let mut key = [0; 64];
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"better-auth-session");
    let extracted = salt.extract(secret.as_bytes());
    let expanded = extracted.expand(&[b"BetterAuth.js Generated Encryption Key"], Length).expect("HKDF gives 64 bytes");
    expanded.fill(&mut key).expect("HKDF gives 64 bytes");
    let header = base64url(header.to_string());
    let cipher = UnboundCipherKey::new(&AES_256, &key[32..]).and_then(PaddedBlockEncryptingKey::cbc_pkcs7);
    let (iv, mut text) = ([9; 16], claims.as_ref().to_vec());
    let context = EncryptionContext::Iv128((&iv).into());
    cipher.and_then(|cipher| cipher.less_safe_encrypt(&mut text, context)).expect("the claims can be encrypted");
    let bits = (header.len() as u64 * 8).to_be_bytes();
    let all = [header.as_bytes(), &iv, &text, &bits].concat();
    let tag = mac::sign(&mac::Key::new(mac::HMAC_SHA512, &key[..32]), &all);
    format!("{header}..{}.{}.{}", base64url(iv), base64url(&text), base64url(&tag.as_ref()[..32]))
}
