//! What the writes of several users that share a commit have in common on both databases.

use task_api::db::{DbError, Tasks, Write};
use task_api::task::Task;

use crate::support::{App, new_task};

/// The number of users that write at the same time.
pub const WRITES: usize = 24;

/// The work of one user.
pub type Work = Box<dyn FnMut(&mut Tasks<'_, Write>) -> Result<Task, DbError> + Send>;

pub type Outcomes = Vec<Result<Task, DbError>>;

/// Creates a task with this title.
pub fn create(title: &str) -> Work {
    let task = new_task(title);
    Box::new(move |tasks| tasks.create(&task))
}

/// Creates a task of each user, with the user's number as its title.
pub fn creates() -> Vec<Work> {
    (0..WRITES).map(|number| create(&number.to_string())).collect()
}

/// Returns the titles of a user's tasks, newest first.
pub fn stored_titles(app: &App, user: usize) -> Vec<String> {
    let list = app.request_as(&format!("user{user}"), "GET", "/api/tasks").send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

pub fn assert_all_are_stored(app: &App, outcomes: Outcomes) {
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome.unwrap().title, number.to_string());
        assert_eq!(stored_titles(app, number), [number.to_string()]);
    }
}

/// Runs writes that fail in different ways among others. `TASK_QUOTA` of the app is 3.
pub fn assert_failures_are_rolled_back_alone(app: &App, run: fn(&App, Vec<Work>) -> Outcomes) {
    let failures: [Work; 4] = [
        Box::new(|tasks| tasks.get(1_000_000)),
        Box::new(|tasks| {
            tasks.transaction(|tasks| {
                tasks.create(&new_task("rolled back"))?;
                Err(DbError::VersionMismatch)
            })
        }),
        Box::new(|tasks| {
            tasks.transaction(|tasks| {
                tasks.create(&new_task("rolled back"))?;
                panic!("on purpose")
            })
        }),
        // the first three are stored: each create is a write by itself
        Box::new(|tasks| (0..4).map(|number| tasks.create(&new_task(&number.to_string()))).last().unwrap()),
    ];
    let mut works = creates();
    works.splice(5..5, failures);
    for (number, outcome) in run(app, works).iter().enumerate() {
        let (expected, stored): (fn(&DbError) -> bool, &[&str]) = match number {
            5 => (|error| matches!(error, DbError::NotFound), &[]),
            6 => (|error| matches!(error, DbError::VersionMismatch), &[]),
            7 => (|error| matches!(error, DbError::Query(_)), &[]),
            8 => (|error| matches!(error, DbError::QuotaExceeded(3)), &["2", "1", "0"]),
            _ => {
                let title = &outcome.as_ref().unwrap().title;
                assert_eq!(stored_titles(app, number), [title.as_str()]);
                continue;
            }
        };
        assert!(outcome.as_ref().is_err_and(expected), "{number}: {outcome:?}");
        assert_eq!(stored_titles(app, number), stored, "{number}");
    }
}

/// Asserts that each write is stored, or is unavailable and not stored. Returns the number of the latter.
pub fn assert_stored_or_unavailable(app: &App, outcomes: &Outcomes) -> usize {
    for (number, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(task) => assert_eq!(stored_titles(app, number), [task.title.as_str()]),
            Err(error) => {
                assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
                assert_eq!(stored_titles(app, number), [""; 0], "{number} is stored, although its response is 503");
            }
        }
    }
    outcomes.iter().filter(|outcome| outcome.is_err()).count()
}
