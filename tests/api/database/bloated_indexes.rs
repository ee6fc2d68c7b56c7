//! After a mass deletion, PostgreSQL's indexes stay large. Lists still use them.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection};

use crate::on_postgres;
use crate::support::{App, Database};

#[derive(QueryableByName, Debug)]
struct Scans {
    #[diesel(sql_type = BigInt)]
    of_table: i64,
    #[diesel(sql_type = BigInt)]
    of_index: i64,
}

fn scans(app: &App) -> Scans {
    let mut connection = PgConnection::establish(&app.url).unwrap();
    sql_query(
        "SELECT pg_stat_get_numscans('tasks'::regclass) AS of_table, pg_stat_get_numscans('tasks_by_creation'::regclass) AS of_index",
    )
    .get_result(&mut connection)
    .unwrap()
}

fn lists_use_the_index_after_a_mass_deletion() {
    let app =
        App::start_with(Database::Postgres, &[("POOL_SIZE", "1"), ("SET_USER_BY", "statement"), ("RATE_LIMIT", "off")]);
    app.execute(
        "ALTER TABLE tasks DISABLE TRIGGER USER;
         INSERT INTO tasks (user_id, uid, title, title_folded, created_at, updated_at)
         SELECT 'alice', 't' || n, 't', 't', timestamp '2026-01-01' + n * interval '1 s', timestamp '2026-01-01'
         FROM generate_series(1, 40000) AS n;
         DELETE FROM tasks WHERE created_at > timestamp '2026-01-01' + interval '1000 s';
         ALTER TABLE tasks ENABLE TRIGGER USER",
    );
    PgConnection::establish(&app.url).unwrap().batch_execute("VACUUM ANALYZE tasks").unwrap();
    let before = scans(&app);
    let deadline = Instant::now() + Duration::from_secs(30);
    // a connection reports its scans some time later
    let after = loop {
        let list = app.request_as("alice", "GET", "/api/tasks?limit=20").send().expect(200);
        assert_eq!(list.as_array().unwrap().len(), 20);
        let after = scans(&app);
        if after.of_index > before.of_index || Instant::now() > deadline {
            break after;
        }
    };
    assert!(after.of_index > before.of_index, "no list used the index: {before:?}, {after:?}");
    assert_eq!(after.of_table, before.of_table, "a list read the whole table");
}

on_postgres!(lists_use_the_index_after_a_mass_deletion);
