//! Tests tables under the names of Better Auth's adapters and under configured names.

use better_auth_guard::CredentialErrorReason;
use better_auth_guard::diesel::SchemaDetector;
use chrono::{TimeDelta, Utc};

use crate::database::{AnyConnection, Database};
use crate::on_both;
use crate::sessions::{TOKEN, cause, reason};

on_both!(
    tables_are_detected_by_their_columns,
    tables_and_columns_can_be_configured,
    ambiguous_tables_are_unavailable,
    missing_tables_are_unavailable,
    a_removed_table_is_unavailable,
    has_default_names_and_finds_ids,
);

/// Creates a session table and a user table with a session of alice that expires in one hour.
fn create_tables<C: AnyConnection>(
    database: &Database<C>,
    [session, token, user_id, expires_at]: [&str; 4],
    [user, id]: [&str; 2],
) {
    let (date, end) = (C::DATE, (Utc::now() + TimeDelta::hours(1)).to_rfc3339());
    database.execute(&format!(
        "CREATE TABLE {user} ({id} text PRIMARY KEY); INSERT INTO {user} ({id}) VALUES ('alice');
         CREATE TABLE {session} ({token} text UNIQUE, {user_id} text, {expires_at} {date});
         INSERT INTO {session} ({token}, {user_id}, {expires_at}) VALUES ('{TOKEN}', 'alice', '{end}')"
    ));
}

fn tables_are_detected_by_their_columns<C: AnyConnection>() {
    for (adapter, session, user) in [
        ("Kysely", ["session", "token", "\"userId\"", "\"expiresAt\""], ["\"user\"", "id"]),
        ("Drizzle", ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]),
        ("plural", ["sessions", "token", "user_id", "expires_at"], ["users", "id"]),
        ("Prisma", ["\"Session\"", "token", "\"userId\"", "\"expiresAt\""], ["\"User\"", "id"]),
    ] {
        let database = Database::<C>::empty();
        create_tables(&database, session, user);
        let found = database.authenticate(TOKEN);
        assert_eq!(found.expect(adapter).user_id, "alice");
    }
}

fn tables_and_columns_can_be_configured<C: AnyConnection>() {
    let mut database = Database::<C>::empty();
    create_tables(&database, ["\"my \"\"sessions\"", "session_token", "owner", "\"end\""], ["people", "uid"]);
    assert!(cause(database.authenticate(TOKEN)).contains("no table session of Better Auth"));
    database.names.session = Some("my \"sessions".parse().expect("a table"));
    database.names.user = Some("people".parse().expect("a table"));
    let columns = ["session.token=session_token", "session.userId=owner", "session.expiresAt=end", "user.id=uid"];
    database.names.columns = columns.map(|column| column.parse().expect("a column")).to_vec();
    assert_eq!(database.authenticate(TOKEN).expect("the session is valid").user_id, "alice");
    database.names.user = Some("nobody".parse().expect("a table"));
    assert_eq!(
        cause(database.authenticate(TOKEN)),
        "Better Auth's tables: the database has no table with the configured name of Better Auth's table user with columns \
         for id that this role may read"
    );
}

fn ambiguous_tables_are_unavailable<C: AnyConnection>() {
    let mut database = Database::<C>::empty();
    create_tables(&database, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
    create_tables(&database, ["sessions", "token", "user_id", "expires_at"], ["users", "id"]);
    database.execute("DELETE FROM sessions");
    let cause = cause(database.authenticate(TOKEN));
    assert!(cause.ends_with("match Better Auth's table session: configure its name"), "{cause}");
    database.names.session = Some("session".parse().expect("a table"));
    assert!(database.authenticate(TOKEN).is_ok());
    database.names.session = Some("sessions".parse().expect("a table"));
    assert_eq!(reason(database.authenticate(TOKEN)), CredentialErrorReason::NoSession);
}

fn missing_tables_are_unavailable<C: AnyConnection>() {
    let database = Database::<C>::empty();
    const MISSING: &str = "Better Auth's tables: the database has no table session of Better Auth with columns for token, \
                           userId, expiresAt that this role may read";
    assert_eq!(cause(database.authenticate(TOKEN)), MISSING);
    create_tables(&database, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
    assert!(database.authenticate(TOKEN).is_ok());
}

fn a_removed_table_is_unavailable<C: AnyConnection>() {
    let database = Database::<C>::empty();
    create_tables(&database, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
    let detector = SchemaDetector::default();
    let mut connection = database.pool.get().expect("the pool has a connection");
    let detected = detector.tables(&mut *connection).expect("the catalogue is readable");
    database.execute("DROP TABLE session");
    let cached = detector.tables(&mut *connection).expect("the catalogue is readable");
    assert_eq!(cached, detected);
    let query = cached.sessions.as_ref().expect("cached").query(vec![TOKEN]);
    assert!(connection.sessions(query).is_err());
    detector.invalidate();
    assert!(detector.tables(&mut *connection).expect("the catalogue is readable").sessions.is_err());
}

fn has_default_names_and_finds_ids<C: AnyConnection>() {
    let database = Database::<C>::migrated();
    let now = Utc::now().to_rfc3339();
    database.execute(&format!(
        r#"INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")
            VALUES ('1', '{now}', '{TOKEN}', '{now}', '{now}', 'alice')"#
    ));
    let mut connection = database.pool.get().expect("the pool has a connection");
    let tables = SchemaDetector::default().detect(&mut *connection).expect("the catalogue is readable");
    let tables = tables.sessions.expect("the tables exist");
    assert!(tables.has_default_names());
    let mut has_id = |id: &str| tables.has_id(&mut *connection, id).expect("the query succeeds");
    assert_eq!((has_id("1"), has_id(TOKEN)), (true, false));
    // no token matches no session
    assert!(connection.sessions(tables.query(Vec::new())).expect("the query succeeds").is_empty());
}
