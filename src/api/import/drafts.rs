//! Validates the tasks of an import one by one while they are parsed.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};
use crate::api::task_body;
use crate::db::Occurrences;
use crate::recurrence::Budget;
use crate::task::{ImportedTask, NewTask, dates};

/// Maximum number of tasks of an import.
const MAX_TASKS: usize = 10_000;
/// Maximum length of a `uid`, in characters.
const MAX_UID: usize = 255;

/// The validated tasks of an import. After the first error it keeps no tasks, only the first errors.
pub(crate) struct ImportReader {
    imports: Vec<ImportedTask>,
    occurrences: Occurrences,
    errors: FieldErrors,
    /// Number of read tasks, valid and invalid.
    read: usize,
    now: DateTime<Utc>,
}

impl ImportReader {
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        let occurrences = Occurrences::new(Budget::for_import());
        Self { imports: Vec::new(), occurrences, errors: FieldErrors::default(), read: 0, now }
    }

    /// Checks that one more task can be read.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`]: 10,000 tasks were read.
    pub(crate) fn check_capacity(&self) -> ApiResult<()> {
        if self.read < MAX_TASKS {
            return Ok(());
        }
        let detail = format!("The body must have at most {MAX_TASKS} tasks");
        Err(ApiError::ValidationFailed(FieldError::body(detail).into()))
    }

    /// Validates a task and keeps it.
    ///
    /// # Errors
    /// The errors of [`Self::check_capacity`]. [`Self::finish`] returns the errors of invalid tasks.
    pub(crate) fn push(&mut self, task: Value) -> ApiResult<()> {
        self.check_capacity()?;
        match read(task, self.now, &mut self.occurrences) {
            Ok(import) if self.errors.is_empty() => self.imports.push(import),
            Ok(_) => {}
            Err(ApiError::ValidationFailed(errors)) => {
                self.errors.push_nested(&self.read.to_string(), errors);
                self.imports = Vec::new();
            }
            Err(error) => return Err(error),
        }
        self.read = self.read.saturating_add(1);
        Ok(())
    }

    /// Returns the tasks, if all are valid.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`]: tasks are invalid.
    pub(crate) fn finish(self) -> ApiResult<Vec<ImportedTask>> {
        Ok(self.errors.into_result(self.imports)?)
    }
}

fn read(task: Value, now: DateTime<Utc>, occurrences: &mut Occurrences) -> ApiResult<ImportedTask> {
    let invalid = |name: &str, detail: &str| ApiError::ValidationFailed(FieldError::member(name, detail).into());
    let time = |name: &'static str| match task.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let instant = value.as_str().and_then(|text| dates::parse_instant(text).ok());
            instant.map(Some).ok_or_else(|| invalid(name, "must be a date-time"))
        }
    };
    let (created_at, completed_at) = (time("created_at")?.unwrap_or(now), time("completed_at")?);
    let uid = match task.get("uid") {
        None | Some(Value::Null) => Uuid::new_v4().to_string(),
        Some(Value::String(uid)) if is_uid(uid) => uid.clone(),
        Some(_) => return Err(invalid("uid", "must be 1 to 255 characters")),
    };
    let local = |name: &'static str| match task.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let local = value.as_str().and_then(dates::parse_local);
            local.map(Some).ok_or_else(|| invalid(name, "must be a local date-time (2026-12-01T09:00:00)"))
        }
    };
    let (recurrence_start, remind_local) = (local("recurrence_start")?, local("remind_local")?);
    let new_task = NewTask { recurrence_start, remind_local, ..task_body::parse_new_task(task, now)? };
    occurrences
        .check_new_task(&new_task)
        .map_err(|reason| ApiError::ValidationFailed(FieldError::from(reason).into()))?;
    Ok(ImportedTask::new(uid, new_task, created_at, completed_at))
}

fn is_uid(uid: &str) -> bool {
    (1..=MAX_UID).contains(&uid.chars().count()) && !uid.contains(char::is_control)
}
