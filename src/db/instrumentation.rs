//! Notes what diesel tells about each connection: when a statement begins, and which statements are kept prepared.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::db::statement_time;

/// Counts the statements that are kept prepared, on all connections of a pool, since its start.
#[derive(Clone, Default, Debug)]
pub(crate) struct Notes {
    prepared: Arc<AtomicU64>,
}

impl Notes {
    /// The number so far.
    pub(crate) fn prepared(&self) -> u64 {
        self.prepared.load(Ordering::Relaxed)
    }
}

impl Instrumentation for Notes {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => statement_time::begin(),
            InstrumentationEvent::CacheQuery { .. } => {
                self.prepared.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}
