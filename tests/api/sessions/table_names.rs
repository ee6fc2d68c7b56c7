//! Tests Better Auth's tables under the names of its adapters and under configured names.

use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::on_both;
use crate::support::{App, Database, Response, Settings, cookie_header, expect_outage, expect_rejected, session_token};

on_both!(
    tables_are_detected_by_their_columns,
    tables_and_columns_can_be_configured,
    names_are_quoted,
    two_matching_tables_are_an_outage,
    unrelated_tables_of_the_same_name_are_ignored,
    ban_columns_are_found_under_other_names,
    keys_are_found_in_a_renamed_table,
    a_time_without_zone_is_read_in_the_configured_zone,
    a_missing_configured_table_is_an_outage,
);

const TOKEN: &str = "tokentokentokentokentokentoken12";

/// Creates a session table and a user table with a session of alice that expires in one hour.
fn create_tables(app: &App, [session, token, user_id, expires_at]: [&str; 4], [user, id]: [&str; 2]) {
    let column_type = if app.url.starts_with("sqlite") { "date" } else { "timestamptz" };
    let expires = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true);
    app.execute(&format!(
        "CREATE TABLE {user} ({id} text PRIMARY KEY, email text); INSERT INTO {user} ({id}) VALUES ('alice');
         CREATE TABLE {session} (id text, {token} text UNIQUE, {user_id} text, {expires_at} {column_type});
         INSERT INTO {session} ({token}, {user_id}, {expires_at}) VALUES ('{TOKEN}', 'alice', '{expires}')"
    ));
}

fn list(app: &App) -> Response {
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie_header(TOKEN)).send()
}

fn tables_are_detected_by_their_columns(database: Database) {
    let table = [
        ("Kysely", ["session", "token", "\"userId\"", "\"expiresAt\""], ["\"user\"", "id"]),
        ("Drizzle", ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]),
        ("plural", ["sessions", "token", "user_id", "expires_at"], ["users", "id"]),
        ("plural, in camel case", ["sessions", "token", "\"userId\"", "\"expiresAt\""], ["users", "id"]),
        ("Prisma", ["\"Session\"", "token", "\"userId\"", "\"expiresAt\""], ["\"User\"", "id"]),
        ("a name without quotes", ["session", "token", "userId", "expiresAt"], ["\"user\"", "id"]),
        ("users in the plural alone", ["session", "token", "user_id", "expires_at"], ["users", "id"]),
    ];
    for (adapter, session, user) in table {
        let app = App::start_with(database, &[("SESSION_SOURCE", "database")]);
        app.request("GET", "/readyz").send().expect(503);
        expect_outage(&list(&app));
        create_tables(&app, session, user);
        assert_eq!(list(&app).status, 200, "{adapter}");
        app.wait_for_readiness(200);
        app.execute(&format!("DELETE FROM {}", user[0]));
        expect_rejected(&list(&app), "is not valid");
    }
}

fn tables_and_columns_can_be_configured(database: Database) {
    let columns = "session.token=session_token, session.userId=owner, session.expiresAt=end, user.id=uid";
    let settings: Settings<'_> =
        &[("SESSION_TABLE", "app_sessions"), ("USER_TABLE", "people"), ("BETTER_AUTH_COLUMNS", columns)];
    let names = (["app_sessions", "session_token", "owner", "\"end\""], ["people", "uid"]);
    let app = App::start_with(database, settings);
    create_tables(&app, names.0, names.1);
    list(&app).expect(200);
    let unconfigured = App::start(database);
    create_tables(&unconfigured, names.0, names.1);
    expect_outage(&list(&unconfigured));
    if database == Database::Postgres {
        // A schema outside of the search path.
        let schema = format!("auth_{}", uuid());
        let tables = [format!("{schema}.session"), format!("{schema}.user")];
        let app = App::start_with(database, &[("SESSION_TABLE", &tables[0]), ("USER_TABLE", &tables[1])]);
        app.execute(&format!("CREATE SCHEMA {schema}"));
        let user = format!("{schema}.\"user\"");
        create_tables(&app, [&tables[0], "token", "user_id", "expires_at"], [&user, "id"]);
        list(&app).expect(200);
        app.execute(&format!("DROP SCHEMA {schema} CASCADE"));
    }
}

