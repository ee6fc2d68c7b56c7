//! A queue that serves its flows round-robin. No flow delays the others.
//!
//! A flow is the jobs of one user, or the look-ups of one session (the term is from network schedulers). While several flows wait, each
//! may hold at most half of the workers. A flow that waits alone may hold all workers but one: the next flow then starts immediately.

mod flow;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::Backoff;

pub(crate) use flow::Flow;

/// The maximum number of turns that [`FairQueue::take_of_idle_flows`] examines.
const MAX_SCANNED_TURNS: usize = 256;

/// An entry of the queue.
pub(crate) trait Entry {
    /// Returns whether the request of this entry is cancelled. The queue drops such an entry at its turn.
    fn is_cancelled(&self) -> bool;
}

/// The reason for rejecting an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Full {
    /// The flow has its maximum number of entries.
    Flow,
    /// The queue has its maximum number of entries.
    Queue,
}

/// The limits of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The number of workers.
    pub workers: usize,
    /// The maximum number of entries of one flow.
    pub per_flow: usize,
    /// The maximum number of entries of all flows.
    pub total: usize,
}

impl Bounds {
    /// Returns the maximum number of workers of one flow.
    fn max_workers(&self, is_alone: bool) -> usize {
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
    /// The number of entries, for workers that poll without the lock.
    entries: AtomicUsize,
    wake: Condvar,
}

struct State<T> {
    bounds: Bounds,
    flows: HashMap<Flow, FlowState<T>>,
    /// The flows with entries, in the order of service.
    turns: VecDeque<Flow>,
    entries: usize,
    idle_workers: usize,
    is_closed: bool,
}

/// The entries of a flow, and the number of workers that it holds. Removed when both are empty.
struct FlowState<T> {
    entries: VecDeque<T>,
    workers: usize,
}

impl<T: Entry> FairQueue<T> {
    /// Creates an empty queue.
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

    /// Appends an entry to its flow.
    ///
    /// # Errors
    /// The flow or the queue is full.
    pub(crate) fn push(&self, flow: Flow, entry: T) -> Result<(), Full> {
        let mut state = self.lock();
        state.push(flow, entry)?;
        self.wake_one(state);
        Ok(())
    }

    /// Waits for the next entry. Returns `None` if the queue is closed and empty.
    ///
    /// `finished` is the flow of the entry that this worker has just finished.
    pub(crate) fn next(&self, finished: Option<Flow>) -> Option<(Flow, T)> {
        let mut state = self.lock();
        if let Some(flow) = finished {
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
                self.spin(&backoff);
                state = self.lock();
            }
        }
    }

    /// Returns the next entry if one waits. `finished` is as for [`next`](Self::next).
    pub(crate) fn try_next(&self, finished: Flow) -> Option<(Flow, T)> {
        let mut state = self.lock();
        state.release(finished);
        let next = state.pop();
        self.wake_one(state);
        next
    }

    /// Takes the first entry of each flow that holds no worker, as long as `accept` accepts it. Each of these flows then holds one, until
    /// [`finish`](Self::finish).
    ///
    /// Takes nothing if fewer entries than `count` are available, or if a worker is idle.
    pub(crate) fn take_of_idle_flows(
        &self,
        count: RangeInclusive<usize>,
        accept: impl Fn(&T) -> bool,
    ) -> Vec<(Flow, T)> {
        let mut state = self.lock();
        let taken = match state.idle_workers {
            0 => state.take_of_idle_flows(count, accept),
            _ => Vec::new(),
        };
        self.entries.store(state.entries, Ordering::Relaxed);
        taken
    }

    /// Releases a worker of a flow.
    pub(crate) fn finish(&self, flow: Flow) {
        let mut state = self.lock();
        state.release(flow);
        self.wake_one(state);
    }

