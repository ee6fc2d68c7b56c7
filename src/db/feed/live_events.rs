//! How instances learn about the changes of other instances.

use std::fmt;

/// How instances learn about the changes of other instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LiveEvents {
    /// PostgreSQL's notifications, with a poll for lost ones.
    Notifications,
    /// Polls alone, because a pooler does not keep `LISTEN` (`PREPARED_STATEMENTS=off`).
    PollsBehindPooler,
    /// Polls alone, because Citus does not pass notifications between its nodes.
    PollsOnCitus,
    /// SQLite: in the process, and polls for changes of other processes.
    InProcess,
}

impl fmt::Display for LiveEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notifications => "instances notify each other (LISTEN, NOTIFY), usually within 100 ms",
            Self::PollsBehindPooler => {
                "instances poll each second, because PREPARED_STATEMENTS is off (no LISTEN behind a pooler)"
            }
            Self::PollsOnCitus => "instances poll each second, because Citus does not pass notifications between nodes",
            Self::InProcess => "in this process at once, changes of other processes within 150 ms (SQLite)",
        })
    }
}
