//! Operations as values, to run them on the tested database and on the model.

use chrono::{DateTime, TimeDelta, Utc};
use task_api::db::{
    Access, DbError, DueFilter, Filter, IdempotencyRequest, Keyset, List, Occurrences, Page, PageStart, Sort, SortKey,
    Stats, Tasks, VersionCondition, Write, WriteOutcome,
};
use task_api::recurrence::Budget;
use task_api::task::{NewTask, Task, TaskPatch};

/// An operation. Tasks are numbered in order of creation, from 1. The ids in the databases differ.
#[derive(Clone, Debug)]
pub enum Operation {
    Create(NewTask),
    CreateIdempotent(NewTask, IdempotencyRequest),
    Update(i64, TaskPatch, VersionCondition),
    Delete(i64, VersionCondition, DateTime<Utc>),
    Purge(i64, VersionCondition),
    Restore(i64, VersionCondition, DateTime<Utc>),
    Get(i64),
    List(List),
    Stats {
        overdue: DueFilter,
        completed_since: DateTime<Utc>,
    },
    Transaction(Vec<Operation>),
    /// Lists all tasks of a user, then the tasks in the trash.
    ListAll,
    /// Runs a write, then lists all tasks of the user.
    WriteThenListAll(Box<Operation>),
    /// Purges expired rows of all users.
    PurgeExpired {
        now: DateTime<Utc>,
        trash_life: TimeDelta,
    },
}

/// The outcome of an operation.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    Task(Box<Task>),
    Id(i64),
    Page(Page),
    CreateIdempotent(WriteOutcome<Box<Task>>),
    Stats(Stats),
    All(Vec<Outcome>),
    Purged(usize),
    Failed(String),
}

impl From<Result<Outcome, DbError>> for Outcome {
    fn from(result: Result<Outcome, DbError>) -> Self {
        result.unwrap_or_else(|error| Self::Failed(error.to_string()))
    }
}

/// Returns the response that is stored for an idempotent create.
pub fn stored_response(task: &Task) -> String {
    format!("{} of {} at {}", task.title, task.user_id, task.created_at)
}

/// Returns the list parameters for all tasks in the trash, or for all others.
pub fn list_all(deleted: bool) -> List {
    let filter = Filter { deleted, ..Filter::default() };
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    List { filter, sort, limit: 1_000, start: PageStart::Offset(0), count: false }
}

/// Updates a task as the service does, and computes next occurrences on request.
fn update(
    tasks: &mut Tasks<'_, Write>,
    id: i64,
    patch: &TaskPatch,
    condition: &VersionCondition,
) -> Result<Task, DbError> {
    let mut occurrences = Occurrences::new(Budget::for_request());
    loop {
        if let Some(task) = tasks.update(id, patch, condition, &mut occurrences)? {
            return Ok(task);
        }
        occurrences.compute().expect("the rules of this test are below the step limit");
    }
}

impl Operation {
    /// Returns whether the operation needs no write access.
    pub fn is_read_only(&self) -> bool {
        matches!(self, Self::Get(_) | Self::List(_) | Self::Stats { .. } | Self::ListAll)
    }

    /// Runs the operation.
    pub fn write(self, tasks: &mut Tasks<'_, Write>) -> Result<Outcome, DbError> {
        match self {
            Self::Create(new_task) => tasks.create(&new_task).map(Box::new).map(Outcome::Task),
            Self::CreateIdempotent(new_task, idempotency) => {
                let create = |tasks: &mut Tasks<'_, Write>| tasks.create(&new_task).map(Box::new);
                let created = tasks.once(Some(&idempotency), new_task.now, create, |task| stored_response(task));
                created.map(Outcome::CreateIdempotent)
            }
            Self::Update(id, patch, condition) => {
                update(tasks, id, &patch, &condition).map(Box::new).map(Outcome::Task)
            }
            Self::Delete(id, condition, now) => tasks.delete(id, &condition, now).map(Outcome::Id),
            Self::Purge(id, condition) => tasks.purge(id, &condition).map(Outcome::Id),
            Self::Restore(id, condition, now) => tasks.restore(id, &condition, now).map(Box::new).map(Outcome::Task),
            Self::Transaction(operations) => tasks.transaction(|tasks| {
                let outcomes = operations.into_iter().map(|operation| operation.write(tasks));
                outcomes.collect::<Result<_, _>>().map(Outcome::All)
            }),
            Self::WriteThenListAll(write) => {
                let outcome = write.write(tasks).into();
                Ok(Outcome::All(vec![outcome, Self::ListAll.read(tasks)?]))
            }
            read_operation => read_operation.read(tasks),
        }
    }

