//! Idempotent creates: a retried request creates no second task.
//!
//! One transaction writes the key, the task and the response. A second request with the same key waits for the first to end. It then
//! returns the stored response or, if the first failed, creates the task.
//!
//! A stored response outlives its task, so responses have a quota of their own, with the same limit as tasks. At the quota the request
//! is rejected. The service must not delete the oldest response instead: a retry of its request would then create a second task.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamp};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::error_classes;
use crate::db::tasks::owner_scope::{is_owner, owner_id};
use crate::db::tasks::scoped::{Tasks, Write};
use crate::task::dates::to_db_timestamp;
use crate::task::{NewTask, Task};

/// The lifetime of a stored response.
pub(crate) const IDEMPOTENCY_TTL: TimeDelta = TimeDelta::hours(24);

/// The first half of the advisory lock key for the quota; an arbitrary constant.
const QUOTA_LOCK: i32 = 0x7461_736b;

/// The idempotency key of a create (`Idempotency-Key`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyRequest {
    /// The client's key.
    pub key: String,
    /// The SHA-256 of the body, in hex.
    pub fingerprint: String,
}

/// The outcome of an idempotent create.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CreateOutcome {
    /// The task was created by this request.
    Created(Box<Task>),
    /// An earlier request created the task. Contains the stored response.
    Replayed(String),
    /// An earlier request used the key with another body.
    KeyReused,
}

impl Tasks<'_, Write> {
    /// Creates a task, unless an earlier request with this key did. `to_response` writes the response to store for retries.
    ///
    /// # Errors
    /// Database errors. [`DbError::InProgress`] if another request with this key does not end within the statement timeout.
    /// [`DbError::ResponseQuotaExceeded`].
    pub fn create_once(
        &mut self,
        new_task: &NewTask,
        request: &IdempotencyRequest,
        to_response: impl FnOnce(&Task) -> String,
    ) -> Result<CreateOutcome, DbError> {
        self.transaction(|tasks| {
            if !claim_key(tasks.connection, tasks.owner, new_task, request)? {
                return stored_outcome(tasks.connection, tasks.owner, request);
            }
            tasks.reserve_response()?;
            let task = tasks.create(new_task)?;
            let is_owner = is_owner(tasks.connection, 2);
            let update = format!("UPDATE idempotent_answers SET task = $1 WHERE {is_owner} AND idempotency_key = $3");
            sql_query(update)
                .bind::<Text, _>(to_response(&task))
                .bind::<Text, _>(tasks.owner)
                .bind::<Text, _>(&request.key)
                .execute(tasks.connection)?;
            Ok(CreateOutcome::Created(Box::new(task)))
        })
    }
}

impl Tasks<'_, Write> {
    /// Checks the quota of stored responses, after the key is claimed.
    fn reserve_response(&mut self) -> Result<(), DbError> {
        let quota = &self.limits.responses;
        if quota.reserve(1) {
            return Ok(());
        }
        lock_response_quota(self.connection, self.owner)?;
        let is_owner = is_owner(self.connection, 1);
        let count = sql_query(format!("SELECT count(*) AS responses FROM idempotent_answers WHERE {is_owner}"));
        let counted: Count = count.bind::<Text, _>(self.owner).get_result(self.connection)?;
        // the count includes the claimed key
        quota.check(0, counted.responses)
    }
}

/// Locks the quota of this user's responses until the transaction ends. On SQLite, the write transaction is the lock.
fn lock_response_quota(connection: &mut AnyConnection, owner: &str) -> QueryResult<()> {
    if let AnyConnection::Postgres(_) = connection {
        // the first half of the key avoids collisions with the locks of other programs
        sql_query("SELECT FROM pg_advisory_xact_lock($1, hashtext($2))")
            .bind::<Integer, _>(QUOTA_LOCK)
            .bind::<Text, _>(owner)
            .execute(connection)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    responses: i64,
}

/// Inserts the key. Returns whether it is new. Waits for an open transaction with the same key.
fn claim_key(
    connection: &mut AnyConnection,
    owner: &str,
    new_task: &NewTask,
    request: &IdempotencyRequest,
) -> Result<bool, DbError> {
    // replaces an expired response that is not purged yet
    let insert = format!(
        "INSERT INTO idempotent_answers AS known (user_id, idempotency_key, fingerprint, created_at) \
         VALUES ({}, $2, $3, $4) ON CONFLICT (user_id, idempotency_key) DO UPDATE \
         SET fingerprint = excluded.fingerprint, task = NULL, created_at = excluded.created_at \
         WHERE known.created_at < $5",
        owner_id(connection, 1)
    );
    let inserted = sql_query(insert)
        .bind::<Text, _>(owner)
        .bind::<Text, _>(&request.key)
        .bind::<Text, _>(&request.fingerprint)
        .bind::<Timestamp, _>(to_db_timestamp(new_task.now))
        .bind::<Timestamp, _>(to_db_timestamp(new_task.now - IDEMPOTENCY_TTL))
        .execute(connection)
        .map_err(|error| if error_classes::is_timeout(&error) { DbError::InProgress } else { error.into() })?;
    Ok(inserted == 1)
}

#[derive(QueryableByName)]
struct StoredRequest {
    #[diesel(sql_type = Text)]
    fingerprint: String,
    #[diesel(sql_type = Nullable<Text>)]
    task: Option<String>,
}

/// Reads the outcome of the earlier request with this key.
fn stored_outcome(
    connection: &mut AnyConnection,
    owner: &str,
    request: &IdempotencyRequest,
) -> Result<CreateOutcome, DbError> {
    let is_owner = is_owner(connection, 1);
    let select = format!("SELECT fingerprint, task FROM idempotent_answers WHERE {is_owner} AND idempotency_key = $2");
    let rows: Vec<StoredRequest> =
        sql_query(select).bind::<Text, _>(owner).bind::<Text, _>(&request.key).load(connection)?;
    match rows.into_iter().next() {
        Some(stored) if stored.fingerprint != request.fingerprint => Ok(CreateOutcome::KeyReused),
        Some(StoredRequest { task: Some(response), .. }) => Ok(CreateOutcome::Replayed(response)),
        // purged since the insert
        _ => Err(DbError::InProgress),
    }
}