    /// Spins until an entry arrives or the backoff ends. To sleep and wake up costs more than a short statement.
    fn spin(&self, backoff: &Backoff) {
        while !backoff.is_completed() {
            backoff.snooze();
            if self.entries.load(Ordering::Relaxed) > 0 {
                return;
            }
        }
    }

    /// Closes the queue. The workers end when it is empty.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.wake.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes an idle worker, if an entry is available for it.
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
        let state = self.flows.entry(flow).or_insert_with(|| FlowState { entries: VecDeque::new(), workers: 0 });
        let has_turn = !state.entries.is_empty();
        if state.entries.len() >= self.bounds.per_flow {
            let before = state.entries.len();
            state.entries.retain(|entry| !entry.is_cancelled());
            self.entries -= before - state.entries.len();
            if state.entries.len() >= self.bounds.per_flow {
                return Err(Full::Flow);
            }
        }
        state.entries.push_back(entry);
        self.entries += 1;
        if !has_turn {
            self.turns.push_back(flow);
        }
        Ok(())
    }

    /// Returns the index in `turns` of the next flow that may take another worker.
    fn next_turn(&self) -> Option<usize> {
        let max_workers = match self.is_closed {
            true => usize::MAX, // the remaining entries run in any order
            false => self.bounds.max_workers(self.turns.len() == 1),
        };
        self.turns.iter().position(|flow| self.flows.get(flow).is_some_and(|flow| flow.workers < max_workers))
    }

    fn pop(&mut self) -> Option<(Flow, T)> {
        while let Some(turn) = self.next_turn() {
            let flow = self.turns.remove(turn)?;
            if let Some(next) = self.pop_of(flow) {
                return Some(next);
            }
        }
        None
    }

    fn take_of_idle_flows(&mut self, count: RangeInclusive<usize>, accept: impl Fn(&T) -> bool) -> Vec<(Flow, T)> {
        let is_accepted = |flow: &&Flow| {
            let state = self.flows.get(flow).filter(|state| state.workers == 0);
            state.and_then(|state| state.entries.front()).is_some_and(&accept)
        };
        let turns = self.turns.iter().take(MAX_SCANNED_TURNS);
        let flows: Vec<Flow> = turns.filter(is_accepted).take(*count.end()).copied().collect();
        if flows.len() < *count.start() {
            return Vec::new();
        }
        self.turns.retain(|flow| !flows.contains(flow));
        flows.into_iter().filter_map(|flow| self.pop_of(flow)).collect()
    }

    /// Takes the next entry of a flow that has no turn. The flow then holds one worker more.
    fn pop_of(&mut self, flow: Flow) -> Option<(Flow, T)> {
        let state = self.flows.get_mut(&flow)?;
        let before = state.entries.len();
        let next = std::iter::from_fn(|| state.entries.pop_front()).find(|entry| !entry.is_cancelled());
        self.entries -= before - state.entries.len();
        if !state.entries.is_empty() {
            self.turns.push_back(flow);
        }
        if let Some(entry) = next {
            state.workers += 1;
            return Some((flow, entry));
        }
        self.remove_unused(flow);
        None
    }

    /// Releases a worker of a flow.
    fn release(&mut self, flow: Flow) {
        if let Some(state) = self.flows.get_mut(&flow) {
            state.workers = state.workers.saturating_sub(1);
        }
        self.remove_unused(flow);
    }

    fn remove_unused(&mut self, flow: Flow) {
        if self.flows.get(&flow).is_some_and(|state| state.workers == 0 && state.entries.is_empty()) {
            self.flows.remove(&flow);
        }
    }

    fn drop_cancelled(&mut self) {
        for state in self.flows.values_mut() {
            state.entries.retain(|entry| !entry.is_cancelled());
        }
        self.turns.retain(|flow| self.flows.get(flow).is_some_and(|state| !state.entries.is_empty()));
        self.flows.retain(|_, state| state.workers > 0 || !state.entries.is_empty());
        self.entries = self.flows.values().map(|state| state.entries.len()).sum();
    }
}
