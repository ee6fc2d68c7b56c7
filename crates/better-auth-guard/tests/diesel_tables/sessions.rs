//! Tests session look-ups.

use std::time::Duration;

use better_auth_guard::{CredentialError, CredentialErrorReason, SessionRecord};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::database::{AnyConnection, Database};
use crate::on_both;

on_both!(
    a_session_is_found_by_its_token,
    an_expired_session_is_rejected,
    a_banned_user_is_rejected_until_the_ban_expires,
    a_session_without_its_user_is_rejected,
    a_token_with_nul_has_no_session,
    tokens_are_compared_exactly,
    an_unknown_timestamp_is_unavailable,
    an_ambiguous_local_time_is_the_earlier_expiry,
    an_unreachable_database_is_unavailable,
    a_busy_pool_is_unavailable,
    a_locked_table_is_unavailable,
);

pub const TOKEN: &str = "tokentokentokentokentokentoken12";

fn iso(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Creates Better Auth's tables with a session of alice that expires after this time.
fn signed_in<C: AnyConnection>(lifetime: TimeDelta) -> Database<C> {
    let database = Database::<C>::migrated();
    let (now, end) = (iso(Utc::now()), iso(Utc::now() + lifetime));
    database.execute(&format!(
        r#"INSERT INTO "user" VALUES ('alice', 'Alice', 'alice@example.com', FALSE, NULL, '{now}', '{now}');
        INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")
            VALUES ('1', '{end}', '{TOKEN}', '{now}', '{now}', 'alice')"#
    ));
    database
}

/// Returns the reason of a rejected token.
#[track_caller]
pub fn reason(outcome: Result<SessionRecord, CredentialError>) -> CredentialErrorReason {
    match outcome {
        Err(CredentialError::Invalid(error)) => error.reason,
        other => panic!("not rejected: {other:?}"),
    }
}

/// Returns why a token cannot be verified.
#[track_caller]
pub fn cause(outcome: Result<SessionRecord, CredentialError>) -> String {
    match outcome {
        Err(CredentialError::Unavailable(unavailable)) => unavailable.0,
        other => panic!("not unavailable: {other:?}"),
    }
}

fn a_session_is_found_by_its_token<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    database.execute(r#"UPDATE session SET "expiresAt" = '2100-01-02T03:04:05.678Z'"#);
    let session = database.authenticate(TOKEN).expect("the session is valid");
    assert_eq!((session.user_id.as_str(), session.user_exists, session.banned), ("alice", true, false));
    assert_eq!((iso(session.expires_at), session.ban_expires), ("2100-01-02T03:04:05.678Z".to_owned(), None));
    assert_eq!(reason(database.authenticate("unknown")), CredentialErrorReason::NoSession);
    database.execute("DELETE FROM session");
    assert_eq!(reason(database.authenticate(TOKEN)), CredentialErrorReason::NoSession);
}

fn an_expired_session_is_rejected<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::seconds(-2));
    assert_eq!(reason(database.authenticate(TOKEN)), CredentialErrorReason::Expired);
}

fn a_banned_user_is_rejected_until_the_ban_expires<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    let (flag, date) = (C::FLAG, C::DATE);
    database.execute(&format!(
        r#"ALTER TABLE "user" ADD COLUMN "banned" {flag}; ALTER TABLE "user" ADD COLUMN "banExpires" {date}"#
    ));
    let at = |hours: i64| format!("'{}'", iso(Utc::now() + TimeDelta::hours(hours)));
    for (banned, expires, is_accepted) in [
        ("NULL", "NULL".to_owned(), true),
        ("FALSE", at(1), true),
        ("TRUE", "NULL".to_owned(), false),
        ("TRUE", at(1), false),
        ("TRUE", at(-1), true),
    ] {
        database.execute(&format!(r#"UPDATE "user" SET "banned" = {banned}, "banExpires" = {expires}"#));
        let outcome = database.authenticate(TOKEN);
        match is_accepted {
            true => assert!(outcome.is_ok(), "banned {banned} until {expires}: {outcome:?}"),
            false => assert_eq!(reason(outcome), CredentialErrorReason::Banned, "banned {banned} until {expires}"),
        }
    }
}

fn a_session_without_its_user_is_rejected<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    database.execute(r#"DELETE FROM "user""#);
    assert_eq!(reason(database.authenticate(TOKEN)), CredentialErrorReason::NoSuchUser);
}

fn a_token_with_nul_has_no_session<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    assert_eq!(reason(database.authenticate(&format!("{TOKEN}\0"))), CredentialErrorReason::NoSession);
    // the tables do not matter
    let empty = Database::<C>::empty();
    assert_eq!(reason(empty.authenticate("\0")), CredentialErrorReason::NoSession);
}

fn tokens_are_compared_exactly<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    database.execute(C::IGNORE_CASE);
    assert!(database.authenticate(TOKEN).is_ok());
    assert_eq!(reason(database.authenticate(&TOKEN.to_uppercase())), CredentialErrorReason::NoSession);
}

fn an_unknown_timestamp_is_unavailable<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    database.execute(r#"ALTER TABLE session DROP COLUMN "expiresAt"; ALTER TABLE session ADD COLUMN "expiresAt" text"#);
    for text in ["tomorrow", "2100-01-02", "infinity", ""] {
        database.execute(&format!(r#"UPDATE session SET "expiresAt" = '{text}'"#));
        assert_eq!(
            cause(database.authenticate(TOKEN)),
            "Better Auth's tables: a timestamp in Better Auth's tables has an unknown format",
            "{text}"
        );
    }
}

fn an_ambiguous_local_time_is_the_earlier_expiry<C: AnyConnection>() {
    let mut database = signed_in::<C>(TimeDelta::hours(1));
    database.names.time_zone = chrono_tz::Europe::Berlin;
    database.execute(r#"ALTER TABLE session DROP COLUMN "expiresAt"; ALTER TABLE session ADD COLUMN "expiresAt" text"#);
    database.execute(r#"UPDATE session SET "expiresAt" = '2099-10-25 02:30:00'"#);
    let session = database.authenticate(TOKEN).expect("the session is valid");
    assert_eq!(iso(session.expires_at), "2099-10-25T00:30:00.000Z");
}

fn an_unreachable_database_is_unavailable<C: AnyConnection>() {
    let database = Database::<C>::unreachable();
    let cause = cause(database.authenticate_within(TOKEN, Duration::from_millis(500)));
    assert!(cause.starts_with("Better Auth's tables: ") && !cause.contains("hunter2"), "{cause}");
}

fn a_busy_pool_is_unavailable<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    let connection = database.pool.get().expect("the pool has a connection");
    cause(database.authenticate_within(TOKEN, Duration::from_millis(100)));
    drop(connection);
    assert!(database.authenticate(TOKEN).is_ok());
}

fn a_locked_table_is_unavailable<C: AnyConnection>() {
    let database = signed_in::<C>(TimeDelta::hours(1));
    let mut other = database.connect();
    other.batch_execute(C::LOCK).expect("the table can be locked");
    cause(database.authenticate_within(TOKEN, Duration::from_millis(500)));
    other.batch_execute("ROLLBACK").expect("the lock can be released");
    assert!(database.authenticate(TOKEN).is_ok());
}
