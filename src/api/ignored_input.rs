//! Collects input that the service ignores: unknown names, and values without effect.
//!
//! With `Prefer: handling=strict` they are errors. The development mode logs their names.

use std::fmt::Write;

use crate::api::field_errors::{FieldError, FieldErrors};

/// Maximum length of an unknown name in a text, in characters.
const MAX_NAME: usize = 50;
/// The least Jaro-Winkler similarity of a name and its suggestion, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.8;

/// The ignored input of a request, as the errors of strict handling. Collects nothing by default.
#[derive(Default)]
pub(crate) struct IgnoredInput {
    collects: bool,
    found: FieldErrors,
}

impl IgnoredInput {
    /// Creates an empty collection. `collects`: strict handling or development mode.
    pub(crate) fn new(collects: bool) -> Self {
        Self { collects, ..Self::default() }
    }

    /// Returns whether ignored input is collected.
    pub(crate) fn is_collecting(&self) -> bool {
        self.collects
    }

    /// Adds ignored input. `error` is called only if the error is listed.
    pub(crate) fn push(&mut self, error: impl FnOnce() -> FieldError) {
        if self.collects {
            self.found.push_with(error);
        }
    }

    /// Adds a member or parameter without a meaning. `known` has the accepted names.
    pub(crate) fn push_unknown(&mut self, name: &str, known: &[&'static str], place: fn(&str, String) -> FieldError) {
        self.push(|| {
            let accepted = match suggestion(name, known) {
                Some(similar) => format!("did you mean {similar}?"),
                None if known.is_empty() => "none is accepted here".to_owned(),
                None => format!("accepted are {}", known.join(", ")),
            };
            place(&displayed(name), format!("is unknown and would be ignored; {accepted}"))
        });
    }

    /// Creates an empty collection for a part of the body.
    pub(crate) fn for_part(&self) -> Self {
        Self::new(self.collects)
    }

    /// Adds the ignored input of a part of the body, such as `operations/3`.
    pub(crate) fn push_part(&mut self, part: &str, ignored: Self) {
        self.found.push_nested(part, ignored.found);
    }

    /// Returns the errors of strict handling.
    pub(crate) fn into_errors(self) -> FieldErrors {
        self.found
    }
}

/// Converts an unknown name for texts: at most 50 characters. Others than letters, digits and `_.$-` become `?`.
fn displayed(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_.$-".contains(character);
    let mut shown = String::new();
    for character in name.chars().take(MAX_NAME) {
        shown.push(if is_plain(character) { character } else { '?' });
    }
    if name.chars().nth(MAX_NAME).is_some() {
        let _ = write!(shown, "…"); // writing to a String is infallible
    }
    shown
}

/// Returns the accepted name that is most similar, if any is similar.
fn suggestion(name: &str, known: &[&'static str]) -> Option<&'static str> {
    if name.len() > MAX_NAME {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let similarity = |known: &&'static str| (strsim::jaro_winkler(&name, known), *known);
    let similar = known.iter().map(similarity).filter(|(similarity, _)| *similarity >= MIN_SIMILARITY);
    similar.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_most_similar_name() {
        let known = ["title", "description", "due_date", "priority", "tags"];
        for (name, expected) in [
            ("titel", Some("title")),
            ("Title", Some("title")),
            ("prio", Some("priority")),
            ("descripton", Some("description")),
            ("duedate", Some("due_date")),
            ("tag", Some("tags")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(suggestion(name, &known), expected, "{name}");
        }
        assert_eq!(suggestion(&"title".repeat(20), &known), None);
    }

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(displayed("a\"<b>\n\u{1f600}"), "a??b???");
        assert_eq!(displayed(&"x".repeat(60)).chars().count(), 51);
    }
}
