//! The methods of `Tasks` without HTTP: isolation of users, round trips, toggles and panics.

use chrono::{DateTime, Utc};
use task_api::db::{DbError, Filter, List, PageStart, Sort, SortKey, VersionCondition};
use task_api::recurrence::Due;
use task_api::task::{Completion, NewTask, Priority, Task, TaskPatch};

use crate::on_both;
use crate::support::{App, Database, block_on, new_task, owner, update_without_recurrence};

on_both!(
    tasks_of_another_user_are_not_found,
    a_created_task_is_read_back_unchanged,
    toggle_and_set_update_completed_at,
    every_parallel_toggle_is_applied,
    a_panic_in_a_query_fails_only_its_request,
);

fn list_all() -> List {
    let sort = Sort { key: SortKey::CreatedAt, descending: true };
    List { filter: Filter::default(), sort, limit: 100, start: PageStart::Offset(0), count: true }
}

fn create(app: &App, user: &str, new_task: NewTask) -> Task {
    block_on(app.db.write(owner(app, user), move |tasks| tasks.create(&new_task))).unwrap()
}

fn get(app: &App, user: &str, id: i64) -> Result<Task, DbError> {
    block_on(app.db.read(owner(app, user), move |tasks| tasks.get(id)))
}

fn update(app: &App, user: &str, id: i64, patch: TaskPatch) -> Result<Task, DbError> {
    block_on(app.db.write(owner(app, user), move |tasks| update_without_recurrence(tasks, id, &patch)))
}

fn tasks_of_another_user_are_not_found(database: Database) {
    let app = App::start(database);
    let alices_task = create(&app, "alice", new_task("hers"));
    let assert_not_found =
        |outcome: Result<Task, DbError>| assert!(matches!(outcome, Err(DbError::NotFound)), "{outcome:?}");
    assert_not_found(get(&app, "bob", alices_task.id));
    for completion in [Completion::Keep, Completion::Toggle, Completion::Set(true)] {
        assert_not_found(update(&app, "bob", alices_task.id, TaskPatch::completion(completion, Utc::now())));
    }
    let deleted = block_on(
        app.db.write(owner(&app, "bob"), move |tasks| tasks.delete(alices_task.id, &VersionCondition::Any, Utc::now())),
    );
    assert!(matches!(deleted, Err(DbError::NotFound)), "{deleted:?}");
    let pending = Filter { completed: Some(false), ..Filter::default() };
    for list in [list_all(), List { filter: pending, ..list_all() }, List { start: PageStart::Offset(5), ..list_all() }]
    {
        let page = block_on(app.db.read(owner(&app, "bob"), move |tasks| tasks.list(&list))).unwrap();
        assert_eq!((page.tasks, page.next, page.total), (vec![], None, Some(0)));
    }
    assert_eq!(get(&app, "alice", alices_task.id).unwrap(), alices_task);
}

fn a_created_task_is_read_back_unchanged(database: Database) {
    let app = App::start(database);
    let instant: DateTime<Utc> = "2026-12-01T09:30:00.123Z".parse().unwrap();
    let full_task = NewTask {
        description: Some("a\nb \u{1f980} ' \" \\ %".into()),
        completed: true,
        priority: Priority::High,
        tags: vec!["home, \"sweet\"".into(), "\u{1f3e0}".into()],
        due: Some(Due::At(instant)),
        time_zone: Some("Europe/Vienna".into()),
        remind_at: Some(instant),
        recurrence_rule: Some("FREQ=DAILY".into()),
        now: "2026-11-21T08:00:00.123456789Z".parse().unwrap(),
        ..new_task("full")
    };
    let created = create(&app, "alice", full_task.clone());
    assert_eq!(
        (&created.description, &created.tags, created.due),
        (&full_task.description, &full_task.tags, full_task.due)
    );
    assert_eq!((created.remind_at, created.priority, created.version), (full_task.remind_at, Priority::High, 1));
    assert_eq!(created.created_at.to_rfc3339(), "2026-11-21T08:00:00.123+00:00");
    assert_eq!((created.completed_at, created.updated_at), (Some(created.created_at), created.created_at));
    assert_eq!(get(&app, "alice", created.id).unwrap(), created);
    let day = Due::Day("2028-02-29".parse().unwrap());
    let patch = TaskPatch { due: Some(Some(day)), ..TaskPatch::completion(Completion::Keep, Utc::now()) };
    let changed = update(&app, "alice", created.id, patch).unwrap();
    assert_eq!((changed.due, changed.version), (Some(day), 2));
    assert_eq!(Task { due: created.due, version: 1, updated_at: created.updated_at, ..changed }, created);
}

fn toggle_and_set_update_completed_at(database: Database) {
    let app = App::start(database);
    let id = create(&app, "alice", new_task("t")).id;
    let at = |second: u32| format!("2026-11-21T08:00:{second:02}Z").parse::<DateTime<Utc>>().unwrap();
    let steps = [
        (Completion::Toggle, 1, Some(at(1))),
        (Completion::Keep, 2, Some(at(1))),
        (Completion::Set(true), 3, Some(at(1))),
        (Completion::Set(false), 4, None),
        (Completion::Set(false), 5, None),
        (Completion::Keep, 6, None),
        (Completion::Set(true), 7, Some(at(7))),
        (Completion::Toggle, 8, None),
    ];
    for (number, (completion, second, completed_at)) in steps.into_iter().enumerate() {
        let task = update(&app, "alice", id, TaskPatch::completion(completion, at(second))).unwrap();
        assert_eq!((task.completed_at, task.updated_at), (completed_at, at(second)), "step {number}");
        assert_eq!(task.version, i64::try_from(number).unwrap() + 2);
    }
}

/// A toggle that reads and writes in two statements would lose updates.
fn every_parallel_toggle_is_applied(database: Database) {
    let app = App::start(database);
    let id = create(&app, "alice", new_task("t")).id;
    let toggles = (0..20).map(|_| {
        let patch = TaskPatch::completion(Completion::Toggle, Utc::now());
        app.db.write(owner(&app, "alice"), move |tasks| update_without_recurrence(tasks, id, &patch))
    });
    let outcomes = block_on(futures_util::future::join_all(toggles));
    let mut versions: Vec<i64> = outcomes.into_iter().map(|task| task.unwrap().version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=21).collect::<Vec<_>>());
    assert_eq!(get(&app, "alice", id).unwrap().completed_at, None);
}

fn a_panic_in_a_query_fails_only_its_request(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1")]);
    let created = create(&app, "alice", new_task("t"));
    for _ in 0..3 {
        let panicked: Result<Task, _> = block_on(app.db.read(owner(&app, "alice"), |_| panic!("on purpose")));
        assert!(matches!(panicked, Err(DbError::Query(_))), "{panicked:?}");
    }
    assert_eq!(get(&app, "alice", created.id).unwrap(), created);
}
