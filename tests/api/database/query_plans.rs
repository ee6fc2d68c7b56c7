//! What the databases make of the statements that every front end sends: an index in its own order, or a primary key; no sorting, and
//! no pass over the table.
//!
//! The table is private to the store, so its statements are written here once more. PostgreSQL shows what a connection ran last:
//! there they are compared with what diesel really sends. SQLite is asked about the same text, which it reads as well.

use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use task_api::auth::{Credential, CredentialHeaders, KeySet, Owner};
use task_api::db::{
    DbError, Filter, Keyset, KeysetValue, List, Migrator, Occurrences, PageStart, Sort, SortKey, Tasks,
    VersionCondition, Write,
};
use task_api::recurrence::Budget;
use task_api::task::{Completion, Priority, Task, TaskPatch};

use crate::on_both;
use crate::support::{App, Database, config, jwt};

on_both!(the_default_list_is_read_in_the_order_of_its_index, one_task_is_found_by_its_key);

/// What PostgreSQL shows of a statement, by default: 1,024 bytes, the last of which is none.
const SHOWN: usize = 1_023;

const COLUMNS: [&str; 19] = [
    "id",
    "user_id",
    "title",
    "description",
    "completed_at",
    "priority",
    "tags",
    "due_at",
    "due_all_day",
    "time_zone",
    "remind_at",
    "recurrence_rule",
    "repeat_from_completion",
    "series_id",
    "next_id",
    "uid",
    "version",
    "created_at",
    "updated_at",
];

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

#[derive(QueryableByName)]
struct Detail {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Activity {
    #[diesel(sql_type = Text)]
    query: String,
}

/// A database of 20,000 tasks of five users, taken in turn.
struct Bed {
    app: App,
    owner: Owner,
}

impl Bed {
    fn new(database: Database) -> Self {
        let (folder, url) = database.fresh();
        // PostgreSQL knows this test's connections from those of others by this name, which is the schema's
        let schema = url.rsplit("%3D").next().expect("there is a last part");
        let url = if database == Database::Postgres { format!("{url}&application_name={schema}") } else { url };
        let config = config(&url, &[("POOL_SIZE", "1")]);
        Migrator::connect(&config.database).expect("the database is there").run().expect("the migrations fit");
        let app = App::serve(config, url, folder);
        let (numbers, created_at) = match database {
            Database::Sqlite => (
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)",
                "strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', n || ' minutes')",
            ),
            Database::Postgres => (
                "WITH numbers (n) AS (SELECT generate_series(1, 20000))",
                "timestamp '2026-01-01' + n * interval '1 minute'",
            ),
        };
        app.execute(&format!(
            "{numbers} INSERT INTO tasks (user_id, uid, title, title_folded, created_at, updated_at)
             SELECT 'user' || (n % 5), 't' || n, 't' || n, 't' || n, {created_at}, {created_at} FROM numbers; ANALYZE tasks"
        ));
        let owner = owner(&app, "user0");
        Self { app, owner }
    }

    fn list(&self, start: PageStart) {
        let sort = Sort { key: SortKey::CreatedAt, descending: true };
        let list = List { filter: Filter::default(), sort, limit: 50, start, count: false };
        let page = block_on(self.app.db.read(self.owner.clone(), move |tasks| tasks.list(&list))).unwrap();
        assert_eq!(page.tasks.len(), 50);
    }

    fn get(&self) {
        block_on(self.app.db.read(self.owner.clone(), |tasks| tasks.get(1_000))).unwrap();
    }

    fn update(&self, change: TaskPatch) {
        block_on(self.app.db.write(self.owner.clone(), move |tasks| updated(tasks, 1_000, &change))).unwrap();
    }

    fn delete(&self) {
        block_on(self.app.db.write(self.owner.clone(), |tasks| tasks.purge(1_000, &VersionCondition::Any))).unwrap();
    }

