//! One thread with one connection: announces the changes of this process to other instances, and receives theirs.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::db::connection::AnyConnection;
use crate::db::connection_manager::ConnectionManager;
use crate::db::database_url::DatabaseUrl;
use crate::db::feed::subscriptions::{Subscription, Subscriptions};
use crate::db::feed::{postgres, sqlite};

/// The time after which a failed connection is opened again.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);
/// The time that the end of the process waits for the thread.
const JOIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Announces commits, and hands out subscriptions. The thread ends when this is dropped.
pub(in crate::db) struct Notifier {
    subscriptions: Arc<Subscriptions>,
    announces: bool,
    /// Disconnects when the thread has ended.
    ended: crossbeam_channel::Receiver<Infallible>,
}

impl Notifier {
    /// Starts the thread. It connects when the first stream opens, or at the first commit to announce.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(in crate::db) fn start(manager: ConnectionManager) -> std::io::Result<Self> {
        let manager = ConnectionManager { application_name: "task-api-events", ..manager };
        let subscriptions = Arc::new(Subscriptions::default());
        let announces = matches!(manager.url, DatabaseUrl::Postgres(_)) && manager.prepared_statements;
        let (running, ended) = crossbeam_channel::bounded(0);
        let shared = subscriptions.clone();
        std::thread::Builder::new().name("db-feed".into()).spawn(move || {
            let _running = running;
            run(&manager, &shared);
        })?;
        Ok(Self { subscriptions, announces, ended })
    }

    /// Returns an action that wakes the streams of a user, to run after a commit of this process.
    pub(in crate::db) fn announcement(&self, user: &str) -> impl FnOnce() + Send + 'static {
        let (subscriptions, user, announces) = (self.subscriptions.clone(), user.to_owned(), self.announces);
        move || subscriptions.commit(&user, announces)
    }

    /// Subscribes to the changes of a user.
    pub(in crate::db) fn subscribe(&self, user: &str) -> Subscription {
        self.subscriptions.subscribe(user)
    }
}

impl Notifier {
    /// Ends the thread and closes its connection. Waits at most [`JOIN_TIMEOUT`].
    pub(in crate::db) fn close(&self) {
        self.subscriptions.close();
        let _ = self.ended.recv_timeout(JOIN_TIMEOUT);
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.close();
    }
}

/// Runs until the subscriptions are closed. Opens a new connection after a failure.
fn run(manager: &ConnectionManager, subscriptions: &Subscriptions) {
    let mut has_failed = false;
    while subscriptions.has_work() {
        let outcome = manager.connect().map_err(|error| error.to_string()).and_then(|connection| match connection {
            AnyConnection::Postgres(connection) => {
                postgres::run(connection, manager.prepared_statements, subscriptions).map_err(|error| error.to_string())
            }
            AnyConnection::Sqlite(connection) => {
                sqlite::run(connection, subscriptions).map_err(|error| error.to_string())
            }
        });
        if let Err(error) = outcome {
            // one line for an outage
            let level = if has_failed { log::Level::Debug } else { log::Level::Warn };
            log::log!(
                level,
                "event streams wait for changes of other instances, the database connection failed: {error}"
            );
            has_failed = true;
            if !subscriptions.pause(RECONNECT_AFTER) {
                return;
            }
        }
    }
}
