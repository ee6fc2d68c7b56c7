//! The model: tasks in a list, and loops over it. Where the store asks a database, this looks at every task.

use chrono::{DateTime, TimeDelta, Utc};
use task_api::db::{CreateOutcome, DbError, IdempotencyRequest, Stats, VersionCondition};
use task_api::recurrence::Due;
use task_api::task::{Completion, NewTask, Priority, Task, TaskPatch};

use super::lists::{self, millis};
use super::next::next;
use super::operation::{Operation, Outcome, all, answer};

/// Everything that is stored.
#[derive(Clone, Default)]
pub struct Memory {
    pub rows: Vec<Row>,
    answers: Vec<Answer>,
    /// How many tasks were ever created; their ids are 1 to this.
    pub created: i64,
}

#[derive(Clone)]
pub struct Row {
    pub task: Task,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct Answer {
    user: String,
    once: IdempotencyRequest,
    text: String,
    at: DateTime<Utc>,
}

type Result<T> = std::result::Result<T, DbError>;

impl Memory {
    pub fn perform(&mut self, user: &str, operation: &Operation) -> Outcome {
        self.attempt(user, operation).into()
    }

    fn attempt(&mut self, user: &str, operation: &Operation) -> Result<Outcome> {
        Ok(match operation {
            Operation::Create(draft) => Outcome::Task(Box::new(self.create(user, draft, None))),
            Operation::CreateOnce(draft, once) => Outcome::CreateOnce(self.create_once(user, draft, once)),
            Operation::Update(id, change, expected) => {
                Outcome::Task(Box::new(self.update(user, *id, change, expected)?))
            }
            Operation::Delete(id, expected, now) => {
                let row = self.live(user, *id)?;
                fits(&row.task, expected)?;
                row.deleted_at = Some(to_millis(*now));
                written(&mut row.task, *now);
                Outcome::Id(*id)
            }
            Operation::DeleteForEver(id, expected) => {
                fits(&self.row(user, *id)?.task, expected)?;
                self.rows.retain(|row| row.task.id != *id);
                Outcome::Id(*id)
            }
            Operation::Restore(id, expected, now) => Outcome::Task(Box::new(self.restore(user, *id, expected, *now)?)),
            Operation::Get(id) => Outcome::Task(Box::new(self.live(user, *id)?.task.clone())),
            Operation::List(list) => Outcome::Page(lists::page(&self.rows, user, list)),
            Operation::Stats { overdue, completed_since } => {
                let mine = self.rows.iter().filter(|row| row.task.user_id == user && row.deleted_at.is_none());
                let tasks: Vec<&Task> = mine.map(|row| &row.task).collect();
                let late = tasks.iter().filter(|task| lists::is_due(task, overdue)).count();
                Outcome::Stats(stats(&tasks, late, *completed_since))
            }
            Operation::Together(parts) => {
                let before = self.clone();
                let outcomes: Result<Vec<_>> = parts.iter().map(|part| self.attempt(user, part)).collect();
                if outcomes.is_err() {
                    *self = before;
                }
                Outcome::All(outcomes?)
            }
            Operation::Everything => {
                let page = |deleted| Outcome::Page(lists::page(&self.rows, user, &all(deleted)));
                Outcome::All(vec![page(false), page(true)])
            }
            Operation::Watched(write) => {
                let outcome = self.perform(user, write);
                Outcome::All(vec![outcome, self.perform(user, &Operation::Everything)])
            }
            Operation::Sweep { now, trash_life } => {
                let all = self.rows.len() + self.answers.len();
                self.rows.retain(|row| row.deleted_at.is_none_or(|at| at >= to_millis(*now - *trash_life)));
                self.answers.retain(|answer| !answer.has_run_out(*now));
                Outcome::Swept(all - self.rows.len() - self.answers.len())
            }
        })
    }

