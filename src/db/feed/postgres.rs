//! Notifications and polls on PostgreSQL.
//!
//! `NOTIFY` within each writing transaction would serialize their commits: a notifying commit holds a lock that all of them share. So this
//! connection announces the users with changes, at most once in [`NOTIFY_EVERY`]. diesel cannot wait for a notification. While streams are
//! open, the connection is read every [`READ_EVERY`].

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Text};

use crate::db::feed::live_events::LiveEvents;
use crate::db::feed::subscriptions::{Polled, Subscriptions};
use crate::db::feed::user_key::UserKey;
use crate::db::user_naming::{has_citus, with_local_setting_on_postgres};

/// The time between two announcements.
const NOTIFY_EVERY: Duration = Duration::from_millis(50);
/// The time between two reads of the notifications.
const READ_EVERY: Duration = Duration::from_millis(20);
/// The time between two polls for lost notifications.
const POLL_EVERY: Duration = Duration::from_secs(3);
/// The time between two polls without notifications.
const POLL_ALONE_EVERY: Duration = Duration::from_secs(1);
/// The number of users of one notification. PostgreSQL limits its size to 8,000 bytes.
const KEYS_PER_NOTIFICATION: usize = 7_900 / (UserKey::TEXT_LENGTH + 1);

/// Returns how instances on this database learn about changes of other instances.
///
/// `keeps_settings`: no pooler shares the connection.
pub(in crate::db) fn live_events(connection: &mut PgConnection, keeps_settings: bool) -> QueryResult<LiveEvents> {
    if !keeps_settings {
        return Ok(LiveEvents::PollsBehindPooler);
    }
    Ok(if has_citus(connection)? { LiveEvents::PollsOnCitus } else { LiveEvents::Notifications })
}

/// Announces and receives changes until the subscriptions are closed.
///
/// # Errors
/// The connection failed. Changes that are not announced yet are kept for the next connection.
pub(super) fn run(
    mut connection: PgConnection,
    keeps_settings: bool,
    subscriptions: &Subscriptions,
) -> QueryResult<()> {
    let notifies = live_events(&mut connection, keeps_settings)? == LiveEvents::Notifications;
    let mut channel = Channel::open(&mut connection)?;
    let (mut polled_at, mut announced_at): (Option<Instant>, Option<Instant>) = (None, None);
    let (wait, poll_every) = if notifies { (READ_EVERY, POLL_EVERY) } else { (POLL_ALONE_EVERY, POLL_ALONE_EVERY) };
    while let Some(work) = subscriptions.wait(wait) {
        if notifies && !work.unannounced.is_empty() {
            // collects the changes of this time
            let elapsed = announced_at.map_or(NOTIFY_EVERY, |at: Instant| at.elapsed());
            if let Some(rest) = NOTIFY_EVERY.checked_sub(elapsed).filter(|rest| !rest.is_zero()) {
                std::thread::sleep(rest);
            }
            announced_at = Some(Instant::now());
            let keys = subscriptions.with_later(work.unannounced);
            if let Err(error) = channel.announce(&mut connection, &keys) {
                subscriptions.restore(keys);
                return Err(error);
            }
        }
        if notifies {
            let is_new = channel.listen(&mut connection, work.has_streams)?;
            if is_new {
                polled_at = None; // for changes before LISTEN
            }
            channel.receive(&mut connection, subscriptions)?;
        }
        if work.has_streams && polled_at.is_none_or(|at| at.elapsed() >= poll_every) {
            poll(&mut connection, subscriptions)?;
            polled_at = Some(Instant::now());
        }
    }
    Ok(())
}

/// The channel of the notifications. Each schema has one, so services in one database do not wake each other.
struct Channel {
    name: String,
    /// This connection gets its own notifications too.
    own_process: i32,
    is_listening: bool,
}

impl Channel {
    fn open(connection: &mut PgConnection) -> QueryResult<Self> {
        #[derive(QueryableByName)]
        struct Own {
            #[diesel(sql_type = Text)]
            name: String,
            #[diesel(sql_type = Integer)]
            process: i32,
        }
        let own = "SELECT 'task_api_' || current_schema()::regnamespace::oid AS name, pg_backend_pid() AS process";
        let Own { name, process } = sql_query(own).get_result(connection)?;
        Ok(Self { name, own_process: process, is_listening: false })
    }

    fn announce(&self, connection: &mut PgConnection, keys: &[UserKey]) -> QueryResult<()> {
        let texts = |keys: &[UserKey]| keys.iter().map(|key| key.to_text()).collect::<Vec<_>>().join(" ");
        let payloads: Vec<String> = keys.chunks(KEYS_PER_NOTIFICATION).map(texts).collect();
        let notify = sql_query("SELECT pg_notify($1, payload) FROM unnest($2) AS payload");
        notify.bind::<Text, _>(&self.name).bind::<Array<Text>, _>(payloads).execute(connection).map(drop)
    }

    /// Listens while streams are open. Returns whether it began to.
    ///
    /// PostgreSQL keeps notifications that a listening connection does not read.
    fn listen(&mut self, connection: &mut PgConnection, has_streams: bool) -> QueryResult<bool> {
        if has_streams == self.is_listening {
            return Ok(false);
        }
        let command = if has_streams { "LISTEN" } else { "UNLISTEN" };
        connection.batch_execute(&format!("{command} {}", self.name))?;
        self.is_listening = has_streams;
        Ok(has_streams)
    }

    fn receive(&self, connection: &mut PgConnection, subscriptions: &Subscriptions) -> QueryResult<()> {
        if !self.is_listening {
            return Ok(());
        }
        for notification in connection.notifications_iter() {
            let notification = notification?;
            if notification.process_id != self.own_process && notification.channel == self.name {
                subscriptions.wake(notification.payload.split(' ').filter_map(|key| key.parse().ok()));
            }
        }
        Ok(())
    }
}

/// Reads the sequence numbers of all users with open streams.
fn poll(connection: &mut PgConnection, subscriptions: &Subscriptions) -> QueryResult<()> {
    let users = subscriptions.users();
    let polled: Vec<Polled> = with_local_setting_on_postgres(connection, "app.poll", "on", |connection| {
        let select = sql_query("SELECT user_id, seq FROM user_state WHERE user_id = ANY($1)");
        select.bind::<Array<Text>, _>(users).load(connection)
    })?;
    subscriptions.set_polled(&polled);
    Ok(())
}
