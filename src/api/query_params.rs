//! Reads the parameters of a query string by their names and aliases.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use actix_web::web::Query;

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};
use crate::api::ignored_input::IgnoredInput;

/// The pairs of a query string, and the errors of the parameters that were read.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    /// The names of the parameters that were read, each with its aliases.
    known: Vec<&'static [&'static str]>,
    errors: FieldErrors,
}

impl Parameters {
    /// Splits a query string into pairs.
    ///
    /// # Errors
    /// [`ApiError::Malformed`].
    pub(crate) fn of(query: &str) -> ApiResult<Self> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|_| {
            ApiError::Malformed("The query string is malformed; percent-encode its names and values as UTF-8.".into())
        })?;
        Ok(Self { pairs: pairs.into_inner(), known: Vec::new(), errors: FieldErrors::default() })
    }

    /// Returns the pairs with these names. Skips empty values.
    fn values(&mut self, names: &'static [&'static str]) -> impl Iterator<Item = (&str, &str)> {
        self.known.push(names);
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, value)| names.contains(name) && !value.trim().is_empty())
    }

    /// Parses the single value of a parameter. Different values of the parameter or its aliases are an error.
    ///
    /// `accepted` names the accepted values, for the error: "must be …".
    pub(crate) fn single<T: PartialEq>(
        &mut self,
        names: &'static [&'static str],
        accepted: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.single_or(names, |value| parse(value.trim()).ok_or_else(|| format!("must be {accepted}")))
    }

    /// Returns the single value of a parameter in lower case. A leading space becomes `+`, which query strings decode to a space.
    pub(crate) fn word(&mut self, names: &'static [&'static str]) -> Option<String> {
        self.single_or(names, |value| {
            let sign = if value.starts_with(' ') { "+" } else { "" };
            Ok(format!("{sign}{}", value.trim().to_ascii_lowercase()))
        })
    }

    /// Reads a single text of at most `max` characters, without NUL.
    pub(crate) fn text(&mut self, names: &'static [&'static str], max: usize) -> Option<String> {
        self.single_or(names, |value| {
            let value = value.trim();
            if value.chars().nth(max).is_some() {
                return Err(format!("must be at most {max} characters"));
            }
            if value.contains('\0') { Err("must not contain NUL".into()) } else { Ok(value.to_owned()) }
        })
    }

    /// Parses the single value of a parameter. `parse` returns what is wrong with a value: "must be …".
    pub(crate) fn single_or<T: PartialEq>(
        &mut self,
        names: &'static [&'static str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let mut result: Option<T> = None;
        let mut errors = Vec::new();
        for (name, value) in self.values(names) {
            match (parse(value), &result) {
                (Err(reason), _) => errors.push(FieldError::parameter(name, reason)),
                (Ok(value), Some(other)) if value != *other => {
                    errors.push(FieldError::parameter(
                        name,
                        "conflicts with another value of this parameter or its aliases; send one value",
                    ));
                }
                (Ok(value), _) => result = Some(value),
            }
        }
        self.errors.extend(errors);
        result
    }

    /// Reads a boolean: `true` or `false`, in any case.
    pub(crate) fn flag(&mut self, names: &'static [&'static str]) -> Option<bool> {
        self.single(names, "true or false", |value| value.to_ascii_lowercase().parse().ok())
    }

    /// Parses all values of a parameter, repeated or comma-separated: at most `max` different values.
    ///
    /// A comma within a value is written `\,`. `accepted` names the accepted values, for the error: "must be …".
    pub(crate) fn multi<T: PartialEq>(
        &mut self,
        names: &'static [&'static str],
        max: usize,
        accepted: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        let mut errors = Vec::new();
        let parts = self.values(names).flat_map(|(name, list)| split_list(list).map(move |part| (name, part)));
        for (name, part) in parts {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            match parse(part) {
                None => errors.push(FieldError::parameter(name, format!("must be {accepted}"))),
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

    /// Returns `value`, if all parameters that were read are valid. Adds the others to `ignored`.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`].
    pub(crate) fn finish<T>(self, value: T, ignored: &mut IgnoredInput) -> ApiResult<T> {
        if ignored.is_collecting() {
            let names: Vec<&str> = self.known.iter().map(|names| names[0]).collect();
            let is_unknown = |name: &str| !self.known.iter().any(|names| names.contains(&name));
            for (name, _) in self.pairs.iter().filter(|(name, _)| is_unknown(name)) {
                ignored.push_unknown(name, &names, FieldError::parameter);
            }
        }
        Ok(self.errors.into_result(value)?)
    }
}

/// Splits a list at its commas, except those after a backslash.
///
/// One or two backslashes before a comma are removed with it: clients write `\,`, and some escape the backslash again. All other
/// backslashes stay.
fn split_list(list: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let mut text = rest?;
        let mut part = Cow::Borrowed("");
        loop {
            let Some((before, after)) = text.split_once(',') else {
                rest = None;
                append(&mut part, text);
                return Some(part);
            };
            let Some(escaped) = before.strip_suffix('\\') else {
                rest = Some(after);
                append(&mut part, before);
                return Some(part);
            };
            part.to_mut().push_str(escaped.strip_suffix('\\').unwrap_or(escaped));
            part.to_mut().push(',');
            text = after;
        }
    })
}

/// Appends a text. Copies it only if there is a text before.
fn append<'a>(part: &mut Cow<'a, str>, text: &'a str) {
    if part.is_empty() {
        *part = Cow::Borrowed(text);
    } else {
        part.to_mut().push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_commas_do_not_split() {
        for (list, parts) in [
            ("a,b", vec!["a", "b"]),
            (r"a\,b", vec!["a,b"]),
            (r"a\\,b", vec!["a,b"]),
            (r"a\\\,b", vec![r"a\,b"]),
            (r"a\,b,c\,", vec!["a,b", "c,"]),
            (r"a\b,c\", vec![r"a\b", r"c\"]),
            (",", vec!["", ""]),
            ("", vec![""]),
        ] {
            assert_eq!(split_list(list).collect::<Vec<_>>(), parts, "{list}");
        }
    }
}
