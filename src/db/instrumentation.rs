//! Records the start of each statement, and counts prepared statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::db::statement_time;

/// The instrumentation of all connections of a pool.
#[derive(Clone, Default, Debug)]
pub(crate) struct PoolInstrumentation {
    prepared_statements: Arc<AtomicU64>,
}

impl PoolInstrumentation {
    /// Returns the number of statements prepared since the start of the pool.
    pub(crate) fn prepared_statements(&self) -> u64 {
        self.prepared_statements.load(Ordering::Relaxed)
    }
}

impl Instrumentation for PoolInstrumentation {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => statement_time::start(),
            InstrumentationEvent::CacheQuery { .. } => {
                self.prepared_statements.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}
