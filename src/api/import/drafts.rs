//! Checks the tasks of an import one by one, as they are parsed.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};
use crate::api::task_body;
use crate::db::Occurrences;
use crate::recurrence::Budget;
use crate::task::{ImportedTask, dates};

/// The most tasks of an import.
const MAX_TASKS: usize = 10_000;
/// The longest `uid`, in characters.
const MAX_UID: usize = 255;

/// The checked tasks of an import. It keeps no task once one is wrong, and the first errors alone.
pub(crate) struct ImportReader {
    imports: Vec<ImportedTask>,
    occurrences: Occurrences,
    wrong: FieldErrors,
    read: usize,
    now: DateTime<Utc>,
}

impl ImportReader {
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        let occurrences = Occurrences::new(Budget::of_import());
        Self { imports: Vec::new(), occurrences, wrong: FieldErrors::default(), read: 0, now }
    }

    /// Makes sure that one more task may be read.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`]: there are 10,000.
    pub(crate) fn check_room(&self) -> ApiResult<()> {
        if self.read < MAX_TASKS {
            return Ok(());
        }
        let detail = format!("The body must have at most {MAX_TASKS} tasks");
        Err(ApiError::ValidationFailed(FieldError::body(detail).into()))
    }

    /// Checks a task and keeps its draft.
    ///
    /// # Errors
    /// As for [`Self::check_room`]. What is wrong with a task is told by [`Self::checked`].
    pub(crate) fn push(&mut self, task: Value) -> ApiResult<()> {
        self.check_room()?;
        match read(task, self.now, &mut self.occurrences) {
            Ok(import) if self.wrong.is_empty() => self.imports.push(import),
            Ok(_) => {}
            Err(ApiError::ValidationFailed(errors)) => {
                self.wrong.push_below(&self.read.to_string(), errors);
                self.imports = Vec::new();
            }
            Err(error) => return Err(error),
        }
        self.read = self.read.saturating_add(1);
        Ok(())
    }

    /// The tasks, if none was wrong.
    pub(crate) fn checked(self) -> ApiResult<Vec<ImportedTask>> {
        Ok(self.wrong.none_or(self.imports)?)
    }
}

fn read(task: Value, now: DateTime<Utc>, occurrences: &mut Occurrences) -> ApiResult<ImportedTask> {
    let wrong = |name: &str, detail: &str| ApiError::ValidationFailed(FieldError::member(name, detail).into());
    let time = |name: &'static str| match task.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let read = value.as_str().and_then(|text| dates::parse_instant(text).ok());
            read.map(Some).ok_or_else(|| wrong(name, "must be a date-time"))
        }
    };
    let (created_at, completed_at) = (time("created_at")?.unwrap_or(now), time("completed_at")?);
    let uid = match task.get("uid") {
        None | Some(Value::Null) => Uuid::new_v4().to_string(),
        Some(Value::String(uid)) if is_uid(uid) => uid.clone(),
        Some(_) => return Err(wrong("uid", "must be 1 to 255 characters")),
    };
    let draft = task_body::parse_new_task(task, now)?;
    occurrences.check_draft(&draft).map_err(|reason| ApiError::ValidationFailed(FieldError::from(reason).into()))?;
    Ok(ImportedTask::new(uid, draft, created_at, completed_at))
}

fn is_uid(uid: &str) -> bool {
    (1..=MAX_UID).contains(&uid.chars().count()) && !uid.contains(char::is_control)
}
