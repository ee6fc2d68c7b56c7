//! A client of the change feed below the HTTP API.

use std::collections::BTreeMap;

use better_auth_guard::Owner;
use task_api::db::{ChangesSince, Db, DbError};
use task_api::task::Task;

use super::operation::list_all;

/// A copy of a user's tasks: by their ids, with their place in the trash.
pub struct FeedClient {
    owner: Owner,
    tasks: BTreeMap<i64, (Task, bool)>,
    since: ChangesSince,
    /// The size of the next page; changes with each page.
    limit: i64,
    syncs: usize,
}

impl FeedClient {
    pub fn new(owner: Owner) -> Self {
        Self { owner, tasks: BTreeMap::new(), since: ChangesSince::Beginning, limit: 1, syncs: 0 }
    }

    /// Reads all changes, and asserts that the copy equals the lists.
    pub async fn sync(&mut self, db: &Db) {
        self.syncs += 1;
        if self.syncs.is_multiple_of(500) {
            self.restart();
        }
        loop {
            self.limit = self.limit % 5 + 1;
            let (since, limit) = (self.since, self.limit);
            let page = match db.read(self.owner.clone(), move |tasks| tasks.changes(since, limit)).await {
                Err(DbError::ChangesExpired) if since != ChangesSince::Beginning => {
                    self.restart();
                    continue;
                }
                page => page.expect("the database responds"),
            };
            for change in page.changes {
                match change.task {
                    Some(task) => drop(self.tasks.insert(change.id, (task, change.is_deleted))),
                    None => drop(self.tasks.remove(&change.id)),
                }
            }
            self.since = ChangesSince::Position(page.next);
            if !page.has_more {
                break;
            }
        }
        for is_deleted in [false, true] {
            let list = list_all(is_deleted);
            let listed =
                db.read(self.owner.clone(), move |tasks| tasks.list(&list)).await.expect("the database responds");
            let listed: BTreeMap<i64, Task> = listed.tasks.into_iter().map(|task| (task.id, task)).collect();
            let copied = self.tasks.iter().filter(|(_, (_, place))| *place == is_deleted);
            let copied: BTreeMap<i64, Task> = copied.map(|(id, (task, _))| (*id, task.clone())).collect();
            assert_eq!(copied, listed, "the client of the feed (left) and the list (right) differ");
        }
    }

    fn restart(&mut self) {
        self.tasks.clear();
        self.since = ChangesSince::Beginning;
    }
}
