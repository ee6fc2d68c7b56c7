//! The subscriptions of this process, and the users whose changes other instances do not know yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use tokio::sync::watch;

use crate::db::feed::user_key::UserKey;

/// The subscriptions of all users.
#[derive(Default)]
pub(super) struct Subscriptions {
    state: Mutex<State>,
    /// Wakes the notifier.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    watched: HashMap<UserKey, Watched>,
    /// Users with changes that other instances do not know yet.
    unannounced: HashSet<UserKey>,
    is_closed: bool,
}

/// A user with open streams.
struct Watched {
    user: String,
    /// Wakes all streams of the user.
    sender: watch::Sender<()>,
    streams: usize,
    /// The lowest sequence number that one of the streams started from, or the last one that was polled.
    polled_seq: i64,
}

/// The last sequence number of a user, as a poll reads it.
#[derive(QueryableByName)]
pub(super) struct Polled {
    #[diesel(sql_type = Text)]
    pub(super) user_id: String,
    #[diesel(sql_type = BigInt)]
    pub(super) seq: i64,
}

/// What the notifier has to do.
#[derive(Debug)]
pub(super) struct Work {
    /// Users with changes that other instances do not know yet.
    pub(super) unannounced: Vec<UserKey>,
    /// Whether a stream is open.
    pub(super) has_streams: bool,
}

/// A subscription to the changes of a user. Ends when dropped.
pub struct Subscription {
    subscriptions: Arc<Subscriptions>,
    key: UserKey,
    receiver: watch::Receiver<()>,
}

impl Subscriptions {
    pub(super) fn subscribe(self: &Arc<Self>, user: &str) -> Subscription {
        let key = UserKey::of(user);
        let mut state = self.lock();
        let is_first = state.watched.is_empty();
        let watched = state.watched.entry(key).or_insert_with(|| Watched {
            user: user.to_owned(),
            sender: watch::Sender::default(),
            streams: 0,
            polled_seq: i64::MAX,
        });
        watched.streams = watched.streams.saturating_add(1);
        let receiver = watched.sender.subscribe();
        if is_first {
            self.changed.notify_all();
        }
        Subscription { subscriptions: self.clone(), key, receiver }
    }

    /// Wakes the streams of a user after a commit of this process. `announce`: other instances have to be told.
    pub(super) fn commit(&self, user: &str, announce: bool) {
        let key = UserKey::of(user);
        let mut state = self.lock();
        if let Some(watched) = state.watched.get(&key) {
            watched.sender.send_replace(());
        }
        if announce && state.unannounced.insert(key) && state.unannounced.len() == 1 {
            self.changed.notify_all();
        }
    }

    /// Wakes the streams of users whose changes another instance announced.
    pub(super) fn wake(&self, keys: impl Iterator<Item = UserKey>) {
        let state = self.lock();
        for watched in keys.filter_map(|key| state.watched.get(&key)) {
            watched.sender.send_replace(());
        }
    }

    /// Returns the users with open streams.
    pub(super) fn users(&self) -> Vec<String> {
        self.lock().watched.values().map(|watched| watched.user.clone()).collect()
    }

    /// Wakes the streams of users whose sequence number differs from the last one that was polled.
    pub(super) fn set_polled(&self, polled: &[Polled]) {
        let mut state = self.lock();
        for &Polled { ref user_id, seq } in polled {
            if let Some(watched) = state.watched.get_mut(&UserKey::of(user_id))
                && watched.polled_seq != seq
            {
                watched.polled_seq = seq;
                watched.sender.send_replace(());
            }
        }
    }

    /// Waits until there is work, at most `timeout` while streams are open. `None`: closed.
    pub(super) fn wait(&self, timeout: Duration) -> Option<Work> {
        let state = self.wait_while_idle();
        let is_waiting = |state: &mut State| !state.is_closed && state.unannounced.is_empty();
        let (mut state, _) =
            self.changed.wait_timeout_while(state, timeout, is_waiting).unwrap_or_else(PoisonError::into_inner);
        if state.is_closed {
            return None;
        }
        let unannounced = state.unannounced.drain().collect();
        Some(Work { unannounced, has_streams: !state.watched.is_empty() })
    }

