//! Signed tokens (RFC 7515) in their compact form: what may stand in a header, and whose signature it is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::auth::algorithm::Algorithm;
use crate::auth::credential_error::CredentialErrorReason;
use crate::auth::key_set::KeySet;
use crate::json;

/// A compact JWS, taken apart. Until a signature was checked, its header and claims are a stranger's words.
pub(crate) struct Jws<'a> {
    header: Map<String, Value>,
    claims: &'a str,
    message: &'a str,
    signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Takes a token apart; refused is what is not exactly three parts (RFC 7515 section 7.1), or has a header with an extension that
    /// we do not know (section 4.1.11), compression, or a key that the sender brings along (RFC 8725 sections 3.6 and 3.10).
    pub(crate) fn parse(token: &'a str) -> Result<Self, CredentialErrorReason> {
        const REFUSED: [&str; 8] = ["crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "enc"];
        let (message, signature) = token.rsplit_once('.').ok_or(CredentialErrorReason::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(CredentialErrorReason::Malformed)?;
        let header = object(header)?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(CredentialErrorReason::UnsupportedHeader);
        }
        if header.get("kid").is_some_and(|kid| !kid.is_string()) {
            return Err(CredentialErrorReason::Malformed);
        }
        Ok(Self { header, claims, message, signature })
    }

    /// `typ` of the header.
    pub(crate) fn typ(&self) -> Option<&Value> {
        self.header.get("typ")
    }

    /// The algorithm that the header names, if it is among these.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, CredentialErrorReason> {
        let name = self.header.get("alg").and_then(Value::as_str).ok_or(CredentialErrorReason::Malformed)?;
        Algorithm::named(name).filter(|named| allowed.contains(named)).ok_or(CredentialErrorReason::AlgorithmNotAllowed)
    }

    /// Checks the signature by the key that `kid` picks, with the key's own algorithm (RFC 8725 section 3.1).
    pub(crate) fn verify_with_key(&self, algorithm: Algorithm, keys: &KeySet) -> Result<(), CredentialErrorReason> {
        let kid = self.header.get("kid").and_then(Value::as_str);
        let key = keys.find(kid).ok_or(CredentialErrorReason::UnknownKey)?;
        if !key.allows(algorithm) {
            return Err(CredentialErrorReason::AlgorithmNotAllowed);
        }
        match self.check(|message, signature| key.verify(algorithm, message, signature)) {
            // Better Auth 1.2 publishes its very first key without its kid: the one that is named may have come since
            Err(CredentialErrorReason::BadSignature) if kid.is_some() && !key.is_named() => {
                Err(CredentialErrorReason::UnknownKey)
            }
            outcome => outcome,
        }
    }

    /// Checks the signature by asking about the bytes that are signed, and the signature as it stands there (base64url).
    pub(crate) fn check(&self, is_genuine: impl FnOnce(&[u8], &str) -> bool) -> Result<(), CredentialErrorReason> {
        if is_genuine(self.message.as_bytes(), self.signature) {
            Ok(())
        } else {
            Err(CredentialErrorReason::BadSignature)
        }
    }

    /// The claims. Call it after a check.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, CredentialErrorReason> {
        object(self.claims)
    }
}

/// A JSON object in base64url.
pub(crate) fn object(part: &str) -> Result<Map<String, Value>, CredentialErrorReason> {
    let text = URL_SAFE_NO_PAD.decode(part).map_err(|_| CredentialErrorReason::Malformed)?;
    match json::parse(&text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(CredentialErrorReason::Malformed),
    }
}
