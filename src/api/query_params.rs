//! The pairs of a query string, under all the names that a parameter has.

#![deny(clippy::arithmetic_side_effects)]

use actix_web::web::Query;

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};

/// What is wrong with a value that `read` does not know.
const UNKNOWN: &str = "has a value that is not known";

/// The pairs of a query string, and what is wrong with those that were read.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    wrong: FieldErrors,
}

impl Parameters {
    /// Splits a query string.
    pub(crate) fn of(query: &str) -> ApiResult<Self> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| ApiError::Malformed("The query string is malformed.".into()))?;
        Ok(Self { pairs: pairs.into_inner(), wrong: FieldErrors::default() })
    }

    /// The values under these names, each with the name it stands under; empty ones are none.
    fn given<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.trim()));
        pairs.filter(|(name, value)| names.contains(name) && !value.is_empty())
    }

    /// The one value that these names give, read by `read`. Two that contradict each other are wrong.
    pub(crate) fn single<T: PartialEq>(&mut self, names: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.single_or(names, |value| read(value).ok_or(UNKNOWN.into()))
    }

    /// The same of a text of at most `most` characters, without NUL.
    pub(crate) fn text(&mut self, names: &[&str], most: usize) -> Option<String> {
        self.single_or(names, |value| {
            if value.chars().nth(most).is_some() {
                return Err(format!("must be at most {most} characters"));
            }
            if value.contains('\0') { Err("must not contain NUL".into()) } else { Ok(value.to_owned()) }
        })
    }

    fn single_or<T: PartialEq>(&mut self, names: &[&str], read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let mut found: Option<T> = None;
        let mut wrong = Vec::new();
        for (name, value) in self.given(names) {
            match (read(value), &found) {
                (Err(reason), _) => wrong.push(FieldError::parameter(name, reason)),
                (Ok(value), Some(other)) if value != *other => {
                    wrong.push(FieldError::parameter(name, "contradicts another parameter of the same meaning"));
                }
                (Ok(value), _) => found = Some(value),
            }
        }
        self.wrong.extend(wrong);
        found
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, names: &[&str]) -> Option<bool> {
        self.single(names, |value| value.to_ascii_lowercase().parse().ok())
    }

    /// All values that these names give, repeated or with commas between them; at most `most` different ones.
    pub(crate) fn multi<T: PartialEq>(
        &mut self,
        names: &[&str],
        most: usize,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        let mut wrong = Vec::new();
        let parts = self.given(names).flat_map(|(name, list)| list.split(',').map(move |part| (name, part.trim())));
        for (name, part) in parts.filter(|(_, part)| !part.is_empty()) {
            match read(part) {
                None => wrong.push(FieldError::parameter(name, UNKNOWN)),
                Some(value) if found.contains(&value) => {}
                Some(_) if found.len() == most => {
                    wrong.push(FieldError::parameter(name, format!("must be at most {most} values")));
                    break; // each further value would be compared with all others
                }
                Some(value) => found.push(value),
            }
        }
        self.wrong.extend(wrong);
        found
    }

    /// What was read, if nothing was wrong.
    pub(crate) fn checked<T>(self, value: T) -> ApiResult<T> {
        Ok(self.wrong.none_or(value)?)
    }
}