    /// Waits until there is work. Returns `false` if the subscriptions are closed.
    pub(super) fn has_work(&self) -> bool {
        !self.wait_while_idle().is_closed
    }

    fn wait_while_idle(&self) -> MutexGuard<'_, State> {
        let is_idle = |state: &mut State| !state.is_closed && state.unannounced.is_empty() && state.watched.is_empty();
        self.changed.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the users with changes since the work was taken.
    pub(super) fn with_later(&self, mut keys: Vec<UserKey>) -> Vec<UserKey> {
        keys.extend(self.lock().unannounced.drain());
        keys
    }

    /// Waits for a time. Returns `false` if the subscriptions are closed.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), time, |state| !state.is_closed);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.is_closed
    }

    /// Announces these users again, after a failure.
    pub(super) fn restore(&self, keys: Vec<UserKey>) {
        self.lock().unannounced.extend(keys);
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Sets the sequence number that the stream starts from. The next poll compares with the lowest one of the user's streams.
    pub fn set_start(&self, seq: i64) {
        if let Some(watched) = self.subscriptions.lock().watched.get_mut(&self.key) {
            watched.polled_seq = watched.polled_seq.min(seq);
        }
    }

    /// Resolves after a change since the subscription or the last call. Can be cancelled.
    pub async fn changed(&mut self) {
        if self.receiver.changed().await.is_err() {
            std::future::pending::<()>().await; // the sender lives as long as the subscription
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.subscriptions.lock();
        if let Some(watched) = state.watched.get_mut(&self.key) {
            watched.streams = watched.streams.saturating_sub(1);
            if watched.streams == 0 {
                state.watched.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_changed(subscription: &mut Subscription) -> bool {
        let changed = subscription.receiver.has_changed().unwrap();
        subscription.receiver.mark_unchanged();
        changed
    }

    #[test]
    fn a_commit_wakes_only_the_streams_of_its_user() {
        let subscriptions = Arc::new(Subscriptions::default());
        let [mut first, mut second, mut other] = ["alice", "alice", "bob"].map(|user| subscriptions.subscribe(user));
        subscriptions.commit("alice", false);
        assert_eq!([&mut first, &mut second, &mut other].map(has_changed), [true, true, false]);
        subscriptions.wake([UserKey::of("bob"), UserKey::of("carol")].into_iter());
        assert_eq!([&mut first, &mut second, &mut other].map(has_changed), [false, false, true]);
        drop((first, second));
        assert_eq!(subscriptions.users(), ["bob"]);
    }

    #[test]
    fn a_poll_wakes_streams_whose_user_has_another_sequence_number() {
        let subscriptions = Arc::new(Subscriptions::default());
        let mut stream = subscriptions.subscribe("alice");
        stream.set_start(5);
        let mut poll = |seq| {
            subscriptions.set_polled(&[Polled { user_id: "alice".to_owned(), seq }]);
            has_changed(&mut stream)
        };
        assert_eq!([5, 6, 6, 7].map(&mut poll), [false, true, false, true]);
        subscriptions.subscribe("alice").set_start(6);
        assert!(poll(7), "another stream may have started between a commit and its lost notification");
    }

    #[test]
    fn work_is_collected_until_the_notifier_takes_it() {
        let subscriptions = Arc::new(Subscriptions::default());
        for user in ["alice", "bob", "alice"] {
            subscriptions.commit(user, true);
        }
        let work = subscriptions.wait(Duration::ZERO).unwrap();
        assert_eq!((work.unannounced.len(), work.has_streams), (2, false));
        subscriptions.restore(work.unannounced);
        assert_eq!(subscriptions.wait(Duration::ZERO).unwrap().unannounced.len(), 2);
        subscriptions.close();
        assert!(subscriptions.wait(Duration::from_secs(60)).is_none());
    }

    #[test]
    fn keys_are_text_without_the_id() {
        let key = UserKey::of("alice");
        assert_eq!((key.to_text().parse(), key.to_text().len()), (Ok(key), UserKey::TEXT_LENGTH));
        assert_ne!(key, UserKey::of("bob"));
    }
}
