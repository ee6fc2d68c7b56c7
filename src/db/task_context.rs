//! Runs work on one owner's tasks.

use std::cell::Cell;

use crate::db::connection_manager::Pooled;
use crate::db::error::DbError;
use crate::db::feed::{Notifier, Subscription};
use crate::db::response_quota::ResponseQuota;
use crate::db::tasks::owner_scope::OwnerId;
use crate::db::tasks::scoped::{Access, RowLimits, Tasks};
use crate::db::user_transaction;

/// What all work on tasks shares.
pub(super) struct TaskContext {
    /// The maximum number of tasks of a user.
    task_quota: i64,
    /// The quota of responses that are stored for retries.
    response_quota: ResponseQuota,
    notifier: Notifier,
}

impl TaskContext {
    /// Creates a context with this quota of tasks and of stored responses for each user.
    pub(super) fn new(quota: i64, notifier: Notifier) -> Self {
        Self { task_quota: quota, response_quota: ResponseQuota::new(quota), notifier }
    }

    /// Subscribes to the changes of an owner.
    pub(super) fn subscribe(&self, owner: &str) -> Subscription {
        self.notifier.subscribe(owner)
    }

    /// Closes the notifier's connection.
    pub(super) fn close(&self) {
        self.notifier.close();
    }

    /// Runs `work` on an owner's tasks. Only a verified credential or the purge names an owner.
    pub(super) fn with_tasks<A: Access, R>(
        &self,
        pooled: &mut Pooled,
        owner: &str,
        work: impl FnOnce(&mut Tasks<'_, A>) -> Result<R, DbError>,
    ) -> Result<R, DbError> {
        let limits = RowLimits { tasks: self.task_quota, responses: self.response_quota.reservation(owner) };
        let has_written = Cell::new(false);
        let owner_id = OwnerId { id: owner, naming: pooled.user_naming };
        let is_sharing = pooled.is_sharing();
        let outcome = user_transaction::run_as(&mut pooled.connection, owner_id, is_sharing, |connection, scope| {
            work(&mut Tasks::new(connection, owner_id, &limits, &has_written, scope))
        });
        // also after an error: an earlier statement may be committed
        if has_written.get() {
            pooled.after_commit(self.notifier.announcement(owner));
        }
        outcome
    }
}