    /// Runs the operation if it [is read-only](Self::is_read_only). Panics otherwise.
    pub fn read<A: Access>(self, tasks: &mut Tasks<'_, A>) -> Result<Outcome, DbError> {
        match self {
            Self::Get(id) => tasks.get(id).map(Box::new).map(Outcome::Task),
            Self::List(list) => tasks.list(&list).map(Outcome::Page),
            Self::Stats { overdue, completed_since } => {
                let mut stats = tasks.stats(overdue, completed_since)?;
                // the database returns them in arbitrary order
                stats.completions.sort_unstable();
                Ok(Outcome::Stats(stats))
            }
            Self::ListAll => {
                let lists = [false, true].into_iter().map(|deleted| tasks.list(&list_all(deleted)).map(Outcome::Page));
                lists.collect::<Result<_, _>>().map(Outcome::All)
            }
            operation => panic!("{operation:?} does not read"),
        }
    }

    /// Replaces creation numbers by the ids of a database.
    pub fn with_ids(mut self, id_of: &dyn Fn(i64) -> i64) -> Self {
        match &mut self {
            Self::Create(_)
            | Self::CreateIdempotent(..)
            | Self::Stats { .. }
            | Self::PurgeExpired { .. }
            | Self::ListAll => {}
            Self::Update(id, ..) | Self::Delete(id, ..) | Self::Purge(id, _) => *id = id_of(*id),
            Self::Restore(id, ..) | Self::Get(id) => *id = id_of(*id),
            Self::List(list) => {
                list.filter.series = list.filter.series.map(id_of);
                if let PageStart::After(keyset) = &mut list.start {
                    keyset.id = id_of(keyset.id);
                }
            }
            Self::Transaction(operations) => {
                *operations = operations.drain(..).map(|operation| operation.with_ids(id_of)).collect();
            }
            Self::WriteThenListAll(write) => **write = write.clone().with_ids(id_of),
        }
        self
    }
}

impl Outcome {
    /// Replaces ids by creation numbers, visiting ids in order of creation.
    pub fn with_ids(self, number_of: &mut dyn FnMut(i64) -> i64) -> Self {
        match self {
            Self::Task(task) => Self::Task(Box::new(renumbered(*task, number_of))),
            Self::Id(id) => Self::Id(number_of(id)),
            Self::CreateIdempotent(WriteOutcome::Written(task)) => {
                Self::CreateIdempotent(WriteOutcome::Written(Box::new(renumbered(*task, number_of))))
            }
            Self::Page(page) => Self::Page(Page {
                tasks: page.tasks.into_iter().map(|task| renumbered(task, number_of)).collect(),
                next: page.next.map(|next| Keyset { id: number_of(next.id), ..next }),
                total: page.total,
            }),
            Self::All(outcomes) => Self::All(outcomes.into_iter().map(|outcome| outcome.with_ids(number_of)).collect()),
            unchanged @ (Self::CreateIdempotent(_) | Self::Stats(_) | Self::Purged(_) | Self::Failed(_)) => unchanged,
        }
    }
}

fn renumbered(mut task: Task, number_of: &mut dyn FnMut(i64) -> i64) -> Task {
    task.id = number_of(task.id);
    task.series_id = task.series_id.map(&mut *number_of);
    task.next_id = task.next_id.map(number_of);
    // a random value, different on each database
    task.uid.clear();
    task
}
