//! Reads the parameters of a query string by their names and aliases.

#![deny(clippy::arithmetic_side_effects)]

use actix_web::web::Query;

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};

/// The error of a value that `parse` rejects.
const UNKNOWN: &str = "has an unknown value";

/// The pairs of a query string, and the errors of the parameters that were read.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    errors: FieldErrors,
}

impl Parameters {
    /// Splits a query string into pairs.
    ///
    /// # Errors
    /// [`ApiError::Malformed`].
    pub(crate) fn of(query: &str) -> ApiResult<Self> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| ApiError::Malformed("The query string is malformed.".into()))?;
        Ok(Self { pairs: pairs.into_inner(), errors: FieldErrors::default() })
    }

    /// Returns the pairs with these names. Skips empty values.
    fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.trim()));
        pairs.filter(|(name, value)| names.contains(name) && !value.is_empty())
    }

    /// Parses the single value of a parameter. Different values of the parameter or its aliases are an error.
    pub(crate) fn single<T: PartialEq>(&mut self, names: &[&str], parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.single_or(names, |value| parse(value).ok_or(UNKNOWN.into()))
    }

    /// Reads a single text of at most `max` characters, without NUL.
    pub(crate) fn text(&mut self, names: &[&str], max: usize) -> Option<String> {
        self.single_or(names, |value| {
            if value.chars().nth(max).is_some() {
                return Err(format!("must be at most {max} characters"));
            }
            if value.contains('\0') { Err("must not contain NUL".into()) } else { Ok(value.to_owned()) }
        })
    }

    fn single_or<T: PartialEq>(&mut self, names: &[&str], parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let mut result: Option<T> = None;
        let mut errors = Vec::new();
        for (name, value) in self.values(names) {
            match (parse(value), &result) {
                (Err(reason), _) => errors.push(FieldError::parameter(name, reason)),
                (Ok(value), Some(other)) if value != *other => {
                    errors.push(FieldError::parameter(
                        name,
                        "conflicts with another value of this parameter or its aliases",
                    ));
                }
                (Ok(value), _) => result = Some(value),
            }
        }
        self.errors.extend(errors);
        result
    }

    /// Reads a boolean: `true` or `false`, in any case.
    pub(crate) fn flag(&mut self, names: &[&str]) -> Option<bool> {
        self.single(names, |value| value.to_ascii_lowercase().parse().ok())
    }

    /// Parses all values of a parameter, repeated or comma-separated: at most `max` different values.
    pub(crate) fn multi<T: PartialEq>(
        &mut self,
        names: &[&str],
        max: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        let mut errors = Vec::new();
        let parts = self.values(names).flat_map(|(name, list)| list.split(',').map(move |part| (name, part.trim())));
        for (name, part) in parts.filter(|(_, part)| !part.is_empty()) {
            match parse(part) {
                None => errors.push(FieldError::parameter(name, UNKNOWN)),
                Some(value) if values.contains(&value) => {}
                Some(_) if values.len() == max => {
                    errors.push(FieldError::parameter(name, format!("must be at most {max} values")));
                    break; // each further value would be compared with all others
                }
                Some(value) => values.push(value),
            }
        }
        self.errors.extend(errors);
        values
    }

    /// Returns `value`, if all parameters that were read are valid.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`].
    pub(crate) fn finish<T>(self, value: T) -> ApiResult<T> {
        Ok(self.errors.into_result(value)?)
    }
}
