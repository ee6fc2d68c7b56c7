//! Finds the members of a body that no field reads.

use serde_json::{Map, Value};

use crate::api::field_errors::FieldError;
use crate::api::ignored_input::IgnoredInput;

/// The members of a task in responses that a request cannot set.
pub(crate) const READ_ONLY: &[&str] =
    &["id", "user_id", "completed_at", "series_id", "version", "created_at", "updated_at"];

/// The camel case names of [`READ_ONLY`] that clients send.
const READ_ONLY_CAMEL_CASE: &[&str] = &["userId", "createdAt", "updatedAt"];

/// Collects unknown members.
pub(crate) struct Unknown<'a> {
    ignored: &'a mut IgnoredInput,
    /// Lists of other members of the body that have a meaning, such as `op` of an operation.
    others: &'static [&'static [&'static str]],
}

impl<'a> Unknown<'a> {
    /// Creates a collector for a body whose members are those of a task.
    pub(crate) fn of(ignored: &'a mut IgnoredInput) -> Self {
        Self::beside(ignored, &[])
    }

    /// Creates a collector for a body that also has other members.
    pub(crate) fn beside(ignored: &'a mut IgnoredInput, others: &'static [&'static [&'static str]]) -> Self {
        Self { ignored, others }
    }
}

/// Adds the members that no field has read. `names` has the names of each field, the canonical name first.
pub(crate) fn push_leftover(members: &Map<String, Value>, names: &[&[&'static str]], unknown: &mut Unknown<'_>) {
    if !unknown.ignored.is_collecting() {
        return;
    }
    let canonical: Vec<&'static str> = names.iter().map(|names| names[0]).collect();
    let is_read_only = |name: &str| READ_ONLY.contains(&name) || READ_ONLY_CAMEL_CASE.contains(&name);
    let is_other = |name: &&String| unknown.others.iter().any(|others| others.contains(&name.as_str()));
    for name in members.keys().filter(|name| !is_other(name)) {
        let field = names.iter().find(|names| names.contains(&name.as_str())).map(|names| names[0]);
        match field {
            Some(field) => unknown.ignored.push(|| {
                FieldError::member(name, format!("would be ignored beside another name of {field}; send one of them"))
            }),
            None if is_read_only(name) => {
                unknown.ignored.push(|| FieldError::member(name, "is read-only and would be ignored; leave it out"))
            }
            None => unknown.ignored.push_unknown(name, &canonical, FieldError::member),
        }
    }
}