    fn create(&mut self, user: &str, draft: &NewTask, series_id: Option<i64>) -> Task {
        self.created += 1;
        let now = to_millis(draft.now);
        let draft = draft.clone();
        let task = Task {
            id: self.created,
            user_id: user.into(),
            title: draft.title,
            description: draft.description,
            completed_at: draft.completed.then_some(now),
            priority: draft.priority,
            tags: draft.tags,
            due: draft.due,
            time_zone: draft.time_zone,
            remind_at: draft.remind_at.map(to_millis),
            recurrence_rule: draft.recurrence_rule,
            repeat_from: draft.repeat_from,
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

    fn create_once(&mut self, user: &str, draft: &NewTask, once: &IdempotencyRequest) -> CreateOutcome {
        self.answers
            .retain(|answer| !(answer.user == user && answer.once.key == once.key && answer.has_run_out(draft.now)));
        match self.answers.iter().find(|answer| answer.user == user && answer.once.key == once.key) {
            Some(known) if known.once.fingerprint == once.fingerprint => CreateOutcome::Replayed(known.text.clone()),
            Some(_) => CreateOutcome::KeyReused,
            None => {
                let task = self.create(user, draft, None);
                let (once, text) = (once.clone(), answer(&task));
                self.answers.push(Answer { user: user.into(), once, text, at: to_millis(draft.now) });
                CreateOutcome::Created(Box::new(task))
            }
        }
    }

    fn update(&mut self, user: &str, id: i64, change: &TaskPatch, expected: &VersionCondition) -> Result<Task> {
        let task = &mut self.live(user, id)?.task;
        fits(task, expected)?;
        let given = change.clone();
        set(&mut task.title, given.title);
        set(&mut task.description, given.description);
        set(&mut task.priority, given.priority);
        set(&mut task.tags, given.tags);
        set(&mut task.due, given.due);
        set(&mut task.time_zone, given.time_zone);
        set(&mut task.remind_at, given.remind_at.map(|at| at.map(to_millis)));
        set(&mut task.recurrence_rule, given.recurrence_rule);
        set(&mut task.repeat_from, given.repeat_from);
        let completed = match change.completion {
            Completion::Keep => task.completed_at.is_some(),
            Completion::Set(completed) => completed,
            Completion::Toggle => task.completed_at.is_none(),
        };
        let now = to_millis(change.now);
        task.completed_at = completed.then(|| task.completed_at.unwrap_or(now));
        written(task, change.now);
        let task = task.clone();
        // "completed now" is all that the store knows: completed twice within a millisecond is completed once
        let repeats = change.completion != Completion::Keep && task.completed_at == Some(now) && task.next_id.is_none();
        if repeats { Ok(self.repeat(task)) } else { Ok(task) }
    }

    /// Leaves the next occurrence behind; gives the completed one.
    fn repeat(&mut self, task: Task) -> Task {
        let Some((due, rule)) = next(&task) else { return task };
        let day_or_instant = |due: Due| match due {
            Due::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
            Due::At(instant) => instant,
        };
        let later = task.due.map(|before| day_or_instant(due) - day_or_instant(before));
        let draft = NewTask {
            title: task.title.clone(),
            description: task.description.clone(),
            completed: false,
            priority: task.priority,
            tags: task.tags.clone(),
            due: Some(due),
            time_zone: task.time_zone.clone(),
            remind_at: task.remind_at.zip(later).map(|(at, later)| at + later),
            recurrence_rule: Some(rule),
            repeat_from: task.repeat_from,
            now: task.completed_at.expect("it repeats because it was completed"),
        };
        let series = task.series_id.unwrap_or(task.id);
        let left = self.create(&task.user_id, &draft, Some(series)).id;
        let done = &mut self.row(&task.user_id, task.id).expect("it was just written").task;
        (done.series_id, done.next_id) = (Some(series), Some(left));
        done.clone()
    }

    fn restore(&mut self, user: &str, id: i64, expected: &VersionCondition, now: DateTime<Utc>) -> Result<Task> {
        let row = self.row(user, id)?;
        fits(&row.task, expected)?;
        if row.deleted_at.is_none() {
            return Ok(row.task.clone());
        }
        row.deleted_at = None;
        written(&mut row.task, now);
        Ok(row.task.clone())
    }

    fn row(&mut self, user: &str, id: i64) -> Result<&mut Row> {
        let found = self.rows.iter_mut().find(|row| row.task.user_id == user && row.task.id == id);
        found.ok_or(DbError::NotFound)
    }

    fn live(&mut self, user: &str, id: i64) -> Result<&mut Row> {
        let row = self.row(user, id)?;
        if row.deleted_at.is_none() { Ok(row) } else { Err(DbError::NotFound) }
    }
}

impl Answer {
    fn has_run_out(&self, now: DateTime<Utc>) -> bool {
        self.at < to_millis(now - TimeDelta::hours(24))
    }
}

fn fits(task: &Task, expected: &VersionCondition) -> Result<()> {
    match expected {
        VersionCondition::Versions(versions) if !versions.contains(&task.version) => Err(DbError::VersionMismatch),
        _ => Ok(()),
    }
}

fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *field = value;
    }
}

fn written(task: &mut Task, now: DateTime<Utc>) {
    task.version += 1;
    task.updated_at = to_millis(now);
}

fn to_millis(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis(instant)).expect("a year that can be written")
}

fn stats(tasks: &[&Task], late: usize, completed_since: DateTime<Utc>) -> Stats {
    let count = |which: &dyn Fn(&Task) -> bool| number(tasks.iter().filter(|task| which(task)).count());
    let mut stats = Stats {
        pending: count(&|task| task.completed_at.is_none()),
        completed: count(&|task| task.completed_at.is_some()),
        by_priority: [Priority::High, Priority::Medium, Priority::Low, Priority::None]
            .map(|priority| (priority, count(&|task| task.completed_at.is_none() && task.priority == priority)))
            .to_vec(),
        overdue: number(late),
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
