//! The service's own migrations: the same on both databases, up and down and up again, and safe when several start at once.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use task_api::db::Migrator;

use crate::support::{App, Database, config};
use crate::{on_both, on_postgres};

on_both!(up_down_and_up_again, four_at_once_migrate_once, better_auths_tables_are_left_alone);

on_postgres!(the_two_databases_have_the_same_columns);

#[derive(QueryableByName, PartialEq, Eq, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

/// The table's columns in order, whatever the database calls their types.
fn columns(url: &str) -> Vec<Column> {
    let rows: QueryResult<Vec<Column>> = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut connection = SqliteConnection::establish(path).unwrap();
            sql_query("SELECT name, CASE WHEN \"notnull\" THEN 'NO' ELSE 'YES' END AS nullable FROM pragma_table_info('tasks')")
                .load(&mut connection)
        }
        None => {
            let mut connection = PgConnection::establish(url).unwrap();
            sql_query(
                "SELECT column_name::text AS name, is_nullable::text AS nullable FROM information_schema.columns \
                 WHERE table_name = 'tasks' AND table_schema = current_schema() ORDER BY ordinal_position",
            )
            .load(&mut connection)
        }
    };
    rows.unwrap()
}

fn up_down_and_up_again(database: Database) {
    let (_folder, url) = database.fresh();
    let mut migrator = Migrator::connect(&config(&url, &[]).database).unwrap();
    let pending = migrator.state().unwrap().pending;
    assert!(!pending.is_empty());
    assert_eq!(migrator.run().unwrap(), pending);
    assert_eq!(migrator.run().unwrap(), Vec::<String>::new());
    let made = columns(&url);
    for name in pending.iter().rev() {
        assert_eq!(migrator.revert().unwrap().as_ref(), Some(name));
    }
    assert_eq!(columns(&url), vec![]);
    assert_eq!(migrator.revert().unwrap(), None);
    assert_eq!(migrator.run().unwrap(), pending);
    assert_eq!(columns(&url), made);
    let state = migrator.state().unwrap();
    assert_eq!((state.applied, state.pending), (pending, vec![]));
}

fn four_at_once_migrate_once(database: Database) {
    for _ in 0..5 {
        let (_folder, url) = database.fresh();
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

fn better_auths_tables_are_left_alone(database: Database) {
    let app = App::start(database);
    app.make_better_auth_tables();
    app.sign_in("alice");
    let mut migrator = Migrator::connect(&app.config.database).unwrap();
    while migrator.revert().unwrap().is_some() {}
    migrator.run().unwrap();
    app.execute("INSERT INTO session SELECT 'copy', \"expiresAt\", 'copy', \"createdAt\", \"updatedAt\", NULL, NULL, \"userId\" FROM session");
}

/// Both folders have the same stamps and names.
#[test]
fn the_two_databases_agree() {
    let names = |folder: &str| {
        let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

fn the_two_databases_have_the_same_columns() {
    let (sqlite, postgres) = (App::start(Database::Sqlite), App::start(Database::Postgres));
    assert_eq!(columns(&sqlite.url), columns(&postgres.url));
}
