//! Validates the tasks of an import one by one while they are parsed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::{FieldError, FieldErrors};
use crate::api::ignored_input::IgnoredInput;
use crate::api::import::report::ImportReport;
use crate::api::task_body;
use crate::api::unknown_members::{READ_ONLY, Unknown};
use crate::db::Occurrences;
use crate::recurrence::Budget;
use crate::task::{ImportedTask, NewTask, Revision, dates};

/// Maximum number of tasks of an import.
const MAX_TASKS: usize = 10_000;
/// Maximum length of a `uid`, in characters.
pub(crate) const MAX_UID: usize = 255;

/// What an import does if a task is invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// It imports the valid tasks, and reports the others.
    Partial,
    /// It imports nothing.
    Strict,
}

/// The validated tasks of an import.
pub(crate) struct ImportReader {
    mode: Mode,
    imports: Vec<ImportedTask>,
    /// The index of each uid in `imports`.
    uids: HashMap<String, usize>,
    report: ImportReport,
    occurrences: Occurrences,
    /// The first errors of a strict import. After the first one it keeps no tasks.
    errors: FieldErrors,
    /// Number of read tasks, valid and invalid.
    read: usize,
    now: DateTime<Utc>,
    /// Input of all tasks that the import ignores.
    ignored: IgnoredInput,
}

/// The members of an exported task that are not those of a create.
const EXPORTED: &[&[&str]] = &[
    READ_ONLY,
    &[
        "uid",
        "recurrence_start",
        "remind_local",
        // the second name of `completed`
        "is_completed",
    ],
];

impl ImportReader {
    /// Creates a reader. `ignored` receives the input that the import ignores.
    pub(crate) fn new(mode: Mode, now: DateTime<Utc>, ignored: IgnoredInput) -> Self {
        let occurrences = Occurrences::new(Budget::for_import());
        let (imports, uids, report, errors) = Default::default();
        Self { mode, imports, uids, report, occurrences, errors, read: 0, now, ignored }
    }

    /// Returns whether one invalid task rejects all tasks.
    pub(crate) fn is_strict(&self) -> bool {
        self.mode == Mode::Strict
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

    /// Returns the number of the next task in the body, from 0.
    ///
    /// # Errors
    /// The errors of [`Self::check_capacity`].
    pub(crate) fn next_number(&mut self) -> ApiResult<usize> {
        self.check_capacity()?;
        let number = self.read;
        self.read = self.read.saturating_add(1);
        Ok(number)
    }

    /// Validates the JSON of a task and keeps it.
    ///
    /// # Errors
    /// The errors of [`Self::check_capacity`]. [`Self::finish`] returns or reports the errors of invalid tasks.
    pub(crate) fn push(&mut self, task: Value) -> ApiResult<()> {
        let number = self.next_number()?;
        if !task.is_object() {
            let error = FieldError::body("The task must be a JSON object");
            return self.reject(number, None, None, ApiError::ValidationFailed(error.into()));
        }
        self.validate(number, task, Revision::default(), &[])
    }

    /// Validates a task of a calendar and keeps it. `notes`: what reading changed.
    ///
    /// # Errors
    /// As for [`Self::reject`].
    pub(crate) fn validate(
        &mut self,
        number: usize,
        task: Value,
        revision: Revision,
        notes: &[String],
    ) -> ApiResult<()> {
        let text = |name: &str| task.get(name).and_then(Value::as_str).map(str::to_owned);
        let (uid, title) = (text("uid"), text("title"));
        let mut ignored = self.ignored.for_part();
        let task = read(task, revision, self.now, &mut self.occurrences, Unknown::beside(&mut ignored, EXPORTED));
        self.ignored.push_part(&number.to_string(), ignored);
        match task {
            Ok(import) => {
                if !notes.is_empty() {
                    self.report.warnings.push(uid.as_deref(), title.as_deref(), &sentence(notes));
                }
                self.keep(import);
                Ok(())
            }
            Err(error) => self.reject(number, uid, title, error),
        }
    }

    /// Keeps a task. Of several tasks with the same uid, it keeps the newest.
    fn keep(&mut self, import: ImportedTask) {
        if !self.errors.is_empty() {
            return;
        }
        match self.uids.get(&import.uid).and_then(|index| self.imports.get_mut(*index)) {
            None => {
                self.uids.insert(import.uid.clone(), self.imports.len());
                self.imports.push(import);
            }
            Some(kept) => {
                self.report.repeated = self.report.repeated.saturating_add(1);
                if import.revision.is_newer_than(&kept.revision) {
                    *kept = import;
                }
            }
        }
    }

    /// Reports an invalid task.
    ///
    /// # Errors
    /// [`ApiError::Malformed`] in a strict import. Errors other than those of a task.
    pub(crate) fn reject(
        &mut self,
        number: usize,
        uid: Option<String>,
        title: Option<String>,
        error: ApiError,
    ) -> ApiResult<()> {
        match (error, self.mode) {
            (error @ (ApiError::ValidationFailed(_) | ApiError::Malformed(_)), Mode::Partial) => {
                self.report.rejected.push(uid.as_deref(), title.as_deref(), &error.to_string());
                Ok(())
            }
            (ApiError::ValidationFailed(errors), Mode::Strict) => {
                self.errors.push_nested(&number.to_string(), errors);
                (self.imports, self.uids) = Default::default();
                Ok(())
            }
            (error, _) => Err(error),
        }
    }

    /// Takes the input that the import ignores.
    pub(crate) fn take_ignored(&mut self) -> IgnoredInput {
        std::mem::take(&mut self.ignored)
    }

    /// Returns the valid tasks, and the report on the others.
    ///
    /// # Errors
    /// [`ApiError::ValidationFailed`]: tasks of a strict import are invalid.
    pub(crate) fn finish(self) -> ApiResult<(Vec<ImportedTask>, ImportReport)> {
        Ok(self.errors.into_result((self.imports, self.report))?)
    }
}

fn sentence(notes: &[String]) -> String {
    let text = notes.join("; ");
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).chain(['.']).collect())
}

fn read(
    task: Value,
    revision: Revision,
    now: DateTime<Utc>,
    occurrences: &mut Occurrences,
    unknown: Unknown<'_>,
) -> ApiResult<ImportedTask> {
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
    let new_task = NewTask { recurrence_start, remind_local, ..task_body::parse_new_task(task, now, unknown)? };
    occurrences
        .check_new_task(&new_task)
        .map_err(|reason| ApiError::ValidationFailed(FieldError::from(reason).into()))?;
    Ok(ImportedTask::new(uid, new_task, created_at, completed_at, revision))
}

fn is_uid(uid: &str) -> bool {
    (1..=MAX_UID).contains(&uid.chars().count()) && !uid.contains(char::is_control)
}
