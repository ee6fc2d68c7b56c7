//! Idempotent writes: a retried request does not write a second time.
//!
//! One transaction has the key, the writes and the response. A second request with the same key waits for the first to end. It then
//! returns the stored response or, if the first failed, writes.
//!
//! A stored response outlives its task, so responses have a quota of their own, with the same limit as tasks. A large response of a bulk
//! counts as several. At the quota the request is rejected. The service must not delete the oldest response instead: a retry of its
//! request would then write again.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamp};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::error_classes;
use crate::db::tasks::owner_scope::OwnerId;
use crate::db::tasks::scoped::{Access, Tasks, Write};
use crate::task::dates::to_db_timestamp;

/// The lifetime of a stored response.
pub(crate) const IDEMPOTENCY_TTL: TimeDelta = TimeDelta::hours(24);

/// The first half of the advisory lock key for the quota; an arbitrary constant.
const QUOTA_LOCK: i32 = 0x7461_736b;

/// The size of a stored response that counts as one response of the quota, in bytes. A task has less.
const RESPONSE_UNIT: usize = 16 * 1024;

/// The idempotency key of a request (`Idempotency-Key`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyRequest {
    /// The client's key. Requests other than creates have their route and a space before it.
    pub key: String,
    /// The SHA-256 of the body, in hex.
    pub fingerprint: String,
}

/// The outcome of an idempotent write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WriteOutcome<T> {
    /// This request wrote.
    Written(T),
    /// An earlier request used the key.
    Stored(StoredResponse),
}

/// What an earlier request with the same key left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoredResponse {
    /// The response to the same body.
    Replayed(String),
    /// The earlier request had another body.
    KeyReused,
}

impl Tasks<'_, Write> {
    /// Runs `work`, unless an earlier request with this key did. `to_response` writes the response to store for retries.
    ///
    /// Key, writes and response are one transaction: if `work` fails, the key can be used again. Without a key, `work` just runs.
    ///
    /// # Errors
    /// The error of `work`. Database errors. [`DbError::InProgress`] if another request with this key does not end within the statement
    /// timeout. [`DbError::ResponseQuotaExceeded`].
    pub fn once<T>(
        &mut self,
        request: Option<&IdempotencyRequest>,
        now: DateTime<Utc>,
        work: impl FnOnce(&mut Tasks<'_, Write>) -> Result<T, DbError>,
        to_response: impl FnOnce(&T) -> String,
    ) -> Result<WriteOutcome<T>, DbError> {
        let Some(request) = request else { return work(self).map(WriteOutcome::Written) };
        self.transaction(|tasks| {
            if !claim_key(tasks.connection, tasks.owner, request, now)? {
                // without a response, it was purged since the insert
                let stored = stored_response(tasks.connection, tasks.owner, request, now)?;
                return stored.map(WriteOutcome::Stored).ok_or(DbError::InProgress);
            }
            let result = work(tasks)?;
            tasks.store_response(request, &to_response(&result))?;
            Ok(WriteOutcome::Written(result))
        })
    }

    /// Stores the response of a claimed key, and checks the quota of stored responses.
    fn store_response(&mut self, request: &IdempotencyRequest, response: &str) -> Result<(), DbError> {
        let size = i32::try_from(response.len().div_ceil(RESPONSE_UNIT).max(1)).unwrap_or(i32::MAX);
        let is_owner_of_row = self.owner.condition(3);
        sql_query(format!(
            "UPDATE idempotent_answers SET task = $1, size = $2 WHERE {is_owner_of_row} AND idempotency_key = $4"
        ))
        .bind::<Text, _>(response)
        .bind::<Integer, _>(size)
        .bind::<Text, _>(self.owner.id)
        .bind::<Text, _>(&request.key)
        .execute(self.connection)?;
        if self.limits.responses.reserve(i64::from(size)) {
            return Ok(());
        }
        lock_response_quota(self.connection, self.owner)?;
        let is_owner = self.owner.condition(1);
        let sum = format!("SELECT coalesce(sum(size), 0) AS responses FROM idempotent_answers WHERE {is_owner}");
        let counted: Count = sql_query(sum).bind::<Text, _>(self.owner.id).get_result(self.connection)?;
        // the sum includes this response
        self.limits.responses.check(0, counted.responses)
    }
}

impl<A: Access> Tasks<'_, A> {
    /// Returns what an earlier request with this key left. `None`: the key is unused, expired, or in use right now.
    ///
    /// # Errors
    /// Database errors.
    pub fn stored_response(
        &mut self,
        request: &IdempotencyRequest,
        now: DateTime<Utc>,
    ) -> Result<Option<StoredResponse>, DbError> {
        stored_response(self.connection, self.owner, request, now)
    }
}

/// Locks the quota of this user's responses until the transaction ends. On SQLite, the write transaction is the lock.
fn lock_response_quota(connection: &mut AnyConnection, owner: OwnerId<'_>) -> QueryResult<()> {
    if let AnyConnection::Postgres(_) = connection {
        // the first half of the key avoids collisions with the locks of other programs
        sql_query("SELECT FROM pg_advisory_xact_lock($1, hashtext($2))")
            .bind::<Integer, _>(QUOTA_LOCK)
            .bind::<Text, _>(owner.id)
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
    owner: OwnerId<'_>,
    request: &IdempotencyRequest,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    // replaces an expired response that is not purged yet
    let insert = format!(
        "INSERT INTO idempotent_answers AS known (user_id, idempotency_key, fingerprint, created_at) \
         VALUES ({}, $2, $3, $4) ON CONFLICT (user_id, idempotency_key) DO UPDATE \
         SET fingerprint = excluded.fingerprint, task = NULL, size = 1, created_at = excluded.created_at \
         WHERE known.created_at < $5",
        owner.value(1)
    );
    let inserted = sql_query(insert)
        .bind::<Text, _>(owner.id)
        .bind::<Text, _>(&request.key)
        .bind::<Text, _>(&request.fingerprint)
        .bind::<Timestamp, _>(to_db_timestamp(now))
        .bind::<Timestamp, _>(to_db_timestamp(now - IDEMPOTENCY_TTL))
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

/// Reads what the earlier request with this key left. `None`: it is still running, or was purged.
fn stored_response(
    connection: &mut AnyConnection,
    owner: OwnerId<'_>,
    request: &IdempotencyRequest,
    now: DateTime<Utc>,
) -> Result<Option<StoredResponse>, DbError> {
    let is_owner = owner.condition(1);
    let select = format!(
        "SELECT fingerprint, task FROM idempotent_answers WHERE {is_owner} AND idempotency_key = $2 AND created_at >= $3"
    );
    let rows: Vec<StoredRequest> = sql_query(select)
        .bind::<Text, _>(owner.id)
        .bind::<Text, _>(&request.key)
        .bind::<Timestamp, _>(to_db_timestamp(now - IDEMPOTENCY_TTL))
        .load(connection)?;
    Ok(rows.into_iter().next().and_then(|stored| match stored.fingerprint == request.fingerprint {
        true => stored.task.map(StoredResponse::Replayed),
        false => Some(StoredResponse::KeyReused),
    }))
}
