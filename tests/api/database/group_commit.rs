//! Writes that wait for SQLite are committed together. Each of them succeeds or fails by itself.

use std::thread;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;
use task_api::db::{DbError, Tasks, Write};
use task_api::task::Task;

use crate::support::{App, Database, block_on, new_task, owner};

const WRITES: usize = 24;

type Work = Box<dyn FnMut(&mut Tasks<'_, Write>) -> Result<Task, DbError> + Send>;

/// Creates a task with this title.
fn create(title: &str) -> Work {
    let task = new_task(title);
    Box::new(move |tasks| tasks.create(&task))
}

/// Runs each work for a user of its own while another process holds the write lock, so that they wait for each other.
fn write_while_locked(app: &App, works: Vec<Work>) -> Vec<Result<Task, DbError>> {
    let writes = works.into_iter().enumerate().map(|(number, work)| {
        let write: BoxFuture<'_, _> = Box::pin(app.db.write(owner(app, &format!("user{number}")), work));
        write
    });
    while_locked(app, writes.collect())
}

fn while_locked<R: Send>(app: &App, writes: Vec<BoxFuture<'_, R>>) -> Vec<R> {
    let mut other = SqliteConnection::establish(path(app)).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let waiting = i64::try_from(writes.len()).unwrap() - 1;
    thread::scope(|scope| {
        let outcomes = scope.spawn(|| block_on(join_all(writes)));
        while app.db.waiting_requests() < waiting {
            thread::yield_now();
        }
        other.batch_execute("ROLLBACK").unwrap();
        outcomes.join().unwrap()
    })
}

fn path(app: &App) -> &str {
    app.url.strip_prefix("sqlite:").expect("a SQLite file")
}

/// Returns the number of commits in the write-ahead log (SQLite file format, section 4.1).
fn commits(app: &App) -> usize {
    let log = std::fs::read(format!("{}-wal", path(app))).unwrap();
    let number = |offset: usize| u32::from_be_bytes(log[offset..offset + 4].try_into().unwrap());
    let (page_size, salts) = (number(8) as usize, (number(16), number(20)));
    let frames = (32..log.len()).step_by(24 + page_size);
    frames.filter(|frame| (number(frame + 8), number(frame + 12)) == salts && number(frame + 4) != 0).count()
}

fn stored_titles(app: &App, user: usize) -> Vec<String> {
    let list = app.request_as(&format!("user{user}"), "GET", "/api/tasks").send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn waiting_writes_share_a_commit() {
    let app = App::start(Database::Sqlite);
    app.create("before", &json!({ "title": "before" }));
    let before = commits(&app);
    let outcomes = write_while_locked(&app, (0..WRITES).map(|number| create(&number.to_string())).collect());
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome.unwrap().title, number.to_string());
        assert_eq!(stored_titles(&app, number), [number.to_string()]);
    }
    let commits = commits(&app) - before;
    assert!(commits < WRITES / 2, "{commits} commits of {WRITES} writes");
}

#[test]
fn a_write_that_fails_is_rolled_back_alone() {
    let app = App::start_with(Database::Sqlite, &[("TASK_QUOTA", "3")]);
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
    let mut works: Vec<Work> = (0..WRITES).map(|number| create(&number.to_string())).collect();
    works.splice(5..5, failures);
    let outcomes = write_while_locked(&app, works);
    for (number, outcome) in outcomes.iter().enumerate() {
        let (expected, stored): (fn(&DbError) -> bool, &[&str]) = match number {
            5 => (|error| matches!(error, DbError::NotFound), &[]),
            6 => (|error| matches!(error, DbError::VersionMismatch), &[]),
            7 => (|error| matches!(error, DbError::Query(_)), &[]),
            8 => (|error| matches!(error, DbError::QuotaExceeded(3)), &["2", "1", "0"]),
            _ => {
                let title = &outcome.as_ref().unwrap().title;
                assert_eq!(stored_titles(&app, number), [title.as_str()]);
                continue;
            }
        };
        assert!(outcome.as_ref().is_err_and(expected), "{number}: {outcome:?}");
        assert_eq!(stored_titles(&app, number), stored, "{number}");
    }
}

/// A foreign key that is checked at the commit makes it fail.
#[test]
fn a_failed_commit_stores_none_of_its_writes() {
    let app = App::start(Database::Sqlite);
    app.execute(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER fail AFTER INSERT ON tasks WHEN NEW.title = 'fails' BEGIN INSERT INTO child VALUES (1); END",
    );
    let titles: Vec<&str> = (0..WRITES).map(|number| if number == 3 { "fails" } else { "stored" }).collect();
    let outcomes = write_while_locked(&app, titles.iter().map(|title| create(title)).collect());
    let mut failed = 0;
    for (number, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(task) => assert_eq!(stored_titles(&app, number), [task.title.as_str()]),
            Err(error) => {
                assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
                assert_eq!(stored_titles(&app, number), [""; 0], "{number} is stored, although its commit failed");
                failed += 1;
            }
        }
    }
    assert!(outcomes[3].is_err() && failed > 1, "{failed} writes failed");
    app.create("alice", &json!({ "title": "after" }));
}

#[test]
fn a_long_job_shares_no_transaction() {
    let app = App::start(Database::Sqlite);
    app.create("before", &json!({ "title": "before" }));
    let before = commits(&app);
    let imports = (0..4).map(|number| {
        let import: BoxFuture<'_, _> = Box::pin(
            app.db.import(owner(&app, &format!("user{number}")), move |tasks| tasks.create(&new_task("imported"))),
        );
        import
    });
    for outcome in while_locked(&app, imports.collect()) {
        outcome.unwrap();
    }
    assert_eq!(commits(&app) - before, 4);
}
