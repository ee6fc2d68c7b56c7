//! Signature algorithms of JWTs.

/// An accepted signature algorithm (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// HMAC-SHA256 with the shared secret.
    Hs256,
    /// Ed25519, with the names `EdDSA` and `Ed25519` (RFC 9864).
    EdDsa,
    /// ECDSA on P-256.
    Es256,
    /// ECDSA on P-521.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

impl Algorithm {
    /// All algorithms: the default of `JWT_ALGORITHMS`.
    pub const ALL: [Self; 6] = [Self::Hs256, Self::EdDsa, Self::Es256, Self::Es512, Self::Rs256, Self::Ps256];

    /// Returns the algorithm with this name. Names are case-sensitive (RFC 7515 section 4.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "HS256" => Self::Hs256,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            "ES256" => Self::Es256,
            "ES512" => Self::Es512,
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            _ => return None,
        })
    }

    /// Returns the `alg` value of a token's header. For Ed25519 this is the older name, `EdDSA`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es512 => "ES512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }
}
