//! The service's own migrations: apply, revert, apply again, and apply from several processes at once.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use insta::assert_snapshot;
use task_api::db::Migrator;

use crate::cli::serve::stderr_of_failure;
use crate::on_both;
use crate::support::{App, Database, config, migrate, production};

on_both!(
    migrations_can_be_reverted_and_applied_again,
    concurrent_starters_apply_each_migration_once,
    migrations_keep_better_auths_tables,
    copies_equal_migrated_databases,
    tasks_have_the_same_columns_on_both_databases,
    only_citus_distributes_tables,
);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Runs the SQL of the URL's database; each selects one text column, `line`.
fn lines(url: &str, sqlite: &str, postgres: &str) -> Vec<String> {
    let rows: QueryResult<Vec<Line>> = match url.strip_prefix("sqlite:") {
        Some(path) => sql_query(sqlite).load(&mut SqliteConnection::establish(path).unwrap()),
        None => sql_query(postgres).load(&mut PgConnection::establish(url).unwrap()),
    };
    rows.unwrap().into_iter().map(|row| row.line).collect()
}

/// The columns of `tasks` in order, without their types, which differ between the databases.
fn columns(url: &str) -> Vec<String> {
    lines(
        url,
        "SELECT name || CASE WHEN \"notnull\" THEN ' NOT NULL' ELSE '' END AS line FROM pragma_table_info('tasks')",
        "SELECT column_name || CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END AS line \
         FROM information_schema.columns WHERE table_name = 'tasks' AND table_schema = current_schema() \
         ORDER BY ordinal_position",
    )
}

/// Everything that the migrations define: tables, columns, constraints, indexes, policies, and diesel's record.
fn definitions(url: &str) -> Vec<String> {
    const SQLITE: &str = "SELECT concat_ws(' ', type, name, tbl_name, sql) AS line FROM sqlite_master \
                          UNION ALL SELECT 'journal mode ' || journal_mode FROM pragma_journal_mode \
                          UNION ALL SELECT 'version ' || version FROM __diesel_schema_migrations ORDER BY 1";
    const POSTGRES: &str = "
        WITH own AS (SELECT * FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
        SELECT replace(line, current_schema(), 'SCHEMA') AS line FROM (
            SELECT concat_ws(' ', 'class', relname, relkind, relpersistence, relowner::regrole, relacl, reloptions,
                             relrowsecurity, relforcerowsecurity) AS line FROM own
            UNION ALL
            SELECT concat_ws(' ', 'column', relname, attnum, attname, format_type(atttypid, atttypmod), attcollation,
                             attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
            FROM own JOIN pg_attribute ON attrelid = own.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attnum > 0
            UNION ALL
            SELECT concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(pg_constraint.oid))
            FROM own JOIN pg_constraint ON conrelid = own.oid
            UNION ALL
            SELECT concat_ws(' ', 'index', relname, pg_get_indexdef(indexrelid))
            FROM own JOIN pg_index ON indexrelid = own.oid
            UNION ALL
            SELECT concat_ws(' ', 'policy', tablename, policyname, permissive, roles, cmd, qual, 'CHECK', with_check)
            FROM pg_policies WHERE schemaname = current_schema()
            UNION ALL
            SELECT 'version ' || version FROM __diesel_schema_migrations
        ) AS lines ORDER BY line";
    lines(url, SQLITE, POSTGRES)
}

fn migrations_can_be_reverted_and_applied_again(database: Database) {
    let (_folder, url) = database.empty();
    let mut migrator = Migrator::connect(&config(&url, &[]).database).unwrap();
    let pending = migrator.state().unwrap().pending;
    assert!(!pending.is_empty());
    assert_eq!(migrator.run().unwrap(), pending);
    assert_eq!(migrator.run().unwrap(), Vec::<String>::new());
    let created = definitions(&url);
    for name in pending.iter().rev() {
        assert_eq!(migrator.revert().unwrap().as_ref(), Some(name));
    }
    assert!(columns(&url).is_empty());
    assert_eq!(migrator.revert().unwrap(), None);
    assert_eq!(migrator.run().unwrap(), pending);
    assert_eq!(definitions(&url), created);
    let state = migrator.state().unwrap();
    assert_eq!((state.applied, state.pending), (pending, vec![]));
}

fn concurrent_starters_apply_each_migration_once(database: Database) {
    for _ in 0..5 {
        let (_folder, url) = database.empty();
        let settings = config(&url, &[]).database;
        let starters: Vec<_> = (0..4)
            .map(|_| {
                let settings = settings.clone();
                std::thread::spawn(move || Migrator::connect(&settings).unwrap().run().unwrap().len())
            })
            .collect();
        let applied: usize = starters.into_iter().map(|starter| starter.join().unwrap()).sum();
        assert_eq!(applied, Migrator::connect(&settings).unwrap().state().unwrap().applied.len());
    }
}

fn migrations_keep_better_auths_tables(database: Database) {
    let app = App::start(database);
    app.make_better_auth_tables();
    app.sign_in("alice");
    let mut migrator = Migrator::connect(&app.config.database).unwrap();
    while migrator.revert().unwrap().is_some() {}
    migrator.run().unwrap();
    app.execute("INSERT INTO session SELECT 'copy', \"expiresAt\", 'copy', \"createdAt\", \"updatedAt\", NULL, NULL, \"userId\" FROM session");
}

/// The databases of all other tests are copies of a template.
fn copies_equal_migrated_databases(database: Database) {
    let (_copied_folder, copied) = database.migrated();
    let (_folder, migrated) = database.empty();
    migrate(&migrated);
    let definitions = definitions(&migrated);
    assert!(definitions.iter().any(|line| line.contains("tasks_by_creation")), "{definitions:?}");
    assert_eq!(self::definitions(&copied), definitions);
}

fn only_citus_distributes_tables(database: Database) {
    let (folder, url) = database.migrated();
    let variables = match database {
        Database::Sqlite => vec![("DATABASE_URL", url.as_str())],
        Database::Postgres => production(&url).to_vec(),
    };
    for arguments in [&["migrate", "distribute", "--check"][..], &["migrate", "distribute"]] {
        let stderr = stderr_of_failure(folder.path(), &variables, arguments);
        let reason =
            if stderr.contains("SQLite") { "SQLite cannot be distributed" } else { "not have the extension Citus" };
        assert!(stderr.contains(reason), "{arguments:?}: {stderr}");
    }
}

/// Both databases use one snapshot.
fn tasks_have_the_same_columns_on_both_databases(database: Database) {
    let (_folder, url) = database.empty();
    migrate(&url);
    assert_snapshot!("columns_of_tasks", columns(&url).join("\n"));
}

/// Both folders have the same stamps and names.
#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| {
        let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
