//! Texts with limits.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::task::field::{Field, Loaded, Member, Problem};

/// A text of one line.
pub(crate) struct Line {
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
}

impl Line {
    /// Reads a text, and trims it.
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

/// A text of several lines, kept as it is sent.
pub(crate) struct Lines {
    /// The most characters.
    pub max: usize,
}

impl Lines {
    /// Reads a text, or `null`.
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

/// A list of different words.
pub(crate) struct Words {
    /// The most words.
    pub max: usize,
    /// The most characters of a word.
    pub max_length: usize,
}

impl Words {
    /// Reads a list of texts, a list of objects with `name`, or one text with commas. Drops repeated words.
    pub(crate) fn read(&self, value: Value) -> Result<Vec<String>, Problem> {
        const FORM: &str = "must be a list of texts";
        match value {
            Value::Null => Ok(Vec::new()),
            Value::String(list) => self.distinct(list.split(',').filter(|word| !word.trim().is_empty()).map(Ok)),
            Value::Array(list) => self.distinct(list.into_iter().map(|word| word_text(word).ok_or(FORM.into()))),
            _ => Err(FORM.into()),
        }
    }

    /// Stops at the first word that is one too many: each word is compared with those before it.
    fn distinct<T: AsRef<str>>(&self, given: impl Iterator<Item = Result<T, Problem>>) -> Result<Vec<String>, Problem> {
        let mut words: Vec<String> = Vec::new();
        for word in given {
            let word = word?;
            let word = word.as_ref().trim();
            if !(1..=self.max_length).contains(&word.chars().count()) || word.contains(char::is_control) {
                let most = self.max_length;
                return Err(format!("must each have 1 to {most} characters, none of them a control character").into());
            }
            if words.iter().any(|known| known == word) {
                continue;
            }
            if words.len() == self.max {
                return Err(format!("must be at most {}", self.max).into());
            }
            words.push(word.to_owned());
        }
        Ok(words)
    }
}

fn word_text(word: Value) -> Option<String> {
    match word {
        Value::String(text) => Some(text),
        Value::Object(mut members) => match members.remove("name") {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Reads a text by `read`. `null` and an empty text are no value.
pub(crate) fn optional<T>(
    value: Value,
    form: &'static str,
    read: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => read(text.trim()).map(Some),
        _ => Err(form.into()),
    }
}

/// A field with one nullable column of text.
pub(crate) trait OptionalText {
    const NAMES: &'static [&'static str];
    const RULES: &'static str;
    /// The error of a value that is neither a text nor `null`.
    const FORM: &'static str;

    /// Reads a text that is not empty.
    ///
    /// # Errors
    /// The reason why the text is refused.
    fn read_text(text: &str) -> Result<String, Problem>;
}

impl<T: OptionalText> Member for T {
    type Value = Option<String>;
    const NAMES: &'static [&'static str] = T::NAMES;
    const NULLABLE: bool = true;
    const RULES: &'static str = T::RULES;

    fn read(value: Value) -> Result<Option<String>, Problem> {
        optional(value, T::FORM, T::read_text)
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

/// The schema of a text.
pub(crate) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// Folds the case of a text for searches and sorting: each character to upper case, then to lower case.
///
/// So `ß` equals `SS`, and the two Greek lower-case sigmas are equal. Both databases then agree; their own `lower` functions do not.
pub(crate) fn case_folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}
