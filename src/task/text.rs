//! Validates texts.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::task::field::{Field, Loaded, Member, Problem};

/// The limits of a single-line text.
pub(crate) struct SingleLineText {
    /// The minimum number of characters.
    pub min: usize,
    /// The maximum number of characters.
    pub max: usize,
}

impl SingleLineText {
    /// Parses and trims a text.
    pub(crate) fn read(&self, value: Value) -> Result<String, Problem> {
        let Value::String(text) = value else { return Err("must be text".into()) };
        let text = text.trim();
        match text.chars().count() {
            count if count < self.min => Err("must not be empty".into()),
            count if count > self.max => Err(format!("must have at most {} characters", self.max).into()),
            _ if text.contains(char::is_control) || text.contains(['\u{2028}', '\u{2029}']) => {
                Err("must not contain line breaks or control characters".into())
            }
            _ => Ok(text.to_owned()),
        }
    }

    pub(crate) fn schema(&self) -> ObjectBuilder {
        string().min_length(Some(self.min)).max_length(Some(self.max)).pattern(Some("\\S"))
    }
}

/// The limits of a multi-line text, which is stored unchanged.
pub(crate) struct MultiLineText {
    /// The maximum number of characters.
    pub max: usize,
}

impl MultiLineText {
    /// Parses a text or `null`.
    pub(crate) fn read(&self, value: Value) -> Result<Option<String>, Problem> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) if text.chars().count() > self.max => {
                Err(format!("must have at most {} characters", self.max).into())
            }
            Value::String(text) if text.contains(|c: char| c.is_control() && !['\t', '\n', '\r'].contains(&c)) => {
                Err("must not contain control characters".into())
            }
            Value::String(text) => Ok(Some(text)),
            _ => Err("must be text or null".into()),
        }
    }

    pub(crate) fn schema(&self) -> ObjectBuilder {
        string().max_length(Some(self.max))
    }
}

/// The limits of a list of distinct words.
pub(crate) struct WordList {
    /// The maximum number of words.
    pub max: usize,
    /// The maximum number of characters of a word.
    pub max_length: usize,
}

impl WordList {
    /// Parses a list, and removes duplicates.
    ///
    /// Accepts a list of texts, a list of objects with `name`, or one comma-separated text.
    pub(crate) fn read(&self, value: Value) -> Result<Vec<String>, Problem> {
        const TYPE_ERROR: &str = "must be a list of texts";
        match value {
            Value::Null => Ok(Vec::new()),
            Value::String(list) => self.distinct(list.split(',').filter(|word| !word.trim().is_empty()).map(Ok)),
            Value::Array(list) => self.distinct(list.into_iter().map(|word| parse_word(word).ok_or(TYPE_ERROR.into()))),
            _ => Err(TYPE_ERROR.into()),
        }
    }

    /// Removes duplicates, and stops at the first word over the limit. The limit bounds the comparisons with earlier words.
    fn distinct<T: AsRef<str>>(&self, input: impl Iterator<Item = Result<T, Problem>>) -> Result<Vec<String>, Problem> {
        let mut words: Vec<String> = Vec::new();
        for word in input {
            let word = word?;
            let word = word.as_ref().trim();
            if !(1..=self.max_length).contains(&word.chars().count()) || word.contains(char::is_control) {
                let max = self.max_length;
                return Err(format!("must each have 1 to {max} characters, without control characters").into());
            }
            if words.iter().any(|earlier| is_same_text(earlier, word)) {
                continue;
            }
            if words.len() == self.max {
                return Err(format!("must have at most {} items", self.max).into());
            }
            words.push(word.to_owned());
        }
        Ok(words)
    }
}

fn parse_word(word: Value) -> Option<String> {
    match word {
        Value::String(text) => Some(text),
        Value::Object(mut members) => match members.remove("name") {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Parses a text with `read`. Returns `None` for `null` and an empty text, and `type_error` for other types.
pub(crate) fn optional<T>(
    value: Value,
    type_error: &'static str,
    read: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => read(text.trim()).map(Some),
        _ => Err(type_error.into()),
    }
}

/// A field with one nullable text column.
pub(crate) trait OptionalText {
    const NAMES: &'static [&'static str];
    const RULES: &'static str;
    /// The error for a value other than a text or `null`.
    const TYPE_ERROR: &'static str;

    /// Parses a non-empty text.
    ///
    /// # Errors
    /// The text is invalid.
    fn read_text(text: &str) -> Result<String, Problem>;

    /// Returns whether a word means `null`.
    fn is_none(_text: &str) -> bool {
        false
    }
}

impl<T: OptionalText> Member for T {
    type Value = Option<String>;
    const NAMES: &'static [&'static str] = T::NAMES;
    const NULLABLE: bool = true;
    const RULES: &'static str = T::RULES;

    fn read(value: Value) -> Result<Option<String>, Problem> {
        match &value {
            Value::String(text) if T::is_none(text.trim()) => Ok(None),
            _ => optional(value, T::TYPE_ERROR, T::read_text),
        }
    }

    fn default() -> Option<String> {
        None
    }

    fn schema() -> RefOr<Schema> {
        string().into()
    }

    fn json(value: &Option<String>) -> impl Serialize {
        value
    }
}

impl<T: OptionalText> Field for T {
    type Columns = (Option<String>,);

    fn store(value: &Option<String>) -> Self::Columns {
        (value.clone(),)
    }

    fn load((text,): Self::Columns) -> Loaded<Option<String>> {
        Ok(text)
    }
}

/// Returns the schema of a text.
pub(crate) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// Converts a text to Unicode normalization form C. Canonically equal texts, such as `é` and `e` with an accent, become equal.
pub(crate) fn normalized(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Returns whether two texts are canonically equal.
pub(crate) fn is_same_text(one: &str, other: &str) -> bool {
    one == other || normalized(one) == normalized(other)
}

/// Folds the case of a text and normalizes it, for searches.
///
/// Converts each character to upper case, then to lower case. So `ß` equals `SS`, and both Greek lower-case sigmas are equal. Both
/// databases then have the same result; their `lower` functions differ.
pub(crate) fn case_folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let text = normalized(text);
    let folded: String = text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    // upper case can decompose characters
    match normalized(&folded) {
        Cow::Borrowed(_) => folded,
        Cow::Owned(folded) => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms_and_cases_fold_to_the_same_text() {
        for (one, other) in [
            ("\u{c9}T\u{c9}", "e\u{301}te\u{301}"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{3a3}\u{3a3}", "\u{3c3}\u{3c2}"),
            ("\u{1fe4}", "\u{3c1}\u{313}"),
            ("\u{ac00}", "\u{1100}\u{1161}"),
            ("\u{212b}", "a\u{30a}"),
            ("q\u{307}\u{323}", "Q\u{323}\u{307}"),
        ] {
            assert_eq!(case_folded(one), case_folded(other), "{one}");
            assert_eq!(case_folded(&case_folded(one)), case_folded(one), "{one}");
        }
        assert_ne!(case_folded("e"), case_folded("\u{e9}"));
    }
}
