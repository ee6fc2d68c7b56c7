//! Deletes expired rows of all users, in short transactions.

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::connection_manager::Pooled;
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;
use crate::db::tasks::purge_expired::{self, Expiring, USERS_PER_LIST};
use crate::db::tasks::scoped::{Tasks, Write};

impl Db {
    /// Deletes expired rows: responses stored for retries, tasks in the trash since `trash_retention`, and tombstones.
    ///
    /// Returns the number of deleted responses and tasks. Several instances may call it at the same time.
    ///
    /// # Errors
    /// Database errors.
    pub async fn purge_expired(&self, now: DateTime<Utc>, trash_retention: TimeDelta) -> Result<usize, DbError> {
        let responses =
            self.service_job(move |pooled| purge_expired::purge_responses(&mut pooled.connection, now)).await?;
        let tasks = self.purge_users(Expiring::Trash, now, now - trash_retention).await?;
        self.purge_users(Expiring::Tombstones, now, now - self.tombstone_retention).await?;
        Ok(responses.saturating_add(tasks))
    }

    /// Deletes expired rows of one user after the other. Between two transactions, requests use the connection.
    async fn purge_users(
        &self,
        expiring: Expiring,
        now: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<usize, DbError> {
        let (mut deleted, mut last) = (0_usize, String::new());
        loop {
            let after = last.clone();
            let list = move |pooled: &mut Pooled| {
                purge_expired::users_with_expired_rows(&mut pooled.connection, expiring, before, &after)
            };
            let users = self.service_job(list).await?;
            let is_last = i64::try_from(users.len()).unwrap_or(i64::MAX) < USERS_PER_LIST;
            for user in users {
                deleted = deleted.saturating_add(self.purge_user(expiring, &user, now, before).await?);
                last = user;
            }
            if is_last {
                return Ok(deleted);
            }
        }
    }

    async fn purge_user(
        &self,
        expiring: Expiring,
        user: &str,
        now: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<usize, DbError> {
        let mut deleted = 0_usize;
        loop {
            let rows = self.purge_chunk(expiring, user.to_owned(), now, before).await?;
            deleted = deleted.saturating_add(rows);
            if rows == 0 || expiring == Expiring::Tombstones {
                return Ok(deleted);
            }
        }
    }

    async fn purge_chunk(
        &self,
        expiring: Expiring,
        user: String,
        now: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<usize, DbError> {
        let context = self.context.clone();
        self.service_job(move |pooled| {
            context.with_tasks(pooled, &user, |tasks: &mut Tasks<'_, Write>| match expiring {
                Expiring::Trash => tasks.purge_trash(now, before),
                Expiring::Tombstones => tasks.purge_tombstones(before),
            })
        })
        .await
    }

    async fn service_job<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.write_pool.run_long(1, Flow::service(), work).await
    }
}
