//! Orders titles by the Unicode collation (UTS #10, root order of CLDR), the same on both databases.

use std::sync::LazyLock;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};

/// The version of the keys. Increment it when a new version of `icu_collator` computes other keys.
///
/// The service then replaces the stored keys of each user before it sorts the user's tasks. A unit test fails when keys change.
pub(crate) const KEY_VERSION: u8 = 1;

/// The maximum length of the collation part of a key, in bytes. Titles that differ after it sort by code points.
///
/// A title of 200 letters has about 220 bytes, and one of 200 Chinese characters about 620.
const MAX_COLLATION_BYTES: usize = 1024;

static COLLATOR: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| {
    Collator::try_new(CollatorPreferences::default(), CollatorOptions::default())
        .expect("the root collation is compiled in")
});

/// Returns a key whose byte order is the order of titles.
///
/// The key ends with a zero byte, [`KEY_VERSION`] and the title. The zero byte sorts before all bytes of a collation. The title orders
/// titles that collate equally, and shows to which title a stored key belongs.
pub(crate) fn title_key(title: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(title.len().saturating_mul(3));
    let Ok(()) = COLLATOR.write_sort_key_to(title, &mut key);
    key.truncate(MAX_COLLATION_BYTES);
    key.extend([0, KEY_VERSION]);
    key.extend_from_slice(title.as_bytes());
    key
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn titles_sort_by_collation() {
        let sorted = [
            "!", "1", "10", "2", "a", "A", "ä", "Ä", "az", "b", "o\u{308}", "oe", "z", "Z", "ß-", "zz", "Ω", "я", "あ",
            "中",
        ];
        // `ß` collates as `ss`
        let mut expected = sorted.to_vec();
        expected.retain(|title| *title != "ß-");
        let position = expected.iter().position(|title| *title == "z").unwrap();
        expected.insert(position, "ß-");
        let mut titles = sorted.to_vec();
        titles.reverse();
        titles.sort_by_key(|title| title_key(title));
        assert_eq!(titles, expected);
    }

    #[test]
    fn canonically_equal_titles_differ_only_after_the_collation() {
        let (nfc, nfd) = (title_key("\u{e9}t\u{e9}"), title_key("e\u{301}te\u{301}"));
        let collation = |key: &[u8]| key.split(|byte| *byte == 0).next().unwrap().to_vec();
        assert_eq!(collation(&nfc), collation(&nfd));
        assert_ne!(nfc, nfd);
    }

    #[test]
    fn keys_have_a_maximum_length() {
        for text in ["a", "中", "\u{1f600}", "\u{fdfa}", "e\u{301}\u{302}\u{303}"] {
            let title: String = text.chars().cycle().take(200).collect();
            assert!(title_key(&title).len() <= MAX_COLLATION_BYTES + 2 + 800, "{text}");
        }
        assert!(title_key(&"a".repeat(200)).len() < 500);
    }

    /// Fails when a version of `icu_collator` changes keys: then increment [`KEY_VERSION`] and accept the new digest.
    #[test]
    fn keys_are_those_of_the_version() {
        let mut digest = Sha256::new();
        for code in (0x20..0x3000_u32).chain(0x4e00..0x4f00).chain(0x1f300..0x1f700) {
            if let Some(character) = char::from_u32(code) {
                digest.update(title_key(&format!("a{character}b")));
            }
        }
        let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        const KEYS_OF_VERSION_1: &str = "eed1a50d90c7a3e41232d61768f516ad3a2802322fb97a1863dadf05bcaacc78";
        assert_eq!((KEY_VERSION, digest.as_str()), (1, KEYS_OF_VERSION_1));
    }
}
