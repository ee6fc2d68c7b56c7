//! Query plans of the most frequent statements: an index scan in sort order or a primary key look-up, without sorting and table scans.
//!
//! The table is private to `db`, so this file contains copies of its statements. PostgreSQL reports the last statement of a connection:
//! the test compares it with the copy. SQLite explains the same text.

use better_auth_guard::Owner;
use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use task_api::db::{
    ChangePosition, ChangesSince, Filter, Keyset, KeysetValue, List, Migrator, PageStart, Sort, SortKey,
};
use task_api::task::{Completion, Priority, TaskPatch};

use crate::on_both;
use crate::support::{App, Database, block_on, config, owner, update_without_recurrence};

on_both!(
    the_default_list_uses_an_index_scan_without_sorting,
    single_task_statements_use_the_primary_key,
    changes_use_an_index_scan_without_sorting,
);

/// The bytes of a statement in `pg_stat_activity`: `track_activity_query_size` is 1,024 by default, minus the terminator.
const VISIBLE_QUERY_BYTES: usize = 1_023;

const COLUMNS: [&str; 22] = [
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
    "excluded_dates",
    "recurrence_start",
    "remind_local",
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

/// A database with 20,000 tasks of five users, assigned round-robin.
struct PlanTest {
    app: App,
    owner: Owner,
}

impl PlanTest {
    fn new(database: Database) -> Self {
        let (folder, url) = database.empty();
        // the application name identifies this test's connections; it equals the schema name
        let schema = url.rsplit("%3D").next().expect("the URL contains the schema");
        let url = if database == Database::Postgres { format!("{url}&application_name={schema}") } else { url };
        let config = config(&url, &[("POOL_SIZE", "1"), ("SET_USER_BY", "statement")]);
        Migrator::connect(&config.database).expect("the database is reachable").run().expect("the migrations succeed");
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

    fn update(&self, patch: TaskPatch) {
        block_on(self.app.db.write(self.owner.clone(), move |tasks| update_without_recurrence(tasks, 1_000, &patch)))
            .unwrap();
    }

    fn changes(&self) {
        let since = ChangesSince::Position(ChangePosition { seq: 7, id: 70, complete_seq: 7 });
        let page = block_on(self.app.db.read(self.owner.clone(), move |tasks| tasks.changes(since, 32))).unwrap();
        assert_eq!(page.changes.len(), 32);
    }

    /// Returns the custom and the generic plan of the statement that was just executed, one step per line.
    #[track_caller]
    fn plans(&self, statement: &str, values: &str) -> Vec<Vec<String>> {
        if let Some(path) = self.app.url.strip_prefix("sqlite:") {
            let mut connection = SqliteConnection::establish(path).expect("the file can be opened");
            let explain = sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps = explain.load::<Detail>(&mut connection).unwrap();
            return vec![steps.into_iter().map(|step| step.detail).collect()];
        }
        let mut connection = PgConnection::establish(&self.app.url).expect("the database responds");
        // a connection of the change feed has other statements
        let select = "SELECT query FROM pg_stat_activity WHERE application_name = current_setting('application_name') \
                      AND pid <> pg_backend_pid() AND left(query, 12) = left($1, 12) ORDER BY query_start DESC LIMIT 1";
        let executed = sql_query(select).bind::<Text, _>(statement).get_result::<Activity>(&mut connection);
        let executed = executed.expect("the service has executed a similar statement").query;
        assert_eq!(
            statement[..statement.len().min(VISIBLE_QUERY_BYTES)],
            executed,
            "this test's copy of the statement is out of date"
        );
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

/// Returns the owner condition, with parameters numbered from `first`. On PostgreSQL it also sets the owner for the policies.
fn owner_condition(database: Database, first_condition: usize) -> String {
    match database {
        Database::Sqlite => format!("(user_id = ${first_condition})"),
        Database::Postgres => {
            format!(
                "(user_id = ${first_condition} AND (SELECT set_config('app.user_id', ${}, true)) IS NOT NULL)",
                first_condition + 1
            )
        }
    }
}

/// Asserts that each plan uses one index with these conditions, below at most a limit.
/// On PostgreSQL, the filter that sets the owner must run before the policies.
#[track_caller]
fn assert_plans(plans: &[Vec<String>], sqlite: &str, postgres: &[&str]) {
    if let [plan] = plans {
        assert_eq!(plan, &[sqlite]);
        return;
    }
    for plan in plans {
        let plan_text = plan.join("\n");
        for expected_part in postgres {
            assert!(plan_text.contains(expected_part), "{expected_part} is missing:\n{plan_text}");
        }
        for forbidden in ["Sort", "Seq Scan", "Bitmap"] {
            assert!(!plan_text.contains(forbidden), "{forbidden} is in the plan:\n{plan_text}");
        }
        assert_owner_is_set_first(&plan_text);
    }
}

/// Asserts that a one-time filter above the only scan sets the owner first.
#[track_caller]
pub fn assert_owner_is_set_first(plan: &str) {
    let (nodes_above, rest) = plan.split_once("One-Time Filter: ").unwrap_or_else(|| panic!("no filter:\n{plan}"));
    let filter = rest.lines().next().expect("a filter line");
    let first_condition = filter.split(" AND ").next().expect("a condition");
    // `$0`, or `(InitPlan 1).col1` since PostgreSQL 17
    assert!(
        first_condition.ends_with("IS NOT NULL") || first_condition.ends_with("IS NOT NULL)"),
        "another condition comes first:\n{plan}"
    );
    assert!(
        !first_condition.contains("current_setting") && !nodes_above.contains("Scan"),
        "rows are scanned before the owner is set:\n{plan}"
    );
}

fn the_default_list_uses_an_index_scan_without_sorting(database: Database) {
    let test = PlanTest::new(database);
    let order = r#"ORDER BY "tasks"."created_at" DESC, "tasks"."id" DESC"#;
    let owner_filter = format!(r#"({} AND ("tasks"."deleted_at" IS NULL))"#, owner_condition(database, 1));
    let columns = COLUMNS.join(", ");

    test.list(PageStart::Offset(0));
    let first_condition = format!(r#"SELECT {columns} FROM "tasks" WHERE {owner_filter} {order} LIMIT $3"#);
    assert_plans(
        &test.plans(&first_condition, "'user0', 'user0', 51"),
        "SEARCH tasks USING INDEX tasks_by_creation (user_id=?)",
        &["Index Scan using tasks_by_creation on tasks", "Index Cond: (user_id = "],
    );

    let middle: chrono::DateTime<Utc> = "2026-01-07T22:40:00Z".parse().unwrap();
    test.list(PageStart::After(Keyset { value: KeysetValue::Timestamp(Some(middle.timestamp_millis())), id: 10_000 }));
    let next_page = format!(
        r#"SELECT {columns} FROM "tasks" WHERE (({owner_filter} AND ("tasks"."created_at" <= $3)) AND (("tasks"."created_at" < $4) OR ("tasks"."id" < $5))) {order} LIMIT $6"#
    );
    assert_plans(
        &test.plans(&next_page, "'user0', 'user0', '2026-01-07 22:40', '2026-01-07 22:40', 10000, 51"),
        "SEARCH tasks USING INDEX tasks_by_creation (user_id=? AND created_at<?)",
        &["Index Scan using tasks_by_creation on tasks", "Index Cond: ((user_id = ", "(created_at <= "],
    );
}

fn single_task_statements_use_the_primary_key(database: Database) {
    let test = PlanTest::new(database);
    let by_key = ["Index Scan using tasks_pkey on tasks", "Index Cond: ((user_id = ", "(id = "];
    let by_rowid = "SEARCH tasks USING INTEGER PRIMARY KEY (rowid=?)";

    test.get();
    let columns = COLUMNS.join(", ");
    let owner_filter = owner_condition(database, 1);
    let get = format!(
        r#"SELECT {columns} FROM "tasks" WHERE (({owner_filter} AND ("tasks"."deleted_at" IS NULL)) AND ("tasks"."id" = $3))"#
    );
    assert_plans(&test.plans(&get, "'user0', 'user0', 1000"), by_rowid, &by_key);

    let now = Utc::now();
    let empty_patch = TaskPatch::completion(Completion::Keep, now);
    test.update(empty_patch.clone());
    // on PostgreSQL, the statement takes its sequence number; on SQLite, an earlier one has taken it
    let (with, from, values_before, first) = match database {
        Database::Postgres => {
            let state = format!("UPDATE user_state SET seq = seq + 1 WHERE {owner_filter} RETURNING seq AS next_seq");
            (format!("WITH state AS ({state}) "), " FROM state", "'user0', 'user0', ", 3)
        }
        Database::Sqlite => (String::new(), "", "7, ", 2),
    };
    let seq = if database == Database::Postgres { "next_seq" } else { "$1" };
    let update_start = format!("{with}UPDATE tasks SET seq = {seq}, version = version + 1, updated_at = ${first}");
    let update_end = |first_condition, only_if| {
        let columns = COLUMNS.join(", ");
        let owner_filter = owner_condition(database, first_condition);
        let id = first_condition + if database == Database::Postgres { 2 } else { 1 };
        format!("{from} WHERE deleted_at IS NULL AND {owner_filter} AND id = ${id}{only_if} RETURNING {columns}")
    };
    let touch_statement = format!("{update_start}{}", update_end(first + 1, ""));
    let values = format!("{values_before} '2026-01-02', 'user0', 'user0', 1000");
    assert_update_plans(&test.plans(&touch_statement, &values), by_rowid, &by_key);

    test.update(TaskPatch {
        title: Some("t".into()),
        description: Some(None),
        priority: Some(Priority::Low),
        completion: Completion::Set(false),
        ..empty_patch
    });
    let rare_columns = &COLUMNS[5..14];
    let rare_columns = rare_columns.iter().zip((first + 6..).step_by(2)).map(|(column, number)| {
        let value = number + 1;
        format!("{column} = CASE WHEN ${number} THEN ${value} ELSE {column} END")
    });
    let number = |index: usize| first + index;
    let assignments = format!(
        "title = ${}, title_folded = ${}, title_key = ${}, description = ${}, description_folded = ${}, {}, completed = FALSE, \
         completed_at = CASE WHEN FALSE THEN coalesce(completed_at, ${}) END",
        number(1),
        number(2),
        number(3),
        number(4),
        number(5),
        rare_columns.collect::<Vec<_>>().join(", "),
        number(24)
    );
    let unset_parameters = "false, null, ".repeat(8);
    let values = format!(
        "{values_before} '2026-01-02', 't', 't', '', null, null, true, 1, {unset_parameters} '2026-01-02', 'user0', 'user0', 1000"
    );
    let statement = format!("{update_start}, {assignments}{}", update_end(number(25), " AND next_id IS NULL"));
    assert_update_plans(&test.plans(&statement, &values), by_rowid, &by_key);
}

/// As [`assert_plans`], for a statement that takes its sequence number on PostgreSQL, in a part of its own.
#[track_caller]
fn assert_update_plans(plans: &[Vec<String>], sqlite: &str, postgres: &[&str]) {
    let [custom, generic] = plans else { return assert_plans(plans, sqlite, postgres) };
    for plan in [custom, generic] {
        let indent = |line: &String| line.len() - line.trim_start().len();
        let state = plan.iter().position(|line| line.trim() == "CTE state").expect("a part for the sequence number");
        let state_end = plan[state + 1..].iter().position(|line| indent(line) <= indent(&plan[state]));
        let state_end = state + 1 + state_end.expect("the update of the task");
        assert_owner_is_set_first(&plan[state..state_end].join("\n"));
        let rest: Vec<String> =
            plan[state_end..].iter().filter(|line| !line.contains("CTE Scan on state")).cloned().collect();
        assert_plans(&[rest.clone(), rest], sqlite, postgres);
    }
}

fn changes_use_an_index_scan_without_sorting(database: Database) {
    let test = PlanTest::new(database);
    test.changes();
    let columns = COLUMNS.join(", ");
    let owner_filter = owner_condition(database, 1);
    let numbers: Vec<usize> = (if database == Database::Postgres { 3 } else { 2 }..).take(5).collect();
    let statement = format!(
        r#"SELECT "tasks"."seq", ("tasks"."deleted_at" IS NOT NULL), {columns} FROM "tasks" WHERE (({owner_filter} AND ("tasks"."seq" BETWEEN ${} AND ${})) AND (("tasks"."seq" > ${}) OR ("tasks"."id" > ${}))) ORDER BY "tasks"."seq", "tasks"."id" LIMIT ${}"#,
        numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    );
    assert_plans(
        &test.plans(&statement, "'user0', 'user0', 7, 4000, 7, 70, 33"),
        "SEARCH tasks USING INDEX tasks_by_seq (user_id=? AND seq>? AND seq<?)",
        &["Index Scan using tasks_by_seq on tasks", "Index Cond: ((user_id = ", "(seq >= "],
    );
}
