//! Parses key sets (RFC 7517), rejects unsuitable keys, and verifies signatures.

use std::collections::HashSet;
use std::fmt;

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::algorithm::Algorithm;
use crate::json;
use crate::roca;

/// The maximum size of a key set: 256 KiB.
pub const MAX_KEY_SET_BYTES: usize = 256 * 1024;
/// The minimum size of an RSA modulus: 2048 bits (RFC 7518 section 3.3).
const MIN_RSA_BYTES: usize = 256;

/// An immutable snapshot of one source's keys.
#[derive(Clone, Default, Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    id: KeySetId,
}

/// Identifies a key set by its content. Sets with the same keys have the same id, in any order.
pub type KeySetId = [u8; 32];

/// A rejected key of a source, for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RejectedJwk {
    /// The key's `kid`, if it has one.
    pub kid: Option<String>,
    /// The reason for the rejection.
    pub reason: &'static str,
}

impl KeySet {
    /// Parses `{"keys":[…]}`. Reports invalid keys and uses the others.
    ///
    /// # Errors
    /// The text is larger than 256 KiB, is not valid JSON, or has no list `keys`.
    pub fn from_json(text: &[u8]) -> Result<(Self, Vec<RejectedJwk>), &'static str> {
        if text.len() > MAX_KEY_SET_BYTES {
            return Err("the key set is larger than 256 KiB");
        }
        let set = json::parse(text).map_err(|_| "the key set is not valid JSON")?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("the key set has no list named \"keys\"")?;
        Ok(Self::from_jwks(keys))
    }

    /// Parses JWKs. Rejects keys with a repeated `kid`.
    pub fn from_jwks(jwks: &[Value]) -> (Self, Vec<RejectedJwk>) {
        let mut seen = HashSet::new();
        let kids = || jwks.iter().filter_map(|jwk| jwk.get("kid").and_then(Value::as_str));
        let repeated: HashSet<&str> = kids().filter(|kid| !seen.insert(*kid)).collect();
        let (mut keys, mut rejected) = (Vec::new(), Vec::new());
        for jwk in jwks {
            let kid = jwk.get("kid").and_then(Value::as_str);
            let outcome = match kid {
                Some(kid) if repeated.contains(kid) => Err("another key of the set has the same kid"),
                _ => jwk.as_object().ok_or("it is not a JSON object").and_then(Key::from_jwk),
            };
            match outcome {
                Ok(key) => keys.push(key),
                Err(reason) => rejected.push(RejectedJwk { kid: kid.map(str::to_owned), reason }),
            }
        }
        let id = key_set_id(&keys);
        (Self { keys, id }, rejected)
    }

    /// Returns the id of the set's content.
    pub fn id(&self) -> KeySetId {
        self.id
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns the algorithms of the keys, without duplicates.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let is_used = |algorithm: &Algorithm| self.keys.iter().any(|key| key.allows(*algorithm));
        Algorithm::ALL.into_iter().filter(is_used).collect()
    }

    /// Returns whether the set has no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns whether a public key is in both sets. `kid` and `alg` may differ: versions of Better Auth publish them differently.
    pub fn shares_key_with(&self, other: &Self) -> bool {
        self.keys.iter().any(|key| other.keys.iter().any(|other| other.material == key.material))
    }

    /// Returns the key with this `kid`.
    ///
    /// A set with one key returns that key if the token or the key has no `kid`.
    pub(crate) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        if let Some(key) = self.keys.iter().find(|key| kid.is_some() && key.kid.as_deref() == kid) {
            return Some(key);
        }
        match self.keys.as_slice() {
            [only] if kid.is_none() || only.kid.is_none() => Some(only),
            _ => None,
        }
    }
}

/// A public key and its algorithms. A token's header cannot add algorithms.
#[derive(Clone)]
pub(crate) struct Key {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    public: PublicKey,
    digest: [u8; 32],
    /// A digest of the public key alone.
    material: [u8; 32],
}

#[derive(Clone)]
enum PublicKey {
    Library(Box<DecodingKey>),
    /// An uncompressed point of P-521 (SEC 1 section 2.3.3). The JWT library does not support this curve.
    P521(Vec<u8>),
}

