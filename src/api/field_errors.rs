//! Collects the errors of a request's values, up to a limit.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use crate::recurrence::RuleError;

/// Maximum number of listed errors. The response to many invalid values must not be larger than the request.
const MAX_LISTED: usize = 20;

/// An invalid value of a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// The location: a JSON pointer as a URI fragment (`#/title`), or the name of a query parameter.
    pub pointer: String,
    /// The error without the field's name: "must not be empty".
    pub detail: String,
}

impl FieldError {
    /// Creates an error of a member of the body.
    pub fn member(name: &str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("#/{name}"), detail: detail.into() }
    }

    /// Creates an error of the whole body.
    pub fn body(detail: impl Into<String>) -> Self {
        Self { pointer: "#".into(), detail: detail.into() }
    }

    /// Creates an error of a query parameter.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self { pointer: name.to_owned(), detail: detail.into() }
    }

    /// Moves the error below a part of a larger body, such as `operations/3` or `3`.
    pub fn nested(self, part: &str) -> Self {
        let member = self.pointer.trim_start_matches('#');
        Self { pointer: format!("#/{part}{member}"), detail: self.detail }
    }

    /// Returns the pointer without `#/`; empty for the whole body.
    fn name(&self) -> &str {
        self.pointer.trim_start_matches("#/").trim_start_matches('#')
    }
}

impl fmt::Display for FieldError {
    /// Writes the name and the error, as one clause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "" => f.write_str(&self.detail),
            name => write!(f, "{name} {}", self.detail),
        }
    }
}

impl From<RuleError> for FieldError {
    /// Creates the error of a rejected rule.
    fn from(reason: RuleError) -> Self {
        Self::member("recurrence_rule", reason.to_string())
    }
}

/// The errors of a request's values: the first 20, and the number of the others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FieldErrors {
    listed: Vec<FieldError>,
    unlisted: usize,
}

impl FieldErrors {
    /// Adds an error.
    pub fn push(&mut self, error: FieldError) {
        self.push_with(|| error);
    }

    /// Adds an error that is created only if it is listed.
    pub fn push_with(&mut self, error: impl FnOnce() -> FieldError) {
        if self.listed.len() < MAX_LISTED {
            self.listed.push(error());
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    /// Adds the errors of another collection.
    pub fn append(&mut self, others: Self) {
        self.unlisted = self.unlisted.saturating_add(others.unlisted);
        self.extend(others.listed);
    }

    /// Adds the errors of a part of the body, such as `operations/3` or `3`.
    pub fn push_nested(&mut self, part: &str, errors: Self) {
        self.unlisted = self.unlisted.saturating_add(errors.unlisted);
        for error in errors.listed {
            self.push(error.nested(part));
        }
    }

    /// Returns the errors that the response lists.
    pub fn listed(&self) -> &[FieldError] {
        &self.listed
    }

    /// Returns the number of errors that the response does not list.
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// Returns whether there are no errors.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Returns `value` if there are no errors.
    ///
    /// # Errors
    /// These errors.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self { listed: vec![error], unlisted: 0 }
    }
}

impl Extend<FieldError> for FieldErrors {
    fn extend<I: IntoIterator<Item = FieldError>>(&mut self, errors: I) {
        errors.into_iter().for_each(|error| self.push(error));
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.listed.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        match self.unlisted {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_the_first_20_errors_and_counts_the_others() {
        let mut part = FieldErrors::default();
        part.extend((0..25).map(|number| FieldError::member(&format!("m{number}"), "is wrong")));
        assert_eq!((part.listed().len(), part.unlisted()), (20, 5));
        let mut errors = FieldErrors::from(FieldError::member("title", "is required"));
        errors.push_nested("3", part);
        assert_eq!((errors.listed().len(), errors.unlisted()), (20, 6));
        assert_eq!(errors.listed()[1].pointer, "#/3/m0");
        let text = errors.to_string();
        assert!(text.starts_with("title is required; 3/m0 is wrong; ") && text.ends_with("3/m18 is wrong; and 6 more"));
    }
}
