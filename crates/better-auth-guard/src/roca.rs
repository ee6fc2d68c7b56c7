//! Detects RSA keys of a faulty generator (CVE-2017-15361, "ROCA").
//!
//! An attacker can compute their private key from the public key.

/// The largest prime of the test. For 2048 bits or more, the generator uses at least the primes up to 701 (Nemec et al., "The
/// Return of Coppersmith's Attack", CCS 2017, section 2.1).
const LARGEST_PRIME: u32 = 701;
const GENERATOR: u32 = 65_537;

/// Returns whether this modulus (big-endian) is a power of 65537 modulo every small prime.
///
/// A modulus of another generator has this property with a probability of 2^-167.
pub(crate) fn has_fingerprint(modulus: &[u8]) -> bool {
    let mut primes = (3..=LARGEST_PRIME).filter(|number| is_prime(*number));
    primes.all(|prime| is_power(remainder(modulus, prime), prime))
}

fn is_prime(number: u32) -> bool {
    (2..number).take_while(|factor| factor * factor <= number).all(|factor| !number.is_multiple_of(factor))
}

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime)
}

/// Returns whether `residue` is a power of the generator modulo `prime`.
fn is_power(residue: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == residue {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
        if power == 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::*;

    fn roca_modulus() -> Vec<u8> {
        let key: Value = serde_json::from_str(include_str!("../tests/data/roca.json")).unwrap();
        URL_SAFE_NO_PAD.decode(key["jwk"]["n"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn a_known_roca_key_has_the_fingerprint() {
        let modulus = roca_modulus();
        assert!(has_fingerprint(&modulus));
        assert!(has_fingerprint(&[&[0, 0], modulus.as_slice()].concat()), "leading zeros are ignored");
        for index in [0, 100, modulus.len() - 1] {
            let mut other = modulus.clone();
            other[index] ^= 2;
            assert!(!has_fingerprint(&other), "a modulus with one changed bit");
        }
    }

    #[test]
    fn generated_keys_do_not_have_the_fingerprint() {
        for size in [KeySize::Rsa2048, KeySize::Rsa2048, KeySize::Rsa2048, KeySize::Rsa3072] {
            let pair = RsaKeyPair::generate(size).unwrap();
            // RFC 8017 appendix A.1.1: nine bytes of DER before the modulus
            let modulus = &pair.public_key().as_ref()[9..9 + size.len()];
            assert!(!has_fingerprint(modulus));
        }
        assert!(!has_fingerprint(&[]));
    }
}
