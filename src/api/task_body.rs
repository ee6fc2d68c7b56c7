//! Parses the fields of a task from a request body.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};
use crate::task::field::Member;
use crate::task::fields::{self, Completed, Description, Status, Title, for_each_field};
use crate::task::{Completion, NewTask, TaskPatch};

/// Parses the body of a create.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with all invalid values.
pub(crate) fn parse_new_task(body: Value, now: DateTime<Utc>) -> ApiResult<NewTask> {
    let mut members = Members::of(body)?;
    let title = members.read::<Title>();
    if title.is_none() && members.errors.is_empty() {
        members.errors.push(FieldError::member("title", "is required"));
    }
    let patch = members.patch(None, now)?;
    Ok(NewTask::from_patch(title.unwrap_or_default(), patch))
}

/// Parses the body of an update. An absent member keeps its value; `null` removes it.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with all invalid values.
pub(crate) fn parse_patch(body: Value, now: DateTime<Utc>) -> ApiResult<TaskPatch> {
    let mut members = Members::of(body)?;
    let title = members.read::<Title>();
    members.patch(title, now)
}

/// Parses the body of `/complete`.
///
/// A boolean `completed` sets the completion. Any other object, `null` or no body toggles it.
///
/// # Errors
/// [`ApiError::ValidationFailed`]: the body is another type of JSON.
pub(crate) fn parse_completion(body: Option<Value>) -> ApiResult<Completion> {
    match body {
        None | Some(Value::Null) => Ok(Completion::Toggle),
        Some(body) => {
            let completed = Members::of(body)?.members.get("completed").and_then(Value::as_bool);
            Ok(completed.map_or(Completion::Toggle, Completion::Set))
        }
    }
}

/// Parses the body of `/status`.
///
/// # Errors
/// [`ApiError::ValidationFailed`]: values are invalid, or the body has neither `status` nor `completed`.
pub(crate) fn parse_status(body: Value) -> ApiResult<Completion> {
    let mut members = Members::of(body)?;
    let completion = members.completion();
    if completion == Completion::Keep && members.errors.is_empty() {
        members.errors.push(FieldError::member("status", "is required"));
    }
    Ok(members.errors.into_result(completion)?)
}

/// The members of a body, and the errors of the members that were read.
struct Members {
    members: Map<String, Value>,
    errors: FieldErrors,
}

/// Defines the parser of all fields except the title.
macro_rules! define_patch {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        impl Members {
            fn patch(mut self, title: Option<String>, now: DateTime<Utc>) -> ApiResult<TaskPatch> {
                let patch = TaskPatch {
                    title,
                    description: self.read::<Description>(),
                    completion: self.completion(),
                    $($name: self.read::<fields::$Field>(),)+
                    now,
                };
                Ok(self.errors.into_result(patch)?)
            }
        }

        /// The names of all members.
        #[cfg(test)]
        pub(crate) const NAMES: &[&[&str]] =
            &[Title::NAMES, Description::NAMES, Completed::NAMES, Status::NAMES, $(fields::$Field::NAMES,)+];
    };
}

for_each_field!(define_patch);

impl Members {
    fn of(body: Value) -> ApiResult<Self> {
        match body {
            Value::Object(members) => Ok(Self { members, errors: FieldErrors::default() }),
            _ => Err(ApiError::ValidationFailed(FieldError::body("The body must be a JSON object").into())),
        }
    }

    /// Reads a member by the first of its names in the body. `None`: the member is absent or invalid.
    fn read<M: Member>(&mut self) -> Option<M::Value> {
        let name = M::NAMES.iter().find(|name| self.members.contains_key(**name))?;
        let value = self.members.remove(*name)?;
        match M::read(value) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.errors.push(FieldError::member(name, problem));
                None
            }
        }
    }

    /// Reads `completed` and `status`. If both are present, the one that differs from the stored value applies.
    ///
    /// If they contradict each other, exactly one differs from any stored value. This is a toggle.
    fn completion(&mut self) -> Completion {
        match (self.read::<Completed>(), self.read::<Status>()) {
            (Some(completed), Some(status)) if completed != status => Completion::Toggle,
            (Some(completed), _) | (None, Some(completed)) => Completion::Set(completed),
            (None, None) => Completion::Keep,
        }
    }
}
