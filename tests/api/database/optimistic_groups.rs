//! Writes of several users that wait for PostgreSQL share a transaction. Each of them succeeds or fails by itself.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;
use task_api::db::{DbError, Tasks, Write};
use task_api::task::Task;

use crate::on_postgres;
use crate::outages::busy_database::HeldConnection;
use crate::support::{App, Database, block_on, new_task, owner};

const WRITES: usize = 24;

type Work = Box<dyn FnMut(&mut Tasks<'_, Write>) -> Result<Task, DbError> + Send>;

fn start() -> App {
    App::start_with(
        Database::Postgres,
        &[("POOL_SIZE", "1"), ("POOL_WAIT", "20s"), ("SET_USER_BY", "statement"), ("TASK_QUOTA", "3")],
    )
}

/// Creates a task with this title.
fn create(title: &str) -> Work {
    let task = new_task(title);
    Box::new(move |tasks| tasks.create(&task))
}

/// Starts each work for a user of its own while another request has the connection, so that they wait for each other.
fn write_while_held<'a>(app: &'a App, works: Vec<Work>) -> Vec<BoxFuture<'a, Result<Task, DbError>>> {
    let held = HeldConnection::writing(app);
    let writes = works.into_iter().enumerate().map(|(number, work)| {
        let write: BoxFuture<'a, _> = app.db.write(owner(app, &format!("user{number}")), work).boxed();
        write
    });
    let mut writes: Vec<_> = writes.collect();
    // the first poll of a write puts it into the queue
    assert!(writes.iter_mut().all(|write| write.now_or_never().is_none()));
    held.release();
    writes
}

/// Runs each work for a user of its own, as [`write_while_held`].
fn outcomes(app: &App, works: Vec<Work>) -> Vec<Result<Task, DbError>> {
    block_on(async { join_all(write_while_held(app, works)).await })
}

fn stored_titles(app: &App, user: usize) -> Vec<String> {
    let list = app.request_as(&format!("user{user}"), "GET", "/api/tasks").send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

fn number(app: &App, sql: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let mut connection = PgConnection::establish(&app.url).unwrap();
    connection.batch_execute("BEGIN; ALTER TABLE tasks DISABLE ROW LEVEL SECURITY").unwrap();
    sql_query(format!("SELECT ({sql}) AS number")).get_result::<Number>(&mut connection).unwrap().number
}

/// Returns the number of transactions that created the tasks.
fn transactions(app: &App) -> i64 {
    number(app, "SELECT count(DISTINCT xmin::text) FROM tasks")
}

fn waiting_writes_share_a_transaction() {
    let app = start();
    let works = (0..WRITES).map(|number| create(&number.to_string())).collect();
    for (number, outcome) in outcomes(&app, works).into_iter().enumerate() {
        assert_eq!(outcome.unwrap().title, number.to_string());
        assert_eq!(stored_titles(&app, number), [number.to_string()]);
    }
    let transactions = transactions(&app);
    // each has at least three writes
    assert!(transactions <= 8, "{transactions} transactions of {WRITES} writes");
}

fn a_write_that_fails_is_rolled_back_alone() {
    let app = start();
    app.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'on purpose'; END $$;
         CREATE TRIGGER fail BEFORE INSERT ON tasks FOR EACH ROW WHEN (NEW.title = 'fails') EXECUTE FUNCTION fail()",
    );
    let failures: [Work; 5] = [
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
        create("fails"),
    ];
    let mut works: Vec<Work> = (0..WRITES).map(|number| create(&number.to_string())).collect();
    works.splice(5..5, failures);
    for (number, outcome) in outcomes(&app, works).iter().enumerate() {
        let (expected, stored): (fn(&DbError) -> bool, &[&str]) = match number {
            5 => (|error| matches!(error, DbError::NotFound), &[]),
            6 => (|error| matches!(error, DbError::VersionMismatch), &[]),
            7 | 9 => (|error| matches!(error, DbError::Query(_)), &[]),
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

/// The write of a user whose rows another instance has locked waits alone.
fn a_lock_delays_only_the_writes_of_its_user() {
    let app = App::start_with(
        Database::Postgres,
        &[("POOL_SIZE", "1"), ("POOL_WAIT", "20s"), ("SET_USER_BY", "statement"), ("STATEMENT_TIMEOUT", "20s")],
    );
    app.create("user5", &json!({ "title": "before" }));
    let mut other = PgConnection::establish(&app.url).unwrap();
    let lock = "BEGIN; SELECT set_config('app.user_id', 'user5', true); SELECT FROM user_state WHERE user_id = 'user5' FOR UPDATE";
    other.batch_execute(lock).unwrap();
    block_on(async {
        let mut writes = write_while_held(&app, (0..WRITES).map(|number| create(&number.to_string())).collect());
        let blocked = writes.remove(5);
        assert!(join_all(writes).await.iter().all(Result::is_ok));
        other.batch_execute("COMMIT").unwrap();
        assert_eq!(blocked.await.unwrap().title, "5");
    });
    assert_eq!(stored_titles(&app, 5), ["5", "before"]);
}

fn a_lost_connection_stores_none_of_its_writes() {
    let app = start();
    app.execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
         CREATE TRIGGER die BEFORE INSERT ON tasks FOR EACH ROW WHEN (NEW.title = 'dies') EXECUTE FUNCTION die()",
    );
    let titles = (0..WRITES).map(|number| if number == 20 { "dies" } else { "stored" });
    let outcomes = outcomes(&app, titles.map(create).collect());
    let mut failed = 0;
    for (number, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(task) => assert_eq!(stored_titles(&app, number), [task.title.as_str()]),
            Err(error) => {
                assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
                assert_eq!(stored_titles(&app, number), [""; 0], "{number} is stored, although its response is 503");
                failed += 1;
            }
        }
    }
    assert!(outcomes[20].is_err() && failed > 1, "{failed} writes failed");
    app.create("alice", &json!({ "title": "after" }));
}

/// Row-level security hides all rows from a statement that names no user, also after the write of another user.
fn no_user_is_named_between_two_writes() {
    let app = start();
    app.execute(
        "CREATE TABLE named (user_id TEXT);
         CREATE FUNCTION note_user() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO named VALUES (coalesce(current_setting('app.user_id', true), '')); RETURN NULL; END $$;
         CREATE TRIGGER note_user BEFORE UPDATE ON user_state FOR EACH STATEMENT EXECUTE FUNCTION note_user()",
    );
    let works = (0..WRITES).map(|number| create(&number.to_string())).collect();
    assert!(outcomes(&app, works).iter().all(Result::is_ok));
    assert!(transactions(&app) <= 8, "the writes share transactions");
    let mut connection = PgConnection::establish(&app.url).unwrap();
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        user_id: String,
    }
    let named: Vec<Named> = sql_query("SELECT user_id FROM named").load(&mut connection).unwrap();
    assert!(named.len() >= WRITES, "{} statements", named.len());
    let named: Vec<_> = named.into_iter().map(|named| named.user_id).filter(|user| !user.is_empty()).collect();
    // the second attempt of a user's first create names this user
    assert!(named.iter().all(|user| user.starts_with("user")), "{named:?}");
    assert_eq!(named.len(), WRITES, "one second attempt for each user");
}

on_postgres!(
    waiting_writes_share_a_transaction,
    a_write_that_fails_is_rolled_back_alone,
    a_lock_delays_only_the_writes_of_its_user,
    a_lost_connection_stores_none_of_its_writes,
    no_user_is_named_between_two_writes,
);
