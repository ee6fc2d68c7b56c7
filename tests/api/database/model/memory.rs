//! The model: tasks in a list. Every operation iterates over all tasks.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use task_api::db::{self, DbError, IdempotencyRequest, Stats, VersionCondition, WriteOutcome};
use task_api::recurrence::Due;
use task_api::task::{Completion, NewTask, Priority, Task, TaskPatch};

use super::lists::{self, millis};
use super::next::next_occurrence;
use super::operation::{Operation, Outcome, list_all, stored_response};

/// All stored tasks and responses.
#[derive(Clone, Default)]
pub struct InMemoryStore {
    pub rows: Vec<Row>,
    stored_responses: Vec<StoredResponse>,
    /// The number of created tasks. Their ids are 1 to this number.
    pub created: i64,
}

#[derive(Clone)]
pub struct Row {
    pub task: Task,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct StoredResponse {
    user: String,
    idempotency: IdempotencyRequest,
    text: String,
    stored_at: DateTime<Utc>,
}

type Result<T> = std::result::Result<T, DbError>;

impl InMemoryStore {
    pub fn perform(&mut self, user: &str, operation: &Operation) -> Outcome {
        self.attempt(user, operation).into()
    }

    fn attempt(&mut self, user: &str, operation: &Operation) -> Result<Outcome> {
        Ok(match operation {
            Operation::Create(new_task) => Outcome::Task(Box::new(self.create(user, new_task, None))),
            Operation::CreateIdempotent(new_task, idempotency) => {
                Outcome::CreateIdempotent(self.create_once(user, new_task, idempotency))
            }
            Operation::Update(id, patch, condition) => {
                Outcome::Task(Box::new(self.update(user, *id, patch, condition)?))
            }
            Operation::Delete(id, condition, now) => {
                let row = self.active(user, *id)?;
                check_version(&row.task, condition)?;
                row.deleted_at = Some(to_millis(*now));
                mark_written(&mut row.task, *now);
                Outcome::Id(*id)
            }
            Operation::Purge(id, condition) => {
                check_version(&self.row(user, *id)?.task, condition)?;
                self.rows.retain(|row| row.task.id != *id);
                Outcome::Id(*id)
            }
            Operation::Restore(id, condition, now) => {
                Outcome::Task(Box::new(self.restore(user, *id, condition, *now)?))
            }
            Operation::Get(id) => Outcome::Task(Box::new(self.active(user, *id)?.task.clone())),
            Operation::List(list) => Outcome::Page(lists::page(&self.rows, user, list)),
            Operation::Stats { overdue, completed_since } => {
                let own = self.rows.iter().filter(|row| row.task.user_id == user && row.deleted_at.is_none());
                let tasks: Vec<&Task> = own.map(|row| &row.task).collect();
                let overdue_count = tasks.iter().filter(|task| lists::is_due(task, overdue)).count();
                Outcome::Stats(stats(&tasks, overdue_count, *completed_since))
            }
            Operation::Transaction(operations) => {
                let snapshot = self.clone();
                let outcomes: Result<Vec<_>> =
                    operations.iter().map(|operation| self.attempt(user, operation)).collect();
                if outcomes.is_err() {
                    *self = snapshot;
                }
                Outcome::All(outcomes?)
            }
            Operation::ListAll => {
                let page = |deleted| Outcome::Page(lists::page(&self.rows, user, &list_all(deleted)));
                Outcome::All(vec![page(false), page(true)])
            }
            Operation::WriteThenListAll(write) => {
                let outcome = self.perform(user, write);
                Outcome::All(vec![outcome, self.perform(user, &Operation::ListAll)])
            }
            Operation::PurgeExpired { now, trash_life } => {
                let count = self.rows.len() + self.stored_responses.len();
                self.rows.retain(|row| row.deleted_at.is_none_or(|at| at >= to_millis(*now - *trash_life)));
                self.stored_responses.retain(|response| !response.is_expired(*now));
                Outcome::Purged(count - self.rows.len() - self.stored_responses.len())
            }
        })
    }