fn uuid() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn names_are_quoted(database: Database) {
    let table = r#"a" b'; DROP TABLE tasks; --"#;
    let columns = r#"session.token=to"ken,session.userId=select,session.expiresAt=x y"#;
    let app = App::start_with(database, &[("SESSION_TABLE", table), ("BETTER_AUTH_COLUMNS", columns)]);
    let quoted = format!("\"{}\"", table.replace('"', "\"\""));
    create_tables(&app, [&quoted, r#""to""ken""#, "\"select\"", "\"x y\""], ["\"user\"", "id"]);
    list(&app).expect(200);
}

fn two_matching_tables_are_an_outage(database: Database) {
    let (session_columns, sessions_columns) =
        (["session", "token", "user_id", "expires_at"], ["sessions", "token", "user_id", "expires_at"]);
    let app = App::start(database);
    create_tables(&app, session_columns, ["\"user\"", "id"]);
    list(&app).expect(200);
    let both = App::start(database);
    create_tables(&both, session_columns, ["\"user\"", "id"]);
    create_tables(&both, sessions_columns, ["users", "id"]);
    both.execute("DELETE FROM sessions");
    expect_outage(&list(&both));
    for (name, status) in [("session", 200), ("sessions", 401)] {
        let named = App::start_with(database, &[("SESSION_TABLE", name)]);
        create_tables(&named, session_columns, ["\"user\"", "id"]);
        create_tables(&named, sessions_columns, ["users", "id"]);
        named.execute("DELETE FROM sessions");
        list(&named).expect(status);
    }
}

fn unrelated_tables_of_the_same_name_are_ignored(database: Database) {
    let app = App::start(database);
    create_tables(&app, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
    app.execute("CREATE TABLE users (id integer, name text); CREATE TABLE sessions (id text, started text)");
    list(&app).expect(200);
}

fn ban_columns_are_found_under_other_names(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_COLUMNS", "user.banned=is_shut_out")]);
    create_tables(&app, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
    let (flag, date) = if database == Database::Sqlite { ("integer", "integer") } else { ("boolean", "timestamp") };
    app.execute(&format!(
        "ALTER TABLE \"user\" ADD COLUMN is_shut_out {flag}; ALTER TABLE \"user\" ADD COLUMN ban_expires {date}"
    ));
    list(&app).expect(200);
    app.execute("UPDATE \"user\" SET is_shut_out = TRUE");
    expect_rejected(&list(&app), "is not valid");
    let at = |hours: i64| {
        let end = Utc::now() + TimeDelta::hours(hours);
        if database == Database::Sqlite { end.timestamp_millis().to_string() } else { format!("'{}'", end.naive_utc()) }
    };
    app.execute(&format!("UPDATE \"user\" SET ban_expires = {}", at(1)));
    expect_rejected(&list(&app), "is not valid");
    app.execute(&format!("UPDATE \"user\" SET ban_expires = {}", at(-1)));
    list(&app).expect(200);
}

fn keys_are_found_in_a_renamed_table(database: Database) {
    let settings: Settings<'_> = &[("BETTER_AUTH_URL", ""), ("JWKS_TABLE", "signing_keys")];
    for (table, settings) in [("signing_keys", settings), ("jwkss", &settings[..1])] {
        let app = App::start_with(database, settings);
        let key = crate::support::ed25519_jwk("k");
        app.execute(&format!(
            "CREATE TABLE {table} (id text, public_key text, private_key text); \
             INSERT INTO {table} VALUES ('k', '{key}', '')"
        ));
        let claims = serde_json::json!({ "sub": "alice", "exp": Utc::now().timestamp() + 900 });
        let token = crate::support::eddsa("k", &claims);
        // The table did not exist at start. Requests get 503 until the next refresh of the keys.
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = app.request("GET", "/api/alice/tasks").bearer(&token).send();
            if answer.status == 200 {
                break;
            }
            answer.expect(503);
            assert!(Instant::now() < deadline, "the keys were not found in {table}");
        }
    }
}

/// Old Kysely versions on PostgreSQL write the local time of the Node.js process.
fn a_time_without_zone_is_read_in_the_configured_zone(database: Database) {
    for (zone, expires_at) in [
        ("UTC", "2026-11-28T03:16:47.308Z"),
        ("America/New_York", "2026-11-28T08:16:47.308Z"),
        ("Asia/Kolkata", "2026-11-27T21:46:47.308Z"),
    ] {
        let app = App::start_with(database, &[("SESSION_TIMEZONE", zone)]);
        create_tables(&app, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
        if database == Database::Postgres {
            app.execute("ALTER TABLE session ALTER COLUMN expires_at TYPE timestamp");
        }
        app.execute("UPDATE session SET expires_at = '2026-11-28 03:16:47.308'");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let session = runtime.block_on(app.db.session(session_token(TOKEN))).unwrap().expect("the session exists");
        assert_eq!(session.expires_at.to_rfc3339_opts(SecondsFormat::Millis, true), expires_at);
    }
    // Over HTTP: a local time of three hours ago in UTC has expired. In New York it is in the future.
    for (zone, status) in [("UTC", 401), ("America/New_York", 200)] {
        let app = App::start_with(database, &[("SESSION_TIMEZONE", zone)]);
        create_tables(&app, ["session", "token", "user_id", "expires_at"], ["\"user\"", "id"]);
        if database == Database::Postgres {
            app.execute("ALTER TABLE session ALTER COLUMN expires_at TYPE timestamp");
        }
        let expires_at = (Utc::now() - TimeDelta::hours(3)).format("%Y-%m-%d %H:%M:%S%.3f");
        app.execute(&format!("UPDATE session SET expires_at = '{expires_at}'"));
        list(&app).expect(status);
    }
}

fn a_missing_configured_table_is_an_outage(database: Database) {
    for setting in [("SESSION_TABLE", "nowhere"), ("USER_TABLE", "nobody"), ("BETTER_AUTH_COLUMNS", "session.token=x")]
    {
        let app = App::start_with(database, &[setting, ("SESSION_SOURCE", "database")]);
        app.make_better_auth_tables();
        expect_outage(&list(&app));
        app.request("GET", "/readyz").send().expect(503);
    }
}
