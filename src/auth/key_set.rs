//! Public keys that JWTs are verified with (RFC 7517), and which of a set's keys are refused.

use std::collections::HashSet;
use std::fmt;

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::auth::algorithm::Algorithm;
use crate::auth::roca;
use crate::json;

/// A key set larger than this is no key set.
pub const MAX_KEY_SET_BYTES: usize = 256 * 1024;
/// The smallest RSA modulus that is accepted: 2048 bits (RFC 7518 section 3.3).
const MIN_RSA_BYTES: usize = 256;

/// The keys of one source, at one moment.
#[derive(Clone, Default, Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    id: KeySetId,
}

/// Names a key set by its content: two sets have the same id if they have the same keys, in whatever order.
pub(crate) type KeySetId = [u8; 32];

/// A key that a source offered and that will not be used, and why; for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RejectedJwk {
    /// Its `kid`, if it has one.
    pub kid: Option<String>,
    /// What is wrong with it.
    pub why: &'static str,
}

impl KeySet {
    /// Reads `{"keys":[…]}`. A bad key is left out and reported; the others are used.
    ///
    /// # Errors
    /// A sentence, when the text is no key set at all.
    pub fn from_json(text: &[u8]) -> Result<(Self, Vec<RejectedJwk>), &'static str> {
        if text.len() > MAX_KEY_SET_BYTES {
            return Err("the key set is larger than 256 KiB");
        }
        let set = json::parse(text).map_err(|_| "the key set is not valid JSON")?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("the key set has no list named \"keys\"")?;
        Ok(Self::from_jwks(keys))
    }

    /// Reads JWKs one by one.
    pub fn from_jwks(jwks: &[Value]) -> (Self, Vec<RejectedJwk>) {
        let mut seen = HashSet::new();
        let kids = || jwks.iter().filter_map(|jwk| jwk.get("kid").and_then(Value::as_str));
        let repeated: HashSet<&str> = kids().filter(|kid| !seen.insert(*kid)).collect();
        let (mut keys, mut refused) = (Vec::new(), Vec::new());
        for jwk in jwks {
            let kid = jwk.get("kid").and_then(Value::as_str);
            let outcome = match kid {
                Some(kid) if repeated.contains(kid) => Err("another key of the set has the same kid"),
                _ => jwk.as_object().ok_or("it is not a JSON object").and_then(Key::from_jwk),
            };
            match outcome {
                Ok(key) => keys.push(key),
                Err(why) => refused.push(RejectedJwk { kid: kid.map(str::to_owned), why }),
            }
        }
        let id = id_of(&keys);
        (Self { keys, id }, refused)
    }

    pub(crate) fn id(&self) -> KeySetId {
        self.id
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The algorithms that its keys may be used with, each once.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let is_used = |algorithm: &Algorithm| self.keys.iter().any(|key| key.allows(*algorithm));
        Algorithm::ALL.into_iter().filter(is_used).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key of this `kid`. A set whose only key has no `kid`, and a token without one, leave no choice: that key.
    pub(crate) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        if let Some(named) = self.keys.iter().find(|key| kid.is_some() && key.kid.as_deref() == kid) {
            return Some(named);
        }
        match self.keys.as_slice() {
            [only] if kid.is_none() || only.kid.is_none() => Some(only),
            _ => None,
        }
    }
}

/// A public key, and the algorithms it may be used with: its own `alg`, never what a token's header says.
#[derive(Clone)]
pub(crate) struct Key {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    public: PublicKey,
    digest: [u8; 32],
}

#[derive(Clone)]
enum PublicKey {
    Library(Box<DecodingKey>),
    /// A point of P-521, uncompressed (SEC 1 section 2.3.3): the JWT library does not know this curve.
    P521(Vec<u8>),
}

