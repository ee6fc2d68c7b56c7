//! The store by itself: every method as one user over another's rows, and the schema as diesel has it.

use chrono::{DateTime, Utc};
use task_api::auth::{Credential, CredentialHeaders, KeySet, Owner};
use task_api::db::{DbError, Filter, List, Occurrences, PageStart, Sort, SortKey, Tasks, VersionCondition, Write};
use task_api::recurrence::{Budget, Due, RepeatFrom};
use task_api::task::{Completion, NewTask, Priority, Task, TaskPatch};

use crate::on_both;
use crate::support::{App, Database, jwt};

on_both!(
    nothing_of_another_user_is_seen_or_touched,
    what_is_written_is_what_is_read,
    a_toggle_and_a_set_agree_with_completed_at,
    one_row_is_changed_by_parallel_toggles_each_time,
    a_panic_in_a_query_costs_one_request,
);

/// The proof that a test needs is made as any caller's: by a credential.
fn owner(app: &App, user: &str) -> Owner {
    let header = format!("Bearer {}", jwt(user));
    let presented = CredentialHeaders { authorization: vec![header.as_bytes()], cookie: vec![] };
    let judged = app.config.auth.verifier().verify(&presented, &KeySet::default(), Utc::now());
    match judged.unwrap().unwrap().1 {
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

fn draft(title: &str) -> NewTask {
    NewTask {
        title: title.into(),
        description: None,
        completed: false,
        priority: Priority::Medium,
        tags: vec![],
        due: None,
        time_zone: None,
        remind_at: None,
        recurrence_rule: None,
        repeat_from: RepeatFrom::DueDate,
        now: Utc::now(),
    }
}

fn everything() -> List {
    let sort = Sort { key: SortKey::CreatedAt, descending: true };
    List { filter: Filter::default(), sort, limit: 100, start: PageStart::Offset(0), count: true }
}

fn create(app: &App, user: &str, draft: NewTask) -> Task {
    block_on(app.db.write(owner(app, user), move |tasks| tasks.create(&draft))).unwrap()
}

fn get(app: &App, user: &str, id: i64) -> Result<Task, DbError> {
    block_on(app.db.read(owner(app, user), move |tasks| tasks.get(id)))
}

fn update(app: &App, user: &str, id: i64, change: TaskPatch) -> Result<Task, DbError> {
    block_on(app.db.write(owner(app, user), move |tasks| updated(tasks, id, &change)))
}

fn nothing_of_another_user_is_seen_or_touched(database: Database) {
    let app = App::start(database);
    let hers = create(&app, "alice", draft("hers"));
    let not_found = |outcome: Result<Task, DbError>| assert!(matches!(outcome, Err(DbError::NotFound)), "{outcome:?}");
    not_found(get(&app, "bob", hers.id));
    for completion in [Completion::Keep, Completion::Toggle, Completion::Set(true)] {
        not_found(update(&app, "bob", hers.id, TaskPatch::completion(completion, Utc::now())));
    }
    let deleted = block_on(
        app.db.write(owner(&app, "bob"), move |tasks| tasks.delete(hers.id, &VersionCondition::Any, Utc::now())),
    );
    assert!(matches!(deleted, Err(DbError::NotFound)), "{deleted:?}");
    let pending = Filter { completed: Some(false), ..Filter::default() };
    for list in
        [everything(), List { filter: pending, ..everything() }, List { start: PageStart::Offset(5), ..everything() }]
    {
        let page = block_on(app.db.read(owner(&app, "bob"), move |tasks| tasks.list(&list))).unwrap();
        assert_eq!((page.tasks, page.next, page.total), (vec![], None, Some(0)));
    }
    assert_eq!(get(&app, "alice", hers.id).unwrap(), hers);
}

fn what_is_written_is_what_is_read(database: Database) {
    let app = App::start(database);
    let instant: DateTime<Utc> = "2026-12-01T09:30:00.123Z".parse().unwrap();
    let full = NewTask {
        description: Some("a\nb \u{1f980} ' \" \\ %".into()),
        completed: true,
        priority: Priority::High,
        tags: vec!["home, \"sweet\"".into(), "\u{1f3e0}".into()],
        due: Some(Due::At(instant)),
        time_zone: Some("Europe/Vienna".into()),
        remind_at: Some(instant),
        recurrence_rule: Some("FREQ=DAILY".into()),
        now: "2026-11-21T08:00:00.123456789Z".parse().unwrap(),
        ..draft("full")
    };
    let made = create(&app, "alice", full.clone());
    assert_eq!((&made.description, &made.tags, made.due), (&full.description, &full.tags, full.due));
    assert_eq!((made.remind_at, made.priority, made.version), (full.remind_at, Priority::High, 1));
    assert_eq!(made.created_at.to_rfc3339(), "2026-11-21T08:00:00.123+00:00");
    assert_eq!((made.completed_at, made.updated_at), (Some(made.created_at), made.created_at));
    assert_eq!(get(&app, "alice", made.id).unwrap(), made);
    let day = Due::Day("2028-02-29".parse().unwrap());
    let change = TaskPatch { due: Some(Some(day)), ..TaskPatch::completion(Completion::Keep, Utc::now()) };
    let changed = update(&app, "alice", made.id, change).unwrap();
    assert_eq!((changed.due, changed.version), (Some(day), 2));
    assert_eq!(Task { due: made.due, version: 1, updated_at: made.updated_at, ..changed }, made);
}

fn a_toggle_and_a_set_agree_with_completed_at(database: Database) {
    let app = App::start(database);
    let id = create(&app, "alice", draft("t")).id;
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

/// A toggle that read first and wrote then would lose some of these.
fn one_row_is_changed_by_parallel_toggles_each_time(database: Database) {
    let app = App::start(database);
    let id = create(&app, "alice", draft("t")).id;
    let toggles = (0..20).map(|_| {
        let change = TaskPatch::completion(Completion::Toggle, Utc::now());
        app.db.write(owner(&app, "alice"), move |tasks| updated(tasks, id, &change))
    });
    let outcomes = block_on(futures_util::future::join_all(toggles));
    let mut versions: Vec<i64> = outcomes.into_iter().map(|task| task.unwrap().version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=21).collect::<Vec<_>>());
    assert_eq!(get(&app, "alice", id).unwrap().completed_at, None);
}

fn a_panic_in_a_query_costs_one_request(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1")]);
    let made = create(&app, "alice", draft("t"));
    for _ in 0..3 {
        let panicked: Result<Task, _> = block_on(app.db.read(owner(&app, "alice"), |_| panic!("on purpose")));
        assert!(matches!(panicked, Err(DbError::Query(_))), "{panicked:?}");
    }
    assert_eq!(get(&app, "alice", made.id).unwrap(), made);
}
