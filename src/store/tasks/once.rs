//! Creating a task at most once, however often the request is sent.
//!
//! The key, the task and the answer are one transaction. Whoever comes second with the same key waits for the first to end, and then
//! finds either its answer or, if it failed, nothing in the way.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text, Timestamp};

use super::super::StoreError;
use super::super::connection::AnyConnection;
use super::model::{TaskDraft, stored};
use super::owned::{is_owner, owner_id};
use super::{Task, Tasks, Write};

/// How long an answer is kept.
pub(super) const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// A create that may be sent again (`Idempotency-Key`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Once {
    /// The client's key.
    pub key: String,
    /// The SHA-256 of the body, in hex.
    pub fingerprint: String,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CreatedOnce {
    /// The task was created now.
    Now(Box<Task>),
    /// It was created before; the text that was stored for its answer.
    Before(String),
    /// The key was used before, with another body.
    OtherBody,
}

impl Tasks<'_, Write> {
    /// Creates a task, unless this key has done so before. `answer` makes the text that a repeat is answered with.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::InProgress`] where the first request with this key does not end in time.
    pub fn create_once(
        &mut self,
        draft: &TaskDraft,
        once: &Once,
        answer: impl FnOnce(&Task) -> String,
    ) -> Result<CreatedOnce, StoreError> {
        self.together(|tasks| {
            if !claim(tasks.connection, tasks.owner, draft, once)? {
                return repeated(tasks.connection, tasks.owner, once);
            }
            let task = tasks.create(draft)?;
            let is_owner = is_owner(tasks.connection, 2);
            let update = format!("UPDATE idempotent_answers SET task = $1 WHERE {is_owner} AND idempotency_key = $3");
            sql_query(update)
                .bind::<Text, _>(answer(&task))
                .bind::<Text, _>(tasks.owner)
                .bind::<Text, _>(&once.key)
                .execute(tasks.connection)?;
            Ok(CreatedOnce::Now(Box::new(task)))
        })
    }
}

/// Whether the key is new. Waits for a transaction that has it and has not ended.
fn claim(connection: &mut AnyConnection, owner: &str, draft: &TaskDraft, once: &Once) -> Result<bool, StoreError> {
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
        .bind::<Timestamp, _>(stored(draft.now - KEPT_FOR))
        .execute(connection)
        .map_err(|error| match StoreError::from(error) {
            StoreError::Unavailable(cause) if cause.contains("canceling statement") => StoreError::InProgress,
            error => error,
        })?;
    Ok(inserted == 1)
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    fingerprint: String,
    #[diesel(sql_type = Nullable<Text>)]
    task: Option<String>,
}

fn repeated(connection: &mut AnyConnection, owner: &str, once: &Once) -> Result<CreatedOnce, StoreError> {
    let is_owner = is_owner(connection, 1);
    let select = format!("SELECT fingerprint, task FROM idempotent_answers WHERE {is_owner} AND idempotency_key = $2");
    let rows: Vec<Stored> = sql_query(select).bind::<Text, _>(owner).bind::<Text, _>(&once.key).load(connection)?;
    match rows.into_iter().next() {
        Some(stored) if stored.fingerprint != once.fingerprint => Ok(CreatedOnce::OtherBody),
        Some(Stored { task: Some(answer), .. }) => Ok(CreatedOnce::Before(answer)),
        // swept away in this very moment
        _ => Err(StoreError::InProgress),
    }
}
