use std::cell::Cell;
use std::sync::mpsc::channel;
use std::thread;

use super::*;

#[derive(Debug)]
struct Job(&'static str, Cell<bool>);

impl Entry for Job {
    fn is_cancelled(&self) -> bool {
        self.1.get()
    }
}

fn queue(workers: usize) -> FairQueue<Job> {
    FairQueue::new(Bounds { workers, per_flow: 3, total: 5 })
}

fn push(queue: &FairQueue<Job>, user: &str, name: &'static str) -> Result<(), Full> {
    queue.push(Flow::user(user), Job(name, Cell::new(false)))
}

/// Takes an entry without waiting.
fn pop(queue: &FairQueue<Job>) -> Option<&'static str> {
    queue.lock().pop().map(|(_, job)| job.0)
}

fn finish(queue: &FairQueue<Job>, user: &str) {
    queue.lock().release(Flow::user(user));
}

#[test]
fn flows_are_served_round_robin_and_each_in_order() {
    let queue = queue(1);
    for (user, name) in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1")] {
        push(&queue, user, name).unwrap();
    }
    let served: Vec<_> = (0..5)
        .map(|_| {
            let name = pop(&queue).unwrap();
            finish(&queue, &name[..1]);
            name
        })
        .collect();
    assert_eq!(served, ["a1", "b1", "c1", "a2", "a3"]);
    assert!(queue.lock().flows.is_empty(), "a flow without entries is removed");
}

#[test]
fn a_flow_holds_half_of_the_workers_while_another_waits() {
    let queue = queue(4);
    for name in ["a1", "a2", "a3"] {
        push(&queue, "a", name).unwrap();
    }
    assert_eq!((pop(&queue), pop(&queue)), (Some("a1"), Some("a2")));
    push(&queue, "b", "b1").unwrap();
    assert_eq!(pop(&queue), Some("b1"), "the other flow is at its limit");
    // the other flow has no entries now
    assert_eq!(pop(&queue), Some("a3"));
}

#[test]
fn two_flows_at_their_limits_leave_the_odd_worker_free() {
    let queue = queue(3);
    for (user, name) in [("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2")] {
        push(&queue, user, name).unwrap();
    }
    assert_eq!((pop(&queue), pop(&queue), pop(&queue)), (Some("a1"), Some("b1"), None));
    push(&queue, "c", "c1").unwrap();
    assert_eq!(pop(&queue), Some("c1"));
    finish(&queue, "b");
    assert_eq!(pop(&queue), Some("b2"), "the other flow is still at its limit");
}

#[test]
fn a_flow_alone_leaves_one_worker_free() {
    for (workers, held) in [(1, 1), (2, 2), (3, 2), (4, 3)] {
        let queue: FairQueue<Job> = FairQueue::new(Bounds { workers, per_flow: 9, total: 9 });
        for _ in 0..6 {
            push(&queue, "a", "a").unwrap();
        }
        assert_eq!((0..workers).filter_map(|_| pop(&queue)).count(), held, "of {workers}");
    }
}

#[test]
fn a_full_flow_does_not_affect_other_flows() {
    let queue = queue(1);
    for name in ["a1", "a2", "a3"] {
        push(&queue, "a", name).unwrap();
    }
    assert_eq!(push(&queue, "a", "a4"), Err(Full::Flow));
    push(&queue, "b", "b1").unwrap();
    push(&queue, "b", "b2").unwrap();
    assert_eq!(push(&queue, "c", "c1"), Err(Full::Queue));
    pop(&queue).unwrap();
    push(&queue, "c", "c1").unwrap();
}

#[test]
fn cancelled_entries_are_skipped_and_free_capacity() {
    let queue = queue(1);
    let cancel = |user: &str, index: usize| queue.lock().flows[&Flow::user(user)].entries[index].1.set(true);
    for (user, name) in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2")] {
        push(&queue, user, name).unwrap();
    }
    cancel("a", 0);
    push(&queue, "a", "a4").unwrap();
    cancel("b", 0);
    cancel("b", 1);
    push(&queue, "c", "c1").unwrap();
    cancel("c", 0);
    let served: Vec<_> = std::iter::from_fn(|| {
        let name = pop(&queue)?;
        finish(&queue, &name[..1]);
        Some(name)
    })
    .collect();
    assert_eq!(served, ["a2", "a3", "a4"]);
    let state = queue.lock();
    assert_eq!((state.entries, state.turns.len(), state.flows.len()), (0, 0, 0));
}

#[test]
fn a_worker_waits_for_entries_until_the_queue_closes() {
    let queue = queue(2);
    thread::scope(|scope| {
        let (queue, (sender, receiver)) = (&queue, channel());
        let worker = scope.spawn(move || {
            let mut finished = None;
            while let Some((flow, job)) = queue.next(finished) {
                sender.send(job.0).unwrap();
                finished = Some(flow);
            }
        });
        push(queue, "a", "a1").unwrap();
        assert_eq!(receiver.recv(), Ok("a1"));
        push(queue, "b", "b1").unwrap();
        assert_eq!(receiver.recv(), Ok("b1"));
        queue.close();
        worker.join().unwrap();
    });
}

#[test]
fn a_closed_queue_ignores_the_worker_limits() {
    let queue = queue(2);
    for (user, name) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")] {
        push(&queue, user, name).unwrap();
    }
    queue.close();
    let served: Vec<_> = std::iter::from_fn(|| queue.next(None)).map(|(_, job)| job.0).collect();
    assert_eq!(served, ["a1", "b1", "a2", "a3"]);
}

/// Takes entries of flows without a worker, and returns their names.
fn take(queue: &FairQueue<Job>, min: usize, max: usize) -> Vec<&'static str> {
    queue.take_of_idle_flows(min..=max, |job| !job.0.starts_with('x')).into_iter().map(|(_, job)| job.0).collect()
}

#[test]
fn one_entry_of_each_flow_without_a_worker_is_taken() {
    let queue = FairQueue::new(Bounds { workers: 4, per_flow: 3, total: 9 });
    for (user, name) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2"), ("x", "x1"), ("c", "c1"), ("d", "d1")] {
        push(&queue, user, name).unwrap();
    }
    assert_eq!(pop(&queue), Some("a1"), "the flow now holds a worker");
    assert_eq!(take(&queue, 4, 9), [""; 0], "only three are available");
    assert_eq!(take(&queue, 1, 2), ["b1", "c1"]);
    assert_eq!(take(&queue, 1, 9), ["d1"], "the other flows hold workers");
    assert_eq!((pop(&queue), pop(&queue), pop(&queue)), (Some("x1"), Some("a2"), Some("b2")));
    for user in ["a", "a", "b", "b", "c", "d", "x"] {
        queue.finish(Flow::user(user));
    }
    assert!(queue.lock().flows.is_empty() && queue.lock().entries == 0);
}

#[test]
fn nothing_is_taken_from_an_idle_worker() {
    let queue = queue(2);
    push(&queue, "a", "a1").unwrap();
    queue.lock().idle_workers = 1;
    assert_eq!(take(&queue, 1, 9), [""; 0]);
}
