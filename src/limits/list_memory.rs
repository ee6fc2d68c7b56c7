//! Limits the memory of a user's lists.
//!
//! The limits are concurrent reads of large lists, and unsent bytes. A list of 1,000 tasks has typically 300 KB and at most 9 MB.
//! A client may stop reading the response.

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

/// A list with more tasks is large: it can have 1 MB.
const MAX_SMALL_LIST: i64 = 100;
/// The maximum number of concurrent reads of a user's large lists. Waiting requests hold no memory.
const MAX_LARGE_READS: usize = 2;
/// The maximum of a user's unsent bytes. At the maximum, the next list is rejected.
const MAX_UNSENT_BYTES: usize = 16 * 1024 * 1024;
/// The maximum number of cached users.
const CAPACITY: usize = 20_000;

/// Limits the memory of all users' lists.
pub struct ListMemory {
    users: Cache<u64, Arc<UserMemory>>,
    hasher: RandomState,
    /// The maximum time that a large list waits for a permit.
    acquire_timeout: Duration,
}

struct UserMemory {
    reads: Arc<Semaphore>,
    unsent: AtomicUsize,
}

impl ListMemory {
    /// Creates the limits. `acquire_timeout` limits the wait for a read.
    pub fn new(acquire_timeout: Duration) -> Self {
        Self { users: Cache::new(CAPACITY), hasher: RandomState::new(), acquire_timeout }
    }

    /// Starts to read a list of at most `tasks` tasks.
    ///
    /// # Errors
    /// See [`ListRejected`].
    pub(crate) async fn start_read(&self, user: &str, tasks: i64) -> Result<ListRead, ListRejected> {
        let new = || {
            Ok(Arc::new(UserMemory { reads: Arc::new(Semaphore::new(MAX_LARGE_READS)), unsent: AtomicUsize::new(0) }))
        };
        let key = self.hasher.hash_one(user);
        let Ok(memory) = self.users.get_or_insert_with::<_, std::convert::Infallible>(&key, new);
        let permit = match tasks {
            ..=MAX_SMALL_LIST => None,
            _ => {
                let permit = tokio::time::timeout(self.acquire_timeout, memory.reads.clone().acquire_owned()).await;
                let timed_out = || ListRejected::Timeout;
                Some(permit.ok().and_then(Result::ok).ok_or_else(timed_out)?)
            }
        };
        if memory.unsent.load(Ordering::Relaxed) >= MAX_UNSENT_BYTES {
            return Err(ListRejected::TooManyUnsentBytes);
        }
        Ok(ListRead { memory, _permit: permit })
    }
}

/// The reason to reject a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ListRejected {
    /// The wait for the user's other lists timed out.
    Timeout,
    /// Too many bytes of the user's lists are unsent.
    TooManyUnsentBytes,
}

/// A list that is being read.
///
/// The reading thread owns it. It ends with the read, even if the request is cancelled.
pub(crate) struct ListRead {
    memory: Arc<UserMemory>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl ListRead {
    /// Converts to the response body. Its bytes count as unsent until the connection takes them.
    pub(crate) fn into_body(self, parts: VecDeque<Bytes>) -> ListBody {
        let length = parts.iter().map(Bytes::len).sum();
        self.memory.unsent.fetch_add(length, Ordering::Relaxed);
        ListBody { parts, length, unsent: length, memory: self.memory }
    }
}

/// The response body of a list. Each part is dropped when the connection takes it.
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
    async fn unsent_bytes_are_bounded_and_released() {
        let lists = ListMemory::new(Duration::from_secs(60));
        let start = |user: &'static str| lists.start_read(user, 1);
        let mut first = start("alice").await.expect("nothing is unsent").into_body(parts(&[MAX_UNSENT_BYTES, 7]));
        assert_eq!(first.size(), BodySize::Sized(7_u64.saturating_add(MAX_UNSENT_BYTES as u64)));
        assert!(start("alice").await.is_err());
        assert!(start("bob").await.is_ok(), "the limit is per user");
        let part = poll_fn(|context| Pin::new(&mut first).poll_next(context)).await;
        assert_eq!(part.map(|part| part.map(|part| part.len())), Some(Ok(MAX_UNSENT_BYTES)));
        let second = start("alice").await.expect("7 bytes are unsent").into_body(parts(&[MAX_UNSENT_BYTES]));
        drop(first);
        assert!(start("alice").await.is_err());
        drop(second);
        let memory = start("alice").await.expect("nothing is unsent").memory;
        assert_eq!(memory.unsent.load(Ordering::Relaxed), 0);
    }

    #[actix_web::test]
    async fn only_large_lists_wait() {
        let lists = ListMemory::new(Duration::from_secs(60));
        let large = || lists.start_read("alice", MAX_SMALL_LIST + 1);
        let first = large().await.expect("it is the first");
        let _second = large().await.expect("it is the second");
        let mut third = Box::pin(large());
        assert!(poll_fn(|context| Poll::Ready(third.as_mut().poll(context).is_pending())).await);
        assert!(lists.start_read("alice", MAX_SMALL_LIST).await.is_ok());
        drop(first);
        assert!(third.await.is_ok());
    }
}
