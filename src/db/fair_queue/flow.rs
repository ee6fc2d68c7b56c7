//! The flows of the queue.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Identifies a flow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Flow(u64);

impl Flow {
    /// The jobs of the service itself: purges, key sets, checks.
    pub(crate) fn service() -> Self {
        Self::from_name(("service", ""))
    }

    /// The requests of one user.
    pub(crate) fn user(id: &str) -> Self {
        Self::from_name(("user", id))
    }

    /// The look-ups of one session token, before its user is known.
    pub(crate) fn session(token: &str) -> Self {
        Self::from_name(("session", token))
    }

    /// Creates a flow from a name, hashed with a random key of this process. Clients cannot choose names that collide.
    fn from_name(name: (&str, &str)) -> Self {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(KEY.hash_one(name))
    }
}