impl Key {
    /// Returns whether the key has a `kid`.
    pub(crate) fn has_kid(&self) -> bool {
        self.kid.is_some()
    }

    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Returns whether `signature` (base64url) is valid for `message`.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &str) -> bool {
        let library_algorithm = match algorithm {
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::Es512 => return self.verify_p521(message, signature),
            Algorithm::Hs256 => return false,
        };
        match &self.public {
            PublicKey::Library(key) => {
                jsonwebtoken::crypto::verify(signature, message, key, library_algorithm).unwrap_or(false)
            }
            PublicKey::P521(_) => false,
        }
    }

    fn verify_p521(&self, message: &[u8], signature: &str) -> bool {
        let (PublicKey::P521(point), Ok(signature)) = (&self.public, URL_SAFE_NO_PAD.decode(signature)) else {
            return false;
        };
        UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).verify(message, &signature).is_ok()
    }

    fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, &'static str> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        check_key_use(jwk)?;
        let (public, type_algorithms): (PublicKey, &[Algorithm]) = match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) => {
                let x = decode_coordinate(text("x"), 32)?;
                (PublicKey::Library(Box::new(DecodingKey::from_ed_der(&x))), &[Algorithm::EdDsa])
            }
            (Some("EC"), Some("P-256")) => {
                decode_coordinate(text("x"), 32)?;
                decode_coordinate(text("y"), 32)?;
                let key = DecodingKey::from_ec_components(text("x").unwrap_or(""), text("y").unwrap_or(""));
                (PublicKey::Library(Box::new(key.map_err(|_| "its point is not valid")?)), &[Algorithm::Es256])
            }
            (Some("EC"), Some("P-521")) => {
                let point = [vec![4], decode_coordinate(text("x"), 66)?, decode_coordinate(text("y"), 66)?].concat();
                (PublicKey::P521(point), &[Algorithm::Es512])
            }
            (Some("RSA"), _) => (parse_rsa(text("n"), text("e"))?, &[Algorithm::Rs256, Algorithm::Ps256]),
            (Some("oct"), _) => return Err("it is symmetric: a published key cannot be a secret"),
            _ => return Err("its type or curve is not supported"),
        };
        let algorithms = match jwk.get("alg") {
            None | Some(Value::Null) => type_algorithms.to_vec(),
            Some(alg) => match alg.as_str().and_then(Algorithm::from_name) {
                Some(alg) if type_algorithms.contains(&alg) => vec![alg],
                _ => return Err("its alg does not fit its type, or is not supported"),
            },
        };
        let material = digest(jwk, &MATERIAL);
        Ok(Self { kid: text("kid").map(str::to_owned), algorithms, public, digest: digest(jwk, &MEMBERS), material })
    }
}

/// The members of the public key.
const MATERIAL: [&str; 6] = ["kty", "crv", "x", "y", "n", "e"];

/// The members that affect verification.
const MEMBERS: [&str; 8] = ["kid", "alg", "kty", "crv", "x", "y", "n", "e"];

/// Returns a digest of these members.
fn digest(jwk: &Map<String, Value>, names: &[&str]) -> [u8; 32] {
    let members: Vec<&Value> = names.iter().map(|name| jwk.get(*name).unwrap_or(&Value::Null)).collect();
    Sha256::digest(json!(members).to_string()).into()
}

fn key_set_id(keys: &[Key]) -> KeySetId {
    let mut digests: Vec<[u8; 32]> = keys.iter().map(|key| key.digest).collect();
    digests.sort_unstable();
    Sha256::digest(digests.concat()).into()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// Checks that `use` and `key_ops`, if present, allow verification (RFC 7517 sections 4.2 and 4.3).
fn check_key_use(jwk: &Map<String, Value>) -> Result<(), &'static str> {
    if jwk.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err("its use is not sig");
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|operation| operation == "verify") => Ok(()),
        Some(_) => Err("its key_ops do not allow verify"),
    }
}

fn decode_coordinate(text: Option<&str>, bytes: usize) -> Result<Vec<u8>, &'static str> {
    let decoded = URL_SAFE_NO_PAD.decode(text.unwrap_or("")).map_err(|_| "a coordinate is not base64url")?;
    if decoded.len() == bytes { Ok(decoded) } else { Err("a coordinate does not have the curve's length") }
}

fn parse_rsa(n: Option<&str>, e: Option<&str>) -> Result<PublicKey, &'static str> {
    let decode =
        |text: Option<&str>| URL_SAFE_NO_PAD.decode(text.unwrap_or("")).map_err(|_| "its n or e is not base64url");
    let (modulus, exponent) = (decode(n)?, decode(e)?);
    let significant_bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
    if significant_bytes < MIN_RSA_BYTES
        || modulus.iter().find(|byte| **byte != 0).is_none_or(|byte| significant_bytes == MIN_RSA_BYTES && *byte < 0x80)
    {
        return Err("its RSA modulus has fewer than 2048 bits");
    }
    let exponent: Vec<u8> = exponent.into_iter().skip_while(|byte| *byte == 0).collect();
    if exponent.last().is_none_or(|byte| byte % 2 == 0) || exponent == [1] {
        return Err("its RSA exponent is not an odd number above 1");
    }
    if roca::has_fingerprint(&modulus) {
        return Err("its private key can be computed (ROCA, CVE-2017-15361): replace it");
    }
    Ok(PublicKey::Library(Box::new(DecodingKey::from_rsa_raw_components(&modulus, &exponent))))
}
