//! Parses the fields of a task from a request body.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};
use crate::api::ignored_input::IgnoredInput;
use crate::api::task::CAMEL_CASE;
use crate::api::unknown_members::{Unknown, push_leftover};
use crate::config::TaskFormat;
use crate::task::field::Member;
use crate::task::fields::{self, Completed, Description, Status, Title, for_each_field};
use crate::task::{Completion, NewTask, TaskPatch};

/// Parses the body of a create.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with all invalid values.
pub(crate) fn parse_new_task(body: Value, now: DateTime<Utc>, unknown: Unknown<'_>) -> ApiResult<NewTask> {
    let mut members = Members::of(body)?;
    let title = members.read::<Title>();
    if title.is_none() && members.errors.is_empty() {
        members.errors.push(FieldError::member("title", "is required"));
    }
    let completion = members.completion();
    let patch = members.patch(None, completion, now, unknown)?;
    Ok(NewTask::from_patch(title.unwrap_or_default(), patch))
}

/// Parses the body of an update. An absent member keeps its value; `null` removes it.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with all invalid values.
pub(crate) fn parse_patch(body: Value, now: DateTime<Utc>, unknown: Unknown<'_>) -> ApiResult<TaskPatch> {
    let mut members = Members::of(body)?;
    let title = members.read::<Title>();
    let completion = members.changed_completion();
    members.patch(title, completion, now, unknown)
}

/// Removes the names in snake case of members that the body also has in camel case, if `CAMEL_CASE` is set.
///
/// Clients of this setting send a whole task with changed members in camel case.
pub(crate) fn select_names(mut body: Value, format: TaskFormat) -> Value {
    if let Some(members) = body.as_object_mut().filter(|_| format.camel_case) {
        for (name, copy) in CAMEL_CASE {
            if members.contains_key(copy) {
                members.shift_remove(name);
            }
        }
    }
    body
}

/// Parses the body of `/complete`.
///
/// A boolean `completed` sets the completion. `{}` or no body toggles it.
///
/// # Errors
/// [`ApiError::ValidationFailed`]: the body is anything else.
pub(crate) fn parse_completion(body: Option<Value>, ignored: &mut IgnoredInput) -> ApiResult<Completion> {
    const RULE: &str = "must be true or false; an empty body, or {}, toggles the task";
    let mut members = match body {
        None => return Ok(Completion::Toggle),
        Some(Value::Object(members)) => members,
        Some(_) => {
            return Err(ApiError::ValidationFailed(FieldError::body("The body must be a JSON object or empty").into()));
        }
    };
    let name = Completed::NAMES.iter().find(|name| members.contains_key(**name));
    let value = name.and_then(|name| members.shift_remove(*name));
    push_leftover(&members, &[Completed::NAMES], &mut Unknown::of(ignored));
    match name.zip(value) {
        None if members.is_empty() => Ok(Completion::Toggle),
        Some((_, Value::Bool(completed))) => Ok(Completion::Set(completed)),
        Some((name, _)) => Err(ApiError::ValidationFailed(FieldError::member(name, RULE).into())),
        None => Err(ApiError::ValidationFailed(FieldError::member("completed", RULE).into())),
    }
}

/// Parses the body of `/status`.
///
/// # Errors
/// [`ApiError::ValidationFailed`]: values are invalid, or the body has neither `status` nor `completed`.
pub(crate) fn parse_status(body: Value, ignored: &mut IgnoredInput) -> ApiResult<Completion> {
    let mut members = Members::of(body)?;
    let completion = members.completion();
    if completion == Completion::Keep && members.errors.is_empty() {
        members.errors.push(FieldError::member("status", "is required"));
    }
    push_leftover(&members.members, &[Status::NAMES, Completed::NAMES], &mut Unknown::of(ignored));
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
            fn patch(
                mut self,
                title: Option<String>,
                completion: Completion,
                now: DateTime<Utc>,
                mut unknown: Unknown<'_>,
            ) -> ApiResult<TaskPatch> {
                let patch = TaskPatch {
                    title,
                    description: self.read::<Description>(),
                    completion,
                    $($name: self.read::<fields::$Field>(),)+
                    now,
                };
                push_leftover(&self.members, NAMES, &mut unknown);
                Ok(self.errors.into_result(patch)?)
            }
        }

        /// The names of all members.
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
        let value = self.members.shift_remove(*name)?;
        match M::read(value) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.errors.push(FieldError::member(name, problem));
                None
            }
        }
    }

    /// Reads the completion of an update. If `completed` and `is_completed` contradict each other, the update toggles.
    ///
    /// Clients send a whole task with one changed member. The changed member is the one that differs from the stored value.
    fn changed_completion(&mut self) -> Completion {
        let boolean = |name: &str| self.members.get(name).and_then(Value::as_bool);
        let is_contradictory =
            matches!((boolean("completed"), boolean("is_completed")), (Some(one), Some(other)) if one != other);
        match self.completion() {
            Completion::Set(_) if is_contradictory => Completion::Toggle,
            completion => completion,
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