    /// The plans of the statement that the store has just run, for these values of its parameters and for any, one step on a line.
    #[track_caller]
    fn plans(&self, statement: &str, values: &str) -> Vec<Vec<String>> {
        if let Some(path) = self.app.url.strip_prefix("sqlite:") {
            let mut connection = SqliteConnection::establish(path).expect("the file can be opened");
            let explain = sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps = explain.load::<Detail>(&mut connection).unwrap();
            return vec![steps.into_iter().map(|step| step.detail).collect()];
        }
        let mut connection = PgConnection::establish(&self.app.url).expect("the database answers");
        let select = "SELECT query FROM pg_stat_activity WHERE application_name = current_setting('application_name') \
                      AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1";
        let sent = sql_query(select).get_result::<Activity>(&mut connection).expect("the service is connected").query;
        assert_eq!(statement[..statement.len().min(SHOWN)], sent, "this test's copy of the statement is out of date");
        connection.batch_execute(&format!("PREPARE statement AS {statement}")).unwrap();
        let mode = |mode: &str| format!("SET plan_cache_mode = force_{mode}_plan");
        let explain = |mode| {
            connection.batch_execute(mode).unwrap();
            let explain = sql_query(format!("EXPLAIN EXECUTE statement ({values})"));
            explain.load::<Plan>(&mut connection).unwrap().into_iter().map(|step| step.line).collect()
        };
        [mode("custom"), mode("generic")].iter().map(String::as_str).map(explain).collect()
    }
}

fn owner(app: &App, user: &str) -> Owner {
    let header = format!("Bearer {}", jwt(user));
    let presented = CredentialHeaders { authorization: vec![header.as_bytes()], cookie: vec![] };
    let judged = app.config.auth.verifier().verify(&presented, &KeySet::default(), Utc::now());
    match judged.expect("no database is needed").expect("it is good").1 {
        Credential::User(user) => user.into_owner(),
        Credential::Session(_) => unreachable!("a JWT proves a user"),
    }
}

