//! Writes that wait for SQLite are committed together. Each of them succeeds or fails by itself.

use std::thread;

use crate::database::waiting_writes::{
    Outcomes, WRITES, Work, assert_all_are_stored, assert_failures_are_rolled_back_alone, assert_stored_or_unavailable,
    create, creates,
};
use crate::support::{App, Database, block_on, new_task, owner};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;

/// Runs each work for a user of its own while another process holds the write lock, so that they wait for each other.
fn write_while_locked(app: &App, works: Vec<Work>) -> Outcomes {
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

#[test]
fn waiting_writes_share_a_commit() {
    let app = App::start(Database::Sqlite);
    app.create("before", &json!({ "title": "before" }));
    let before = commits(&app);
    assert_all_are_stored(&app, write_while_locked(&app, creates()));
    let commits = commits(&app) - before;
    assert!(commits < WRITES / 2, "{commits} commits of {WRITES} writes");
}

#[test]
fn a_write_that_fails_is_rolled_back_alone() {
    let app = App::start_with(Database::Sqlite, &[("TASK_QUOTA", "3")]);
    assert_failures_are_rolled_back_alone(&app, write_while_locked);
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
    let failed = assert_stored_or_unavailable(&app, &outcomes);
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
