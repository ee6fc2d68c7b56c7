//! Bounds the memory of one user's lists: how many large ones are read at a time, and how much of them is unsent.
//!
//! A list of 1,000 tasks is 300 KB in practice and 9 MB at most, and a client need not read it.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A list of more tasks is large: it can have a megabyte.
const LARGE: i64 = 100;
/// Large lists of one user that are read at a time. The others wait, and hold nothing.
const READS: usize = 2;
/// Bytes of one user's lists that wait to be sent. With more, the next list is refused.
const UNSENT: usize = 16 * 1024 * 1024;
/// The most users that are remembered.
const USERS: usize = 20_000;

/// The memory of all users' lists.
pub struct ListMemory {
    users: Cache<u64, Arc<UserMemory>>,
    hasher: RandomState,
    /// How long a large list waits for its turn, as long as any request waits for the database.
    wait: Duration,
}

struct UserMemory {
    reads: Arc<Semaphore>,
    unsent: AtomicUsize,
}

impl ListMemory {
    /// Creates the bound, with `wait` as the longest wait for a read.
    pub fn new(wait: Duration) -> Self {
        Self { users: Cache::new(USERS), hasher: RandomState::new(), wait }
    }

    /// Begins a list of at most so many tasks.
    ///
    /// # Errors
    /// See [`ListRefused`].
    pub(crate) async fn begin(&self, user: &str, tasks: i64) -> Result<Reading, ListRefused> {
        let new = || Ok(Arc::new(UserMemory { reads: Arc::new(Semaphore::new(READS)), unsent: AtomicUsize::new(0) }));
        let key = self.hasher.hash_one(user);
        let Ok(memory) = self.users.get_or_insert_with::<_, std::convert::Infallible>(&key, new);
        let permit = match tasks {
            ..=LARGE => None,
            _ => {
                let permit = tokio::time::timeout(self.wait, memory.reads.clone().acquire_owned()).await;
                let late = || ListRefused::Timeout;
                Some(permit.ok().and_then(Result::ok).ok_or_else(late)?)
            }
        };
        if memory.unsent.load(Ordering::Relaxed) >= UNSENT {
            return Err(ListRefused::TooMuchUnsent);
        }
        Ok(Reading { memory, _permit: permit })
    }
}

/// The reason why a list is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ListRefused {
    /// The user's other lists were not read in time.
    Timeout,
    /// Too many bytes of the user's lists wait to be sent.
    TooMuchUnsent,
}

/// A list that is being read. It moves to the thread that reads, so that it ends with the read whatever becomes of the request.
pub(crate) struct Reading {
    memory: Arc<UserMemory>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Reading {
    /// The body of the response, which counts as unsent until it is handed to the connection.
    pub(crate) fn into_body(self, parts: VecDeque<Bytes>) -> ListBody {
        let length = parts.iter().map(Bytes::len).sum();
        self.memory.unsent.fetch_add(length, Ordering::Relaxed);
        ListBody { parts, length, unsent: length, memory: self.memory }
    }
}

/// The parts of a list, each dropped once it is handed to the connection.
pub(crate) struct ListBody {
    parts: VecDeque<Bytes>,
    length: usize,
    unsent: usize,
    memory: Arc<UserMemory>,
}

impl MessageBody for ListBody {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let part = self.parts.pop_front();
        let sent = part.as_ref().map_or(0, Bytes::len);
        self.unsent = self.unsent.saturating_sub(sent);
        self.memory.unsent.fetch_sub(sent, Ordering::Relaxed);
        Poll::Ready(part.map(Ok))
    }
}

impl Drop for ListBody {
    fn drop(&mut self) {
        self.memory.unsent.fetch_sub(self.unsent, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn parts(lengths: &[usize]) -> VecDeque<Bytes> {
        lengths.iter().map(|length| Bytes::from(vec![0; *length])).collect()
    }

    #[actix_web::test]
    async fn what_is_unsent_is_bounded_and_given_back() {
        let lists = ListMemory::new(Duration::from_secs(60));
        let begin = |user: &'static str| lists.begin(user, 1);
        let mut first = begin("alice").await.expect("nothing is unsent").into_body(parts(&[UNSENT, 7]));
        assert_eq!(first.size(), BodySize::Sized(7_u64.saturating_add(UNSENT as u64)));
        assert!(begin("alice").await.is_err());
        assert!(begin("bob").await.is_ok(), "each user alone");
        let part = poll_fn(|context| Pin::new(&mut first).poll_next(context)).await;
        assert_eq!(part.map(|part| part.map(|part| part.len())), Some(Ok(UNSENT)));
        let second = begin("alice").await.expect("7 bytes are unsent").into_body(parts(&[UNSENT]));
        drop(first);
        assert!(begin("alice").await.is_err());
        drop(second);
        let memory = begin("alice").await.expect("nothing is unsent").memory;
        assert_eq!(memory.unsent.load(Ordering::Relaxed), 0);
    }

    #[actix_web::test]
    async fn large_lists_wait_for_each_other_and_small_ones_do_not() {
        let lists = ListMemory::new(Duration::from_secs(60));
        let large = || lists.begin("alice", LARGE + 1);
        let one = large().await.expect("it is the first");
        let _two = large().await.expect("it is the second");
        let mut three = Box::pin(large());
        assert!(poll_fn(|context| Poll::Ready(three.as_mut().poll(context).is_pending())).await);
        assert!(lists.begin("alice", LARGE).await.is_ok());
        drop(one);
        assert!(three.await.is_ok());
    }
}
