//! Fits the texts of other programs to the limits of a task.

use sha2::{Digest, Sha256};

use crate::api::import::drafts::MAX_UID;

/// A text within the limits.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Fitted {
    pub text: String,
    /// Whether characters at the end were removed.
    pub is_cut: bool,
}

/// Trims a text, replaces line breaks and control characters by spaces, and cuts it.
pub(crate) fn single_line(text: &str, max: usize) -> Fitted {
    let is_break = |c: char| c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c);
    let text: String = text.trim().chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    let fitted = cut(&text, max);
    Fitted { text: fitted.text.trim().to_owned(), is_cut: fitted.is_cut }
}

/// Removes control characters other than tabs and line breaks, and cuts the text.
pub(crate) fn multi_line(text: &str, max: usize) -> Fitted {
    let text: String = text.chars().filter(|c| !c.is_control() || ['\t', '\n', '\r'].contains(c)).collect();
    cut(&text, max)
}

fn cut(text: &str, max: usize) -> Fitted {
    match text.char_indices().nth(max) {
        None => Fitted { text: text.to_owned(), is_cut: false },
        Some((end, _)) => Fitted { text: text.get(..end).unwrap_or_default().to_owned(), is_cut: true },
    }
}

/// Removes control characters from a uid, and shortens a long one. The end of a shortened uid is a hash, so it stays unique.
pub(crate) fn uid(text: &str) -> Option<String> {
    let uid: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if uid.chars().nth(MAX_UID).is_none() {
        return Some(uid).filter(|uid| !uid.is_empty());
    }
    let hash: String = Sha256::digest(uid.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let start: String = uid.chars().take(MAX_UID.saturating_sub(hash.len()).saturating_sub(1)).collect();
    Some(format!("{start}-{hash}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_texts() {
        for (text, expected, is_cut) in
            [(" a\r\nb\u{7}c ", "a  b c", false), ("abcdefghij", "abcdefgh", true), ("", "", false)]
        {
            assert_eq!(single_line(text, 8), Fitted { text: expected.into(), is_cut }, "{text:?}");
        }
        assert_eq!(multi_line("a\n\t\u{7}bcd", 4), Fitted { text: "a\n\tb".into(), is_cut: true });
        assert_eq!(single_line("\u{1f980}\u{1f980}", 1).text, "\u{1f980}");
    }

    #[test]
    fn long_uids_stay_unique() {
        assert_eq!(uid(" a\u{0}b "), Some("ab".into()));
        assert_eq!(uid(" "), None);
        let [one, other] = ["x", "y"].map(|end| uid(&("u".repeat(300) + end)).unwrap());
        assert!(one != other && one.chars().count() == MAX_UID);
        assert_eq!(uid(&"u".repeat(255)).unwrap().len(), 255);
    }
}
