//! Creating a task at most once, however often the request is sent.
//!
//! The key, the task and the answer are one transaction. Whoever comes second with the same key waits for the first to end, and then
//! finds either its answer or, if it failed, nothing in the way.
//!
//! An answer outlives its task, so answers have a quota of their own: a user may have as many as tasks. At the quota the request is
//! refused. To make room by removing the oldest answer would be wrong: its request, sent again, would create a second task.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::error_classes;
use crate::db::tasks::owner_scope::{is_owner, owner_id};
use crate::db::tasks::scoped::{Tasks, Write};
use crate::task::dates::stored;
use crate::task::{NewTask, Task};

/// How long an answer is kept.
pub(crate) const IDEMPOTENCY_TTL: TimeDelta = TimeDelta::hours(24);

/// A create that may be sent again (`Idempotency-Key`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyRequest {
    /// The client's key.
    pub key: String,
    /// The SHA-256 of the body, in hex.
    pub fingerprint: String,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CreateOutcome {
    /// The task was created now.
    Created(Box<Task>),
    /// It was created before; the text that was stored for its answer.
    Replayed(String),
    /// The key was used before, with another body.
    KeyReused,
}

impl Tasks<'_, Write> {
    /// Creates a task, unless this key has done so before. `answer` makes the text that a repeat is answered with.
    ///
    /// # Errors
    /// Those of the database; [`DbError::InProgress`] where the first request with this key does not end in time;
    /// [`DbError::AnswersExceeded`].
    pub fn create_once(
        &mut self,
        draft: &NewTask,
        once: &IdempotencyRequest,
        answer: impl FnOnce(&Task) -> String,
    ) -> Result<CreateOutcome, DbError> {
        self.together(|tasks| {
            if !claim(tasks.connection, tasks.owner, draft, once)? {
                return repeated(tasks.connection, tasks.owner, once);
            }
            tasks.count_answer()?;
            let task = tasks.create(draft)?;
            let is_owner = is_owner(tasks.connection, 2);
            let update = format!("UPDATE idempotent_answers SET task = $1 WHERE {is_owner} AND idempotency_key = $3");
            sql_query(update)
                .bind::<Text, _>(answer(&task))
                .bind::<Text, _>(tasks.owner)
                .bind::<Text, _>(&once.key)
                .execute(tasks.connection)?;
            Ok(CreateOutcome::Created(Box::new(task)))
        })
    }
}

impl Tasks<'_, Write> {
    /// Makes sure that there is room for the answer that was just claimed.
    fn count_answer(&mut self) -> Result<(), DbError> {
        if self.answers.take(1) {
            return Ok(());
        }
        self.lock_quota()?;
        let is_owner = is_owner(self.connection, 1);
        let count = sql_query(format!("SELECT count(*) AS answers FROM idempotent_answers WHERE {is_owner}"));
        let counted: Count = count.bind::<Text, _>(self.owner).get_result(self.connection)?;
        // the claimed one is among them
        self.answers.judge(0, counted.answers).map_err(|error| match error {
            DbError::QuotaExceeded(limit) => DbError::AnswersExceeded(limit),
            error => error,
        })
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    answers: i64,
}

/// Whether the key is new. Waits for a transaction that has it and has not ended.
fn claim(
    connection: &mut AnyConnection,
    owner: &str,
    draft: &NewTask,
    once: &IdempotencyRequest,
) -> Result<bool, DbError> {
    // an answer that has run out and was not swept yet makes room
    let insert = format!(
        "INSERT INTO idempotent_answers AS known (user_id, idempotency_key, fingerprint, created_at) \
         VALUES ({}, $2, $3, $4) ON CONFLICT (user_id, idempotency_key) DO UPDATE \
         SET fingerprint = excluded.fingerprint, task = NULL, created_at = excluded.created_at \
         WHERE known.created_at < $5",
        owner_id(connection, 1)
    );
    let inserted = sql_query(insert)
        .bind::<Text, _>(owner)
        .bind::<Text, _>(&once.key)
        .bind::<Text, _>(&once.fingerprint)
        .bind::<Timestamp, _>(stored(draft.now))
        .bind::<Timestamp, _>(stored(draft.now - IDEMPOTENCY_TTL))
        .execute(connection)
        .map_err(|error| if error_classes::is_timeout(&error) { DbError::InProgress } else { error.into() })?;
    Ok(inserted == 1)
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    fingerprint: String,
    #[diesel(sql_type = Nullable<Text>)]
    task: Option<String>,
}

fn repeated(connection: &mut AnyConnection, owner: &str, once: &IdempotencyRequest) -> Result<CreateOutcome, DbError> {
    let is_owner = is_owner(connection, 1);
    let select = format!("SELECT fingerprint, task FROM idempotent_answers WHERE {is_owner} AND idempotency_key = $2");
    let rows: Vec<Stored> = sql_query(select).bind::<Text, _>(owner).bind::<Text, _>(&once.key).load(connection)?;
    match rows.into_iter().next() {
        Some(stored) if stored.fingerprint != once.fingerprint => Ok(CreateOutcome::KeyReused),
        Some(Stored { task: Some(answer), .. }) => Ok(CreateOutcome::Replayed(answer)),
        // swept away in this very moment
        _ => Err(DbError::InProgress),
    }
}