    fn create(&mut self, user: &str, new_task: &NewTask, series_id: Option<i64>) -> Task {
        self.created += 1;
        let now = to_millis(new_task.now);
        let new_task = new_task.clone();
        let task = Task {
            id: self.created,
            user_id: user.into(),
            title: new_task.title,
            description: new_task.description,
            completed_at: new_task.completed.then_some(now),
            priority: new_task.priority,
            tags: new_task.tags,
            due: new_task.due,
            time_zone: new_task.time_zone,
            remind_at: new_task.remind_at.map(to_millis),
            recurrence_rule: new_task.recurrence_rule,
            repeat_from: new_task.repeat_from,
            recurrence_start: new_task.recurrence_start,
            remind_local: new_task.remind_local,
            excluded_dates: new_task.excluded_dates,
            series_id,
            next_id: None,
            uid: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        self.rows.push(Row { task: task.clone(), deleted_at: None });
        task
    }

    fn create_once(
        &mut self,
        user: &str,
        new_task: &NewTask,
        idempotency: &IdempotencyRequest,
    ) -> WriteOutcome<Box<Task>> {
        self.stored_responses
            .retain(|response| !(response.has_key(user, idempotency) && response.is_expired(new_task.now)));
        match self.stored_responses.iter().find(|response| response.has_key(user, idempotency)) {
            Some(response) if response.idempotency.fingerprint == idempotency.fingerprint => {
                WriteOutcome::Stored(db::StoredResponse::Replayed(response.text.clone()))
            }
            Some(_) => WriteOutcome::Stored(db::StoredResponse::KeyReused),
            None => {
                let task = self.create(user, new_task, None);
                let (idempotency, text) = (idempotency.clone(), stored_response(&task));
                self.stored_responses.push(StoredResponse {
                    user: user.into(),
                    idempotency,
                    text,
                    stored_at: to_millis(new_task.now),
                });
                WriteOutcome::Written(Box::new(task))
            }
        }
    }

    fn update(&mut self, user: &str, id: i64, patch: &TaskPatch, condition: &VersionCondition) -> Result<Task> {
        let task = &mut self.active(user, id)?.task;
        check_version(task, condition)?;
        let values = patch.clone();
        set(&mut task.title, values.title);
        set(&mut task.description, values.description);
        set(&mut task.priority, values.priority);
        set(&mut task.tags, values.tags);
        set(&mut task.due, values.due);
        set(&mut task.time_zone, values.time_zone);
        set(&mut task.remind_at, values.remind_at.map(|at| at.map(to_millis)));
        set(&mut task.recurrence_rule, values.recurrence_rule);
        set(&mut task.repeat_from, values.repeat_from);
        set(&mut task.excluded_dates, values.excluded_dates);
        let completed = match patch.completion {
            Completion::Keep => task.completed_at.is_some(),
            Completion::Set(completed) => completed,
            Completion::Toggle => task.completed_at.is_none(),
        };
        let now = to_millis(patch.now);
        let is_reopened = task.completed_at.is_some() && !completed;
        task.completed_at = completed.then(|| task.completed_at.unwrap_or(now));
        mark_written(task, patch.now);
        let task = task.clone();
        // the store compares `completed_at` with the current millisecond: two completions within it count once
        let repeats = patch.completion != Completion::Keep && task.completed_at == Some(now) && task.next_id.is_none();
        Ok(match is_reopened {
            true => self.reopen(task),
            false if repeats => self.repeat(task),
            false => task,
        })
    }

    /// Removes the next occurrence of a reopened task, unless it was changed; returns the reopened task.
    fn reopen(&mut self, task: Task) -> Task {
        let is_unchanged = |row: &Row| Some(row.task.id) == task.next_id && row.task.version == 1;
        let Some(index) = self.rows.iter().position(is_unchanged) else { return task };
        self.rows.remove(index);
        let reopened = &mut self.row(&task.user_id, task.id).expect("the task exists").task;
        reopened.next_id = None;
        reopened.series_id = reopened.series_id.filter(|series| *series != task.id);
        reopened.clone()
    }

    /// Creates the next occurrence; returns the completed task.
    fn repeat(&mut self, task: Task) -> Task {
        let Some((due, rule)) = next_occurrence(&task) else { return task };
        let zone = task.time_zone.as_deref().unwrap_or("UTC").parse::<Tz>().expect("the zones of this test exist");
        let local = |due: Due| match due {
            Due::Day(day) => day.and_time(chrono::NaiveTime::MIN),
            Due::At(instant) => instant.with_timezone(&zone).naive_local(),
        };
        let due_shift = task.due.map(|before| local(due) - local(before));
        let shifted =
            |at: DateTime<Utc>, by: TimeDelta| (at.with_timezone(&zone).naive_local() + by).and_local_timezone(zone);
        let new_task = NewTask {
            title: task.title.clone(),
            description: task.description.clone(),
            completed: false,
            priority: task.priority,
            tags: task.tags.clone(),
            due: Some(due),
            time_zone: task.time_zone.clone(),
            remind_at: task
                .remind_at
                .zip(due_shift)
                .map(|(at, by)| shifted(at, by).single().expect("an unambiguous local time").to_utc()),
            recurrence_rule: Some(rule),
            repeat_from: task.repeat_from,
            recurrence_start: None,
            remind_local: None,
            excluded_dates: task.excluded_dates.clone(),
            now: task.completed_at.expect("the task was completed"),
        };
        let series_id = task.series_id.unwrap_or(task.id);
        let next_id = self.create(&task.user_id, &new_task, Some(series_id)).id;
        let completed = &mut self.row(&task.user_id, task.id).expect("the task exists").task;
        (completed.series_id, completed.next_id) = (Some(series_id), Some(next_id));
        completed.clone()
    }

    fn restore(&mut self, user: &str, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Result<Task> {
        let row = self.row(user, id)?;
        check_version(&row.task, condition)?;
        if row.deleted_at.is_none() {
            return Ok(row.task.clone());
        }
        row.deleted_at = None;
        mark_written(&mut row.task, now);
        Ok(row.task.clone())
    }

    fn row(&mut self, user: &str, id: i64) -> Result<&mut Row> {
        let row = self.rows.iter_mut().find(|row| row.task.user_id == user && row.task.id == id);
        row.ok_or(DbError::NotFound)
    }

    fn active(&mut self, user: &str, id: i64) -> Result<&mut Row> {
        let row = self.row(user, id)?;
        if row.deleted_at.is_none() { Ok(row) } else { Err(DbError::NotFound) }
    }
}

impl StoredResponse {
    fn has_key(&self, user: &str, idempotency: &IdempotencyRequest) -> bool {
        self.user == user && self.idempotency.key == idempotency.key
    }

    fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.stored_at < to_millis(now - TimeDelta::hours(24))
    }
}

fn check_version(task: &Task, condition: &VersionCondition) -> Result<()> {
    match condition {
        VersionCondition::Versions(versions) if !versions.contains(&task.version) => Err(DbError::VersionMismatch),
        _ => Ok(()),
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn mark_written(task: &mut Task, now: DateTime<Utc>) {
    task.version += 1;
    task.updated_at = to_millis(now);
}

fn to_millis(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis(instant)).expect("a representable year")
}

fn stats(tasks: &[&Task], overdue_count: usize, completed_since: DateTime<Utc>) -> Stats {
    let count = |predicate: &dyn Fn(&Task) -> bool| number(tasks.iter().filter(|task| predicate(task)).count());
    let mut stats = Stats {
        pending: count(&|task| task.completed_at.is_none()),
        completed: count(&|task| task.completed_at.is_some()),
        by_priority: [Priority::High, Priority::Medium, Priority::Low, Priority::None]
            .map(|priority| (priority, count(&|task| task.completed_at.is_none() && task.priority == priority)))
            .to_vec(),
        overdue: number(overdue_count),
        completions: tasks.iter().filter_map(|task| task.completed_at).filter(|at| *at >= completed_since).collect(),
        ..Stats::default()
    };
    for tag in tasks.iter().flat_map(|task| &task.tags) {
        *stats.by_tag.entry(tag.clone()).or_default() += 1;
    }
    stats.completions.sort_unstable();
    stats
}

fn number(count: usize) -> i64 {
    i64::try_from(count).expect("a small number")
}
