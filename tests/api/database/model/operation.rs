//! What can be asked of the store, as a value, so that the same can be asked of the model.

use chrono::{DateTime, TimeDelta, Utc};
use task_api::db::{
    Access, CreateOutcome, DbError, DueFilter, Filter, IdempotencyRequest, Keyset, List, Occurrences, Page, PageStart,
    Sort, SortKey, Stats, Tasks, VersionCondition, Write,
};
use task_api::recurrence::Budget;
use task_api::task::{NewTask, Task, TaskPatch};

/// A call. Tasks are named by the order in which they were created: 1 is the first. Databases have ids of their own.
#[derive(Clone, Debug)]
pub enum Operation {
    Create(NewTask),
    CreateOnce(NewTask, IdempotencyRequest),
    Update(i64, TaskPatch, VersionCondition),
    Delete(i64, VersionCondition, DateTime<Utc>),
    DeleteForEver(i64, VersionCondition),
    Restore(i64, VersionCondition, DateTime<Utc>),
    Get(i64),
    List(List),
    Stats {
        overdue: DueFilter,
        completed_since: DateTime<Utc>,
    },
    Together(Vec<Operation>),
    /// All tasks of a user, those in the trash behind the others.
    Everything,
    /// What a write comes to, and everything that is there behind it.
    Watched(Box<Operation>),
    /// Of all users.
    Sweep {
        now: DateTime<Utc>,
        trash_life: TimeDelta,
    },
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    Task(Box<Task>),
    Id(i64),
    Page(Page),
    CreateOnce(CreateOutcome),
    Stats(Stats),
    All(Vec<Outcome>),
    Swept(usize),
    Failed(String),
}

impl From<Result<Outcome, DbError>> for Outcome {
    fn from(result: Result<Outcome, DbError>) -> Self {
        result.unwrap_or_else(|error| Self::Failed(error.to_string()))
    }
}

/// What is stored as the answer to a create that may be repeated.
pub fn answer(task: &Task) -> String {
    format!("{} of {} at {}", task.title, task.user_id, task.created_at)
}

/// All of a user's tasks that are in the trash, or that are not.
pub fn all(deleted: bool) -> List {
    let filter = Filter { deleted, ..Filter::default() };
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    List { filter, sort, limit: 1_000, start: PageStart::Offset(0), count: false }
}

/// Updates as the service does, with the next occurrences computed in between.
fn update(
    tasks: &mut Tasks<'_, Write>,
    id: i64,
    change: &TaskPatch,
    expected: &VersionCondition,
) -> Result<Task, DbError> {
    let mut occurrences = Occurrences::new(Budget::for_request());
    loop {
        if let Some(task) = tasks.update(id, change, expected, &mut occurrences)? {
            return Ok(task);
        }
        occurrences.compute().expect("the rules of this test are cheap");
    }
}

impl Operation {
    /// Whether a connection that only reads will do.
    pub fn only_reads(&self) -> bool {
        matches!(self, Self::Get(_) | Self::List(_) | Self::Stats { .. } | Self::Everything)
    }

    /// Does it.
    pub fn write(self, tasks: &mut Tasks<'_, Write>) -> Result<Outcome, DbError> {
        match self {
            Self::Create(draft) => tasks.create(&draft).map(Box::new).map(Outcome::Task),
            Self::CreateOnce(draft, once) => tasks.create_once(&draft, &once, answer).map(Outcome::CreateOnce),
            Self::Update(id, change, expected) => {
                update(tasks, id, &change, &expected).map(Box::new).map(Outcome::Task)
            }
            Self::Delete(id, expected, now) => tasks.delete(id, &expected, now).map(Outcome::Id),
            Self::DeleteForEver(id, expected) => tasks.purge(id, &expected).map(Outcome::Id),
            Self::Restore(id, expected, now) => tasks.restore(id, &expected, now).map(Box::new).map(Outcome::Task),
            Self::Together(parts) => tasks.transaction(|tasks| {
                let outcomes = parts.into_iter().map(|part| part.write(tasks));
                outcomes.collect::<Result<_, _>>().map(Outcome::All)
            }),
            Self::Watched(write) => {
                let outcome = write.write(tasks).into();
                Ok(Outcome::All(vec![outcome, Self::Everything.read(tasks)?]))
            }
            reading => reading.read(tasks),
        }
    }

    /// Does it, if it [only reads](Self::only_reads).
    pub fn read<A: Access>(self, tasks: &mut Tasks<'_, A>) -> Result<Outcome, DbError> {
        match self {
            Self::Get(id) => tasks.get(id).map(Box::new).map(Outcome::Task),
            Self::List(list) => tasks.list(&list).map(Outcome::Page),
            Self::Stats { overdue, completed_since } => {
                let mut stats = tasks.stats(overdue, completed_since)?;
                // in no particular order
                stats.completions.sort_unstable();
                Ok(Outcome::Stats(stats))
            }
            Self::Everything => {
                let lists = [false, true].into_iter().map(|deleted| tasks.list(&all(deleted)).map(Outcome::Page));
                lists.collect::<Result<_, _>>().map(Outcome::All)
            }
            other => panic!("{other:?} does not read"),
        }
    }

    /// The same with the ids that a database has for these tasks.
    pub fn with_ids(mut self, id_of: &dyn Fn(i64) -> i64) -> Self {
        match &mut self {
            Self::Create(_) | Self::CreateOnce(..) | Self::Stats { .. } | Self::Sweep { .. } | Self::Everything => {}
            Self::Update(id, ..) | Self::Delete(id, ..) | Self::DeleteForEver(id, _) => *id = id_of(*id),
            Self::Restore(id, ..) | Self::Get(id) => *id = id_of(*id),
            Self::List(list) => {
                list.filter.series = list.filter.series.map(id_of);
                if let PageStart::After(position) = &mut list.start {
                    position.id = id_of(position.id);
                }
            }
            Self::Together(parts) => {
                *parts = parts.drain(..).map(|part| part.with_ids(id_of)).collect();
            }
            Self::Watched(write) => **write = write.clone().with_ids(id_of),
        }
        self
    }
}

impl Outcome {
    /// The same with other ids. They are met in the order in which they can have been created.
    pub fn with_ids(self, number_of: &mut dyn FnMut(i64) -> i64) -> Self {
        match self {
            Self::Task(task) => Self::Task(Box::new(renumbered(*task, number_of))),
            Self::Id(id) => Self::Id(number_of(id)),
            Self::CreateOnce(CreateOutcome::Created(task)) => {
                Self::CreateOnce(CreateOutcome::Created(Box::new(renumbered(*task, number_of))))
            }
            Self::Page(page) => Self::Page(Page {
                tasks: page.tasks.into_iter().map(|task| renumbered(task, number_of)).collect(),
                next: page.next.map(|next| Keyset { id: number_of(next.id), ..next }),
                total: page.total,
            }),
            Self::All(parts) => Self::All(parts.into_iter().map(|part| part.with_ids(number_of)).collect()),
            same @ (Self::CreateOnce(_) | Self::Stats(_) | Self::Swept(_) | Self::Failed(_)) => same,
        }
    }
}

fn renumbered(mut task: Task, number_of: &mut dyn FnMut(i64) -> i64) -> Task {
    task.id = number_of(task.id);
    task.series_id = task.series_id.map(&mut *number_of);
    task.next_id = task.next_id.map(number_of);
    // random, and another on each database
    task.uid.clear();
    task
}