impl Key {
    /// Whether it has a `kid` of its own.
    pub(crate) fn is_named(&self) -> bool {
        self.kid.is_some()
    }

    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether `signature` (base64url) is this key's over `message`.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &str) -> bool {
        let library = match algorithm {
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::Es512 => return self.verify_p521(message, signature),
            Algorithm::Hs256 => return false,
        };
        match &self.public {
            PublicKey::Library(key) => jsonwebtoken::crypto::verify(signature, message, key, library).unwrap_or(false),
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
        check_purpose(jwk)?;
        let (public, of_type): (PublicKey, &[Algorithm]) = match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) => {
                let x = coordinate(text("x"), 32)?;
                (PublicKey::Library(Box::new(DecodingKey::from_ed_der(&x))), &[Algorithm::EdDsa])
            }
            (Some("EC"), Some("P-256")) => {
                coordinate(text("x"), 32)?;
                coordinate(text("y"), 32)?;
                let key = DecodingKey::from_ec_components(text("x").unwrap_or(""), text("y").unwrap_or(""));
                (PublicKey::Library(Box::new(key.map_err(|_| "its point is not valid")?)), &[Algorithm::Es256])
            }
            (Some("EC"), Some("P-521")) => {
                let point = [vec![4], coordinate(text("x"), 66)?, coordinate(text("y"), 66)?].concat();
                (PublicKey::P521(point), &[Algorithm::Es512])
            }
            (Some("RSA"), _) => (rsa(text("n"), text("e"))?, &[Algorithm::Rs256, Algorithm::Ps256]),
            (Some("oct"), _) => return Err("it is symmetric: a published key cannot be a secret"),
            _ => return Err("its type or curve is not supported"),
        };
        let algorithms = match jwk.get("alg") {
            None | Some(Value::Null) => of_type.to_vec(),
            Some(alg) => match alg.as_str().and_then(Algorithm::named) {
                Some(alg) if of_type.contains(&alg) => vec![alg],
                _ => return Err("its alg does not fit its type, or is not supported"),
            },
        };
        Ok(Self { kid: text("kid").map(str::to_owned), algorithms, public, digest: digest(jwk) })
    }
}

/// A digest of the members that decide which signatures a key verifies.
fn digest(jwk: &Map<String, Value>) -> [u8; 32] {
    let members = ["kid", "alg", "kty", "crv", "x", "y", "n", "e"].map(|name| jwk.get(name).unwrap_or(&Value::Null));
    Sha256::digest(json!(members).to_string()).into()
}

fn id_of(keys: &[Key]) -> KeySetId {
    let mut digests: Vec<[u8; 32]> = keys.iter().map(|key| key.digest).collect();
    digests.sort_unstable();
    Sha256::digest(digests.concat()).into()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// `use` and `key_ops`, where given, must allow verifying (RFC 7517 sections 4.2 and 4.3).
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), &'static str> {
    if jwk.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err("its use is not sig");
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|operation| operation == "verify") => Ok(()),
        Some(_) => Err("its key_ops do not allow verify"),
    }
}

fn coordinate(text: Option<&str>, bytes: usize) -> Result<Vec<u8>, &'static str> {
    let decoded = URL_SAFE_NO_PAD.decode(text.unwrap_or("")).map_err(|_| "a coordinate is not base64url")?;
    if decoded.len() == bytes { Ok(decoded) } else { Err("a coordinate does not have the curve's length") }
}

fn rsa(n: Option<&str>, e: Option<&str>) -> Result<PublicKey, &'static str> {
    let decode =
        |text: Option<&str>| URL_SAFE_NO_PAD.decode(text.unwrap_or("")).map_err(|_| "its n or e is not base64url");
    let (modulus, exponent) = (decode(n)?, decode(e)?);
    let significant = modulus.iter().skip_while(|byte| **byte == 0).count();
    if significant < MIN_RSA_BYTES
        || modulus.iter().find(|byte| **byte != 0).is_none_or(|byte| significant == MIN_RSA_BYTES && *byte < 0x80)
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
