//! A queue that serves its flows round-robin, so that no flow delays the others.
//!
//! A flow is one user's work, or one session's look-ups (the term of network schedulers). While several flows wait, none of them
//! holds more than half of the workers. A flow that waits alone may hold all workers but one: the next flow then starts at once.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::Backoff;

/// Identifies a flow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Flow(u64);

impl Flow {
    /// The service's own work: sweeps, key sets, checks.
    pub(crate) fn service() -> Self {
        Self::hashed(("service", ""))
    }

    /// The requests of one user.
    pub(crate) fn user(id: &str) -> Self {
        Self::hashed(("user", id))
    }

    /// The look-ups of one session token. Its user is not known yet.
    pub(crate) fn session(token: &str) -> Self {
        Self::hashed(("session", token))
    }

    /// Hashes a name by a key of this process: no client can choose names that collide.
    fn hashed(name: (&str, &str)) -> Self {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(KEY.hash_one(name))
    }
}

/// An entry of the queue.
pub(crate) trait Entry {
    /// Whether the request of this entry has left the queue. Such an entry is dropped when its turn comes.
    fn is_cancelled(&self) -> bool;
}

/// Why an entry was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Full {
    /// The flow has as many entries as one flow may have.
    Flow,
    /// All flows together have as many as there may be.
    Queue,
}

/// The bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The number of workers.
    pub workers: usize,
    /// The most entries of one flow.
    pub per_flow: usize,
    /// The most entries of all flows.
    pub total: usize,
}

impl Bounds {
    /// The most workers of one flow.
    fn share(&self, is_alone: bool) -> usize {
        match (self.workers, is_alone) {
            (workers, false) => (workers / 2).max(1),
            (workers @ (0..=2), true) => workers,
            (workers, true) => workers - 1,
        }
    }
}

/// The queue, shared by requests and workers.
pub(crate) struct FairQueue<T> {
    state: Mutex<State<T>>,
    /// The number of entries, for workers that look without the lock.
    entries: AtomicUsize,
    wake: Condvar,
}

struct State<T> {
    bounds: Bounds,
    flows: HashMap<Flow, Waiting<T>>,
    /// The flows with entries, the next to be served first.
    turns: VecDeque<Flow>,
    entries: usize,
    idle_workers: usize,
    is_closed: bool,
}

/// One flow's entries, and the number of workers that it holds. Removed when it has neither.
struct Waiting<T> {
    entries: VecDeque<T>,
    workers: usize,
}

impl<T: Entry> FairQueue<T> {
    /// Makes an empty queue.
    pub(crate) fn new(bounds: Bounds) -> Self {
        let state = State {
            bounds,
            flows: HashMap::new(),
            turns: VecDeque::new(),
            entries: 0,
            idle_workers: 0,
            is_closed: false,
        };
        Self { state: Mutex::new(state), entries: AtomicUsize::new(0), wake: Condvar::new() }
    }

    /// Adds an entry behind the others of its flow.
    ///
    /// # Errors
    /// The queue is full, for this flow or for all.
    pub(crate) fn push(&self, flow: Flow, entry: T) -> Result<(), Full> {
        let mut state = self.state();
        state.push(flow, entry)?;
        self.wake_one(state);
        Ok(())
    }

    /// Waits for the next entry; `None` after the queue was closed and is empty. `done`: the flow of the entry that this worker
    /// has just finished.
    pub(crate) fn next(&self, done: Option<Flow>) -> Option<(Flow, T)> {
        let mut state = self.state();
        if let Some(flow) = done {
            state.release(flow);
        }
        let backoff = Backoff::new();
        loop {
            if let Some(next) = state.pop() {
                self.wake_one(state);
                return Some(next);
            }
            if state.is_closed {
                return None;
            }
            if backoff.is_completed() {
                state.idle_workers += 1;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle_workers -= 1;
            } else {
                drop(state);
                self.look_for_entries(&backoff);
                state = self.state();
            }
        }
    }

    /// Spins for a moment: to sleep and to be woken costs more than a short statement.
    fn look_for_entries(&self, backoff: &Backoff) {
        while !backoff.is_completed() {
            backoff.snooze();
            if self.entries.load(Ordering::Relaxed) > 0 {
                return;
            }
        }
    }

    /// Lets the workers end when they have emptied the queue.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.wake.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes an idle worker, if there is an entry that it may take.
    fn wake_one(&self, state: MutexGuard<'_, State<T>>) {
        self.entries.store(state.entries, Ordering::Relaxed);
        let has_work = state.idle_workers > 0 && state.next_turn().is_some();
        drop(state);
        if has_work {
            self.wake.notify_one();
        }
    }
}

impl<T: Entry> State<T> {
    fn push(&mut self, flow: Flow, entry: T) -> Result<(), Full> {
        if self.entries >= self.bounds.total {
            self.drop_cancelled();
            if self.entries >= self.bounds.total {
                return Err(Full::Queue);
            }
        }
        let waiting = self.flows.entry(flow).or_insert_with(|| Waiting { entries: VecDeque::new(), workers: 0 });
        let has_turn = !waiting.entries.is_empty();
        if waiting.entries.len() >= self.bounds.per_flow {
            let before = waiting.entries.len();
            waiting.entries.retain(|entry| !entry.is_cancelled());
            self.entries -= before - waiting.entries.len();
            if waiting.entries.len() >= self.bounds.per_flow {
                return Err(Full::Flow);
            }
        }
        waiting.entries.push_back(entry);
        self.entries += 1;
        if !has_turn {
            self.turns.push_back(flow);
        }
        Ok(())
    }

    /// The place in `turns` of the next flow that may have another worker.
    fn next_turn(&self) -> Option<usize> {
        let share = match self.is_closed {
            true => usize::MAX, // the last entries are finished, in whatever order
            false => self.bounds.share(self.turns.len() == 1),
        };
        self.turns.iter().position(|flow| self.flows.get(flow).is_some_and(|waiting| waiting.workers < share))
    }

    fn pop(&mut self) -> Option<(Flow, T)> {
        while let Some(turn) = self.next_turn() {
            let flow = self.turns.remove(turn)?;
            let waiting = self.flows.get_mut(&flow)?;
            let before = waiting.entries.len();
            let next = std::iter::from_fn(|| waiting.entries.pop_front()).find(|entry| !entry.is_cancelled());
            self.entries -= before - waiting.entries.len();
            if !waiting.entries.is_empty() {
                self.turns.push_back(flow);
            }
            if let Some(entry) = next {
                waiting.workers += 1;
                return Some((flow, entry));
            }
            self.forget_unused(flow);
        }
        None
    }

    /// Takes back the worker that a flow held.
    fn release(&mut self, flow: Flow) {
        if let Some(waiting) = self.flows.get_mut(&flow) {
            waiting.workers = waiting.workers.saturating_sub(1);
        }
        self.forget_unused(flow);
    }

    fn forget_unused(&mut self, flow: Flow) {
        if self.flows.get(&flow).is_some_and(|waiting| waiting.workers == 0 && waiting.entries.is_empty()) {
            self.flows.remove(&flow);
        }
    }

    fn drop_cancelled(&mut self) {
        for waiting in self.flows.values_mut() {
            waiting.entries.retain(|entry| !entry.is_cancelled());
        }
        self.turns.retain(|flow| self.flows.get(flow).is_some_and(|waiting| !waiting.entries.is_empty()));
        self.flows.retain(|_, waiting| waiting.workers > 0 || !waiting.entries.is_empty());
        self.entries = self.flows.values().map(|waiting| waiting.entries.len()).sum();
    }
}