/// Changes a task that needs no next occurrence.
fn updated(tasks: &mut Tasks<'_, Write>, id: i64, change: &TaskPatch) -> Result<Task, DbError> {
    let mut occurrences = Occurrences::new(Budget::for_request());
    Ok(tasks.update(id, change, &VersionCondition::Any, &mut occurrences)?.expect("it does not repeat"))
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Columns as diesel names them.
/// The condition that a row is the owner's, with its parameters numbered from here on. PostgreSQL is told the owner by it.
fn is_owner(database: Database, first: usize) -> String {
    match database {
        Database::Sqlite => format!("(user_id = ${first})"),
        Database::Postgres => {
            format!("(user_id = ${first} AND (SELECT set_config('app.user_id', ${}, true)) IS NOT NULL)", first + 1)
        }
    }
}

/// Asserts that each plan is the use of one index by these conditions, below nothing but a limit, and on PostgreSQL below the filter
/// that tells the policies who is asking, and does so before they are asked.
#[track_caller]
fn expect(plans: &[Vec<String>], sqlite: &str, postgres: &[&str]) {
    if let [plan] = plans {
        assert_eq!(plan, &[sqlite]);
        return;
    }
    for plan in plans {
        let text = plan.join("\n");
        for part in postgres {
            assert!(text.contains(part), "{part} is missing:\n{text}");
        }
        for bad in ["Sort", "Seq Scan", "Bitmap"] {
            assert!(!text.contains(bad), "{bad} is in the way:\n{text}");
        }
        expect_gate(&text);
    }
}

/// A one-time filter that begins by telling who is asking, in a node above the only scan.
#[track_caller]
pub fn expect_gate(plan: &str) {
    let (above, below) = plan.split_once("One-Time Filter: ").unwrap_or_else(|| panic!("no filter:\n{plan}"));
    let filter = below.lines().next().expect("there is a line");
    let first = filter.split(" AND ").next().expect("there is a condition");
    // `$0`, and from PostgreSQL 17 on `(InitPlan 1).col1`
    assert!(
        first.ends_with("IS NOT NULL") || first.ends_with("IS NOT NULL)"),
        "another condition comes first:\n{plan}"
    );
    assert!(!first.contains("current_setting") && !above.contains("Scan"), "rows are looked at before:\n{plan}");
}

fn the_default_list_is_read_in_the_order_of_its_index(database: Database) {
    let bed = Bed::new(database);
    let order = r#"ORDER BY "tasks"."created_at" DESC, "tasks"."id" DESC"#;
    let mine = format!(r#"({} AND ("tasks"."deleted_at" IS NULL))"#, is_owner(database, 1));
    let columns = COLUMNS.join(", ");

    bed.list(PageStart::Offset(0));
    let first = format!(r#"SELECT {columns} FROM "tasks" WHERE {mine} {order} LIMIT $3"#);
    expect(
        &bed.plans(&first, "'user0', 'user0', 51"),
        "SEARCH tasks USING INDEX tasks_by_creation (user_id=?)",
        &["Index Scan using tasks_by_creation on tasks", "Index Cond: (user_id = "],
    );

    let half: chrono::DateTime<Utc> = "2026-01-07T22:40:00Z".parse().unwrap();
    bed.list(PageStart::After(Keyset { value: KeysetValue::Timestamp(Some(half.timestamp_millis())), id: 10_000 }));
    let behind = format!(
        r#"SELECT {columns} FROM "tasks" WHERE (({mine} AND ("tasks"."created_at" <= $3)) AND (("tasks"."created_at" < $4) OR ("tasks"."id" < $5))) {order} LIMIT $6"#
    );
    expect(
        &bed.plans(&behind, "'user0', 'user0', '2026-01-07 22:40', '2026-01-07 22:40', 10000, 51"),
        "SEARCH tasks USING INDEX tasks_by_creation (user_id=? AND created_at<?)",
        &["Index Scan using tasks_by_creation on tasks", "Index Cond: ((user_id = ", "(created_at <= "],
    );
}

fn one_task_is_found_by_its_key(database: Database) {
    let bed = Bed::new(database);
    let by_key = ["Index Scan using tasks_pkey on tasks", "Index Cond: ((user_id = ", "(id = "];
    let by_rowid = "SEARCH tasks USING INTEGER PRIMARY KEY (rowid=?)";

    bed.get();
    let columns = COLUMNS.join(", ");
    let mine = is_owner(database, 1);
    let get = format!(
        r#"SELECT {columns} FROM "tasks" WHERE (({mine} AND ("tasks"."deleted_at" IS NULL)) AND ("tasks"."id" = $3))"#
    );
    expect(&bed.plans(&get, "'user0', 'user0', 1000"), by_rowid, &by_key);

    let now = Utc::now();
    let nothing = TaskPatch::completion(Completion::Keep, now);
    bed.update(nothing.clone());
    let begin = "UPDATE tasks SET version = version + 1, updated_at = $1";
    let end = |first| {
        let columns = COLUMNS.join(", ");
        let mine = is_owner(database, first);
        let id = first + if database == Database::Postgres { 2 } else { 1 };
        format!("WHERE deleted_at IS NULL AND {mine} AND id = ${id} RETURNING {columns}")
    };
    let untouched = format!("{begin} {}", end(2));
    expect(&bed.plans(&untouched, "'2026-01-02', 'user0', 'user0', 1000"), by_rowid, &by_key);

    bed.update(TaskPatch {
        title: Some("t".into()),
        description: Some(None),
        priority: Some(Priority::Low),
        completion: Completion::Set(false),
        ..nothing
    });
    let rare = &COLUMNS[5..13];
    let rare = rare.iter().zip((6..).step_by(2)).map(|(column, number)| {
        let value = number + 1;
        format!("{column} = CASE WHEN ${number} THEN ${value} ELSE {column} END")
    });
    let all = format!(
        "title = $2, title_folded = $3, description = $4, description_folded = $5, {}, completed = FALSE, \
         completed_at = CASE WHEN FALSE THEN coalesce(completed_at, $22) END",
        rare.collect::<Vec<_>>().join(", ")
    );
    let others = "false, null, ".repeat(7);
    let values = format!("'2026-01-02', 't', 't', null, null, true, 1, {others} '2026-01-02', 'user0', 'user0', 1000");
    expect(&bed.plans(&format!("{begin}, {all} {}", end(23)), &values), by_rowid, &by_key);

    bed.delete();
    let delete =
        format!(r#"DELETE FROM "tasks" WHERE (({mine} AND ("tasks"."id" = $3)) AND $4) RETURNING "tasks"."id""#);
    expect(&bed.plans(&delete, "'user0', 'user0', 1000, true"), by_rowid, &by_key);
}
