//! Wakes the event streams of a user after commits, in this process and in other instances.
//!
//! A wake-up carries no data: each stream reads the changes after its own position. So a lost, repeated or early wake-up is harmless, and
//! a slow client needs no buffer. The database is polled from time to time, for wake-ups that are lost.

mod live_events;
mod notifier;
mod postgres;
mod sqlite;
mod subscriptions;
mod user_key;

pub use live_events::LiveEvents;
pub(super) use notifier::Notifier;
pub(super) use postgres::live_events;
pub use subscriptions::Subscription;
