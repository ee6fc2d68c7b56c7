//! Parses signed tokens in compact form (RFC 7515), and verifies their signatures.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::invalid_credential::CredentialErrorReason;
use crate::json;
use crate::key_set::KeySet;

/// A parsed compact JWS. Its header and claims are untrusted until the signature is verified.
pub(crate) struct Jws<'a> {
    header: Map<String, Value>,
    claims: &'a str,
    message: &'a str,
    signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Parses a token of three parts (RFC 7515 section 7.1).
    ///
    /// Rejects headers with critical extensions (section 4.1.11), compression, or the sender's key (RFC 8725 sections 3.6 and
    /// 3.10).
    pub(crate) fn parse(token: &'a str) -> Result<Self, CredentialErrorReason> {
        const REJECTED_HEADERS: [&str; 8] = ["crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "enc"];
        let (message, signature) = token.rsplit_once('.').ok_or(CredentialErrorReason::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(CredentialErrorReason::Malformed)?;
        let header = decode_object(header)?;
        if REJECTED_HEADERS.iter().any(|name| header.contains_key(*name)) {
            return Err(CredentialErrorReason::UnsupportedHeader);
        }
        if header.get("kid").is_some_and(|kid| !kid.is_string()) {
            return Err(CredentialErrorReason::Malformed);
        }
        Ok(Self { header, claims, message, signature })
    }

    /// Returns the header's `typ`.
    pub(crate) fn typ(&self) -> Option<&Value> {
        self.header.get("typ")
    }

    /// Returns the header's algorithm if it is allowed.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, CredentialErrorReason> {
        let name = self.header.get("alg").and_then(Value::as_str).ok_or(CredentialErrorReason::Malformed)?;
        Algorithm::from_name(name)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or(CredentialErrorReason::AlgorithmNotAllowed)
    }

    /// Verifies the signature with the key of the header's `kid`.
    ///
    /// The key must allow the algorithm (RFC 8725 section 3.1).
    pub(crate) fn verify_with_key(&self, algorithm: Algorithm, keys: &KeySet) -> Result<(), CredentialErrorReason> {
        let kid = self.header.get("kid").and_then(Value::as_str);
        let key = keys.find(kid).ok_or(CredentialErrorReason::UnknownKey)?;
        if !key.allows(algorithm) {
            return Err(CredentialErrorReason::AlgorithmNotAllowed);
        }
        match self.verify_with(|message, signature| key.verify(algorithm, message, signature)) {
            // Better Auth 1.2 publishes its first key without a kid: a refreshed set may have the key with this kid
            Err(CredentialErrorReason::BadSignature) if kid.is_some() && !key.has_kid() => {
                Err(CredentialErrorReason::UnknownKey)
            }
            outcome => outcome,
        }
    }

    /// Verifies the signature with a function.
    ///
    /// Its arguments are the signed bytes and the base64url signature.
    pub(crate) fn verify_with(&self, is_valid: impl FnOnce(&[u8], &str) -> bool) -> Result<(), CredentialErrorReason> {
        if is_valid(self.message.as_bytes(), self.signature) {
            Ok(())
        } else {
            Err(CredentialErrorReason::BadSignature)
        }
    }

    /// Returns the claims. Call it after the signature is verified.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, CredentialErrorReason> {
        decode_object(self.claims)
    }
}

/// Decodes a JSON object from base64url.
pub(crate) fn decode_object(part: &str) -> Result<Map<String, Value>, CredentialErrorReason> {
    let text = URL_SAFE_NO_PAD.decode(part).map_err(|_| CredentialErrorReason::Malformed)?;
    match json::parse(&text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(CredentialErrorReason::Malformed),
    }
}
