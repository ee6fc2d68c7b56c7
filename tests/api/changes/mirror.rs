//! A client's copy of a user's tasks, kept current by the change feed.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::App;

/// A user's tasks by their ids: the active ones, and those in the trash.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Mirror {
    pub active: BTreeMap<i64, Value>,
    pub trash: BTreeMap<i64, Value>,
    /// The token of the last response.
    pub token: Option<String>,
}

impl Mirror {
    /// Applies a change.
    pub fn apply(&mut self, change: &Value) {
        let id = change["id"].as_i64().expect("a change has an id");
        self.active.remove(&id);
        self.trash.remove(&id);
        let task = &change["task"];
        match (change["deleted"].as_bool().expect("a change says whether the task is deleted"), task.is_null()) {
            (false, false) => drop(self.active.insert(id, task.clone())),
            (true, false) => drop(self.trash.insert(id, task.clone())),
            (true, true) => {}
            (false, true) => panic!("a task without its members: {change}"),
        }
    }

    /// Reads changes until there are no more. Returns the number of changes.
    #[track_caller]
    pub fn sync(&mut self, app: &App, user: &str, limit: usize) -> usize {
        let mut count = 0;
        loop {
            let since = self.token.as_ref().map(|token| format!("&since={token}")).unwrap_or_default();
            let page =
                app.request_as(user, "GET", &format!("/api/tasks/changes?limit={limit}{since}")).send().expect(200);
            let changes = page["changes"].as_array().expect("a list of changes");
            assert!(changes.len() <= limit && (page["more"] == false || changes.len() == limit), "{page}");
            let mut keys: Vec<_> =
                changes.iter().map(|change| (change["seq"].as_i64(), change["id"].as_i64())).collect();
            assert!(keys.is_sorted(), "{page}");
            keys.sort_by_key(|(_, id)| *id);
            keys.dedup_by_key(|(_, id)| *id);
            assert_eq!(keys.len(), changes.len(), "a task is in a page twice: {page}");
            changes.iter().for_each(|change| self.apply(change));
            count += changes.len();
            self.token = Some(page["next"].as_str().expect("a token").to_owned());
            if page["more"] == false {
                return count;
            }
        }
    }

    /// Asserts that the copy has exactly the tasks of the lists.
    #[track_caller]
    pub fn expect_lists(&self, app: &App, user: &str) {
        let list = |query: &str| {
            let list = app.request_as(user, "GET", &format!("/api/tasks?limit=1000&{query}")).send().expect(200);
            let tasks = list.as_array().expect("a list").iter();
            tasks.map(|task| (task["id"].as_i64().expect("an id"), task.clone())).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(self.active, list(""));
        assert_eq!(self.trash, list("deleted=true"));
    }
}
