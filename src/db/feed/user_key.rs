//! Identifies users in notifications.

use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Half of the SHA-256 of a user's id. All roles of a database can listen to its notifications, so they do not contain ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct UserKey(u128);

impl UserKey {
    pub(super) fn of(user: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(user.as_bytes()).into();
        let (half, _) = digest.split_at(16);
        Self(half.iter().fold(0, |key, byte| key << 8 | u128::from(*byte)))
    }

    /// The length of a key as text.
    pub(super) const TEXT_LENGTH: usize = 32;

    /// Returns 32 hexadecimal digits.
    pub(super) fn to_text(self) -> String {
        format!("{:032x}", self.0)
    }
}

impl FromStr for UserKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}
