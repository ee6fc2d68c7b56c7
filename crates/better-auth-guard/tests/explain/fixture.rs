//! Creates credentials, policies and facts.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::explain::{Explainer, Explanation, Facts, TokenMatch};
use better_auth_guard::{
    AuthPolicy, CookieCacheMode, CredentialHeaders, KeySet, Secret, SessionRecord, Verifier, signed_cookie_value,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

pub const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
pub const OTHER_SECRET: &str = "another secret of more than 32 bytes";
pub const TOKEN: &str = "xx4Wy8KuXdb1pdkL5MMeJHzMWCCjkqlv";
/// The time of all verifications, in Unix seconds.
pub const NOW: i64 = 1_790_000_000;

/// A header and the settings and facts that explain it.
pub struct Case {
    pub authorization: Vec<Vec<u8>>,
    pub cookie: Vec<Vec<u8>>,
    pub policy: AuthPolicy,
    pub facts: Facts,
}

impl Case {
    fn new(authorization: Vec<Vec<u8>>, cookie: Vec<Vec<u8>>) -> Self {
        let facts =
            Facts { keys: Ok(keys()), session: Ok(Some(record())), token_match: TokenMatch::None, now: time(NOW) };
        Self { authorization, cookie, policy: policy(), facts }
    }

    pub fn authorization(value: impl AsRef<[u8]>) -> Self {
        Self::new(vec![value.as_ref().to_vec()], Vec::new())
    }

    pub fn bearer(credential: impl AsRef<str>) -> Self {
        Self::authorization(format!("Bearer {}", credential.as_ref()))
    }

    /// A JWT with `sub` and `exp`, and these claims instead or in addition. `null` removes a claim.
    pub fn hs256(claims: Value) -> Self {
        Self::bearer(sign_hs256(&json!({ "alg": "HS256" }), &with_defaults(claims).to_string(), SECRET))
    }

    pub fn eddsa(kid: &str, claims: Value) -> Self {
        Self::bearer(sign_eddsa(kid, with_defaults(claims)))
    }

    pub fn cookie(value: impl AsRef<str>) -> Self {
        Self::new(Vec::new(), vec![format!("better-auth.session_token={}", value.as_ref()).into_bytes()])
    }

    pub fn session_cookie() -> Self {
        Self::cookie(signed(TOKEN, SECRET))
    }

    /// A session cookie and a cookie cache that is the session.
    pub fn cookie_cache(value: &str) -> Self {
        let cookie = format!("better-auth.session_token={}; better-auth.session_data={value}", signed(TOKEN, SECRET));
        let mut case = Self::new(Vec::new(), vec![cookie.into_bytes()]);
        case.policy.cookie_cache.mode = CookieCacheMode::Required;
        case
    }

    pub fn with(mut self, change: impl FnOnce(&mut AuthPolicy, &mut Facts)) -> Self {
        change(&mut self.policy, &mut self.facts);
        self
    }

    pub fn record(mut self, change: impl FnOnce(&mut SessionRecord)) -> Self {
        let mut record = record();
        change(&mut record);
        self.facts.session = Ok(Some(record));
        self
    }

    pub fn headers(&self) -> CredentialHeaders<'_> {
        CredentialHeaders {
            authorization: self.authorization.iter().map(Vec::as_slice).collect(),
            cookie: self.cookie.iter().map(Vec::as_slice).collect(),
        }
    }

    /// Explains the case with the builder's names. Asserts that the texts have no secret, and no long part of the credential.
    #[track_caller]
    pub fn explain(&self) -> Explanation {
        let verifier = Verifier::new(self.policy.clone());
        let explanation = Explainer::new(&verifier).explain(&self.headers(), &self.facts);
        let texts = format!("{explanation} {explanation:?}");
        assert!(!texts.contains(SECRET) && !texts.contains(OTHER_SECRET), "a secret was printed: {texts}");
        for value in self.authorization.iter().chain(&self.cookie) {
            let value = String::from_utf8_lossy(value).replace("better-auth.session_", "");
            for part in value.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| part.len() > 12) {
                assert!(!texts.contains(part), "{part}: {texts}");
            }
        }
        explanation
    }
}

pub fn policy() -> AuthPolicy {
    AuthPolicy::new([Secret::new(SECRET)])
}

pub fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A session of alice for 7 days.
pub fn record() -> SessionRecord {
    SessionRecord {
        user_id: "alice".to_owned(),
        expires_at: time(NOW) + TimeDelta::days(7),
        user_exists: true,
        banned: false,
        ban_expires: None,
    }
}

pub fn signed(token: &str, secret: &str) -> String {
    signed_cookie_value(token, &Secret::new(secret))
}

fn with_defaults(claims: Value) -> Value {
    let mut all = json!({ "sub": "alice", "exp": NOW + 900 });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    all
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn hmac_of(message: &str, secret: &str) -> String {
    base64url(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message.as_bytes()))
}

pub fn sign_hs256(header: &Value, payload: &str, secret: &str) -> String {
    let message = format!("{}.{}", base64url(header.to_string()), base64url(payload));
    format!("{message}.{}", hmac_of(&message, secret))
}

fn key_pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

/// The key set with the key `ours`.
pub fn keys() -> KeySet {
    let x = base64url(key_pair().public_key());
    KeySet::from_jwks(&[json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "ours", "x": x })]).0
}

pub fn sign_eddsa(kid: &str, claims: Value) -> String {
    let header = json!({ "alg": "EdDSA", "kid": kid });
    let message = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    format!("{message}.{}", base64url(key_pair().sign(message.as_bytes())))
}

/// A cookie cache in the format `compact`, valid for an hour, with these members of the payload and this secret.
pub fn compact(token: &str, version: &str, secret: &str) -> String {
    let ends = (time(NOW) + TimeDelta::days(7)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let inner = json!({
        "session": { "token": token, "userId": "alice", "expiresAt": ends }, "user": { "id": "alice" }, "version": version,
    });
    let (inner, end) = (inner.to_string(), (NOW + 3600) * 1000);
    let message = format!("{},\"expiresAt\":{end}}}", inner.strip_suffix('}').unwrap());
    let signature = hmac_of(&message, secret);
    base64url(format!("{{\"session\":{inner},\"expiresAt\":{end},\"signature\":\"{signature}\"}}"))
}
