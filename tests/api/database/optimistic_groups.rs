//! Writes of several users that wait for PostgreSQL share a transaction. Each of them succeeds or fails by itself.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;
use task_api::db::DbError;
use task_api::task::Task;

use crate::database::waiting_writes::{
    Outcomes, WRITES, Work, assert_all_are_stored, assert_failures_are_rolled_back_alone, assert_stored_or_unavailable,
    create, creates, stored_titles,
};
use crate::on_postgres;
use crate::outages::busy_database::HeldConnection;
use crate::support::{App, Database, block_on, new_task, owner};

fn start() -> App {
    App::start_with(
        Database::Postgres,
        &[("POOL_SIZE", "1"), ("POOL_WAIT", "20s"), ("SET_USER_BY", "statement"), ("TASK_QUOTA", "3")],
    )
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
fn outcomes(app: &App, works: Vec<Work>) -> Outcomes {
    block_on(async { join_all(write_while_held(app, works)).await })
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
    assert_all_are_stored(&app, outcomes(&app, creates()));
    let transactions = transactions(&app);
    // each has at least three writes
    assert!(transactions <= 8, "{transactions} transactions of {WRITES} writes");
}

fn a_write_that_fails_is_rolled_back_alone() {
    assert_failures_are_rolled_back_alone(&start(), outcomes);
}

/// Makes each insert of a task with this title run this statement first.
fn before_insert(app: &App, title: &str, statement: &str) {
    app.execute(&format!(
        "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NEW; END $$;
         CREATE TRIGGER act BEFORE INSERT ON tasks FOR EACH ROW WHEN (NEW.title = '{title}') EXECUTE FUNCTION act()"
    ));
}

/// The work of a failed write runs again. What it wrote before the failure is stored once.
fn an_error_of_the_database_writes_nothing_twice() {
    let app = start();
    before_insert(&app, "fails", "RAISE 'on purpose'");
    let mut works = creates();
    works[5] = create("fails");
    works[9] = Box::new(|tasks| {
        tasks.create(&new_task("before"))?;
        tasks.transaction(|tasks| tasks.create(&new_task("fails")))
    });
    for (number, outcome) in outcomes(&app, works).iter().enumerate() {
        match number {
            5 | 9 => assert!(matches!(outcome, Err(DbError::Query(_))), "{outcome:?}"),
            _ => assert_eq!(outcome.as_ref().unwrap().title, number.to_string()),
        }
        let stored = match number {
            5 => vec![],
            9 => vec!["before".to_owned()],
            _ => vec![number.to_string()],
        };
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
        let mut writes = write_while_held(&app, creates());
        let blocked = writes.remove(5);
        assert!(join_all(writes).await.iter().all(Result::is_ok));
        other.batch_execute("COMMIT").unwrap();
        assert_eq!(blocked.await.unwrap().title, "5");
    });
    assert_eq!(stored_titles(&app, 5), ["5", "before"]);
}

fn a_lost_connection_stores_none_of_its_writes() {
    let app = start();
    before_insert(&app, "dies", "PERFORM pg_terminate_backend(pg_backend_pid())");
    let titles = (0..WRITES).map(|number| if number == 20 { "dies" } else { "stored" });
    let outcomes = outcomes(&app, titles.map(create).collect());
    let failed = assert_stored_or_unavailable(&app, &outcomes);
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
    assert!(outcomes(&app, creates()).iter().all(Result::is_ok));
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
    an_error_of_the_database_writes_nothing_twice,
    a_lock_delays_only_the_writes_of_its_user,
    a_lost_connection_stores_none_of_its_writes,
    no_user_is_named_between_two_writes,
);
