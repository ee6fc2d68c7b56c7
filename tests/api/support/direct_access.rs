//! Calls of the database without HTTP.

use better_auth_guard::{Credential, CredentialHeaders, KeySet, Owner};
use chrono::Utc;
use task_api::db::{DbError, Occurrences, Tasks, VersionCondition, Write};
use task_api::recurrence::{Budget, RepeatFrom};
use task_api::task::{NewTask, Priority, Task, TaskPatch};

use super::{App, jwt};

/// Returns the `Owner` from a JWT, because only a credential can create one.
pub fn owner(app: &App, user: &str) -> Owner {
    let header = format!("Bearer {}", jwt(user));
    let headers = CredentialHeaders { authorization: vec![header.as_bytes()], cookie: vec![] };
    let verified = app.config.auth.verifier().verify(&headers, &KeySet::default(), Utc::now());
    match verified.expect("a JWT needs no database").expect("the token is valid").1 {
        Credential::User(user) => user.into_owner(),
        Credential::Session(_) => unreachable!("a JWT contains the user"),
    }
}

/// Returns a task with only a title.
pub fn new_task(title: &str) -> NewTask {
    NewTask {
        title: title.into(),
        description: None,
        completed: false,
        priority: Priority::Medium,
        tags: vec![],
        due: None,
        time_zone: None,
        remind_at: None,
        recurrence_rule: None,
        repeat_from: RepeatFrom::DueDate,
        recurrence_start: None,
        remind_local: None,
        excluded_dates: Vec::new(),
        now: Utc::now(),
    }
}

/// Updates a task that needs no next occurrence.
pub fn update_without_recurrence(tasks: &mut Tasks<'_, Write>, id: i64, patch: &TaskPatch) -> Result<Task, DbError> {
    let mut occurrences = Occurrences::new(Budget::for_request());
    Ok(tasks.update(id, patch, &VersionCondition::Any, &mut occurrences)?.expect("the task is not recurring"))
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
