//! Tests session rows in Better Auth's database: expiry, bans, deleted users, and every encoding of its migrations.

use better_auth_guard::{Secret, signed_cookie_value};
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::vectors::{of_kind, text};
use crate::support::{
    App, BETTER_AUTH_URL, Database, Response, SECRET, Settings, cookie_header, expect_missing_credential,
    expect_outage, expect_rejected,
};
use crate::support::{insert, iso_in_one_hour};

on_both!(
    a_session_is_accepted_until_sign_out,
    an_expired_session_has_its_own_error,
    sessions_of_deleted_users_are_rejected,
    banned_users_are_rejected_until_the_ban_expires,
    missing_tables_are_an_outage,
    a_removed_table_is_an_outage,
    times_are_read_in_every_encoding,
    rows_of_every_version_are_accepted,
);

/// Starts a service with a session of alice and returns the session token.
pub(super) fn signed_in(database: Database, settings: Settings<'_>) -> (App, String) {
    let app = App::start_with(database, settings);
    let token = app.sign_in("alice");
    (app, token)
}

/// Lists the tasks of alice with this `Cookie` header.
pub(super) fn list(app: &App, cookie: &str) -> Response {
    app.request("GET", "/api/alice/tasks").header("Cookie", cookie).send()
}

fn a_session_is_accepted_until_sign_out(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let cookie = cookie_header(&token);
    let create = app.request("POST", "/api/alice/tasks").header("Cookie", &cookie);
    let task = create.header("Origin", BETTER_AUTH_URL).json(&json!({ "title": "t" })).send().expect(201);
    assert_eq!(task["user_id"], "alice");
    assert_eq!(list(&app, &cookie).expect(200), json!([task]));
    app.execute("DELETE FROM session");
    expect_rejected(&list(&app, &cookie), "is not valid");
    // A sign-out leaves an empty cookie in the browser.
    expect_missing_credential(&list(&app, "better-auth.session_token="));
}

fn an_expired_session_has_its_own_error(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let past = (Utc::now() - TimeDelta::seconds(2)).to_rfc3339_opts(SecondsFormat::Millis, true);
    app.execute(&format!("UPDATE session SET \"expiresAt\" = '{past}'"));
    expect_rejected(&list(&app, &cookie_header(&token)), "has expired");
    let bearer = app.request("GET", "/api/tasks").bearer(&signed_cookie_value(&token, &Secret::new(SECRET)));
    expect_rejected(&bearer.send(), "has expired");
}

fn sessions_of_deleted_users_are_rejected(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let cookie = cookie_header(&token);
    list(&app, &cookie).expect(200);
    // The tables of Better Auth 1.2 have no cascade. The session row remains.
    app.execute(match database {
        Database::Sqlite => "PRAGMA foreign_keys = OFF; UPDATE \"user\" SET id = 'gone'",
        Database::Postgres => {
            "ALTER TABLE session DROP CONSTRAINT \"session_userId_fkey\"; UPDATE \"user\" SET id = 'gone'"
        }
    });
    expect_rejected(&list(&app, &cookie), "is not valid");
    app.execute("UPDATE \"user\" SET id = 'alice'");
    list(&app, &cookie).expect(200);
    // The tables of later versions delete the session row with the user.
    let deleted = App::start(database);
    let cookie = cookie_header(&deleted.sign_in("alice"));
    list(&deleted, &cookie).expect(200);
    deleted.execute("DELETE FROM \"user\"");
    expect_rejected(&list(&deleted, &cookie), "is not valid");
}

fn banned_users_are_rejected_until_the_ban_expires(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let (flag, date) = if database == Database::Sqlite { ("integer", "date") } else { ("boolean", "timestamptz") };
    for column in [format!("\"banned\" {flag}"), format!("\"banReason\" text, \"banExpires\" {date}")] {
        for column in column.split(", ") {
            app.execute(&format!("ALTER TABLE \"user\" ADD COLUMN {column}"));
        }
    }
    let at = |hours: i64| {
        format!("'{}'", (Utc::now() + TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Millis, true))
    };
    let table = [
        ("NULL", "NULL".into(), true),
        ("FALSE", "NULL".into(), true),
        ("FALSE", at(1), true),
        ("NULL", at(1), true),
        ("TRUE", "NULL".into(), false),
        ("TRUE", at(1), false),
        ("TRUE", at(-1), true),
    ];
    for (banned, expires, is_accepted) in table {
        app.execute(&format!("UPDATE \"user\" SET \"banned\" = {banned}, \"banExpires\" = {expires}"));
        let answer = list(&app, &cookie_header(&token));
        let bearer = app.request("GET", "/api/tasks").bearer(&signed_cookie_value(&token, &Secret::new(SECRET))).send();
        if is_accepted {
            assert_eq!((answer.status, bearer.status), (200, 200), "banned {banned} until {expires}");
        } else {
            expect_rejected(&answer, "is not valid");
            expect_rejected(&bearer, "is not valid");
        }
        // A JWT has no ban.
        app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
    }
}

fn missing_tables_are_an_outage(database: Database) {
    let app = App::start(database);
    let cookie = cookie_header("tokentokentokentokentokentoken12");
    expect_outage(&list(&app, &cookie));
    app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
    // Requests without a session look-up are unaffected.
    expect_rejected(&list(&app, "better-auth.session_token=bad"), "is not valid");
    expect_missing_credential(&list(&app, "other=cookie"));
    let without_user_table = r#"CREATE TABLE session ("id" text, "token" text, "userId" text, "expiresAt" text)"#;
    app.execute(without_user_table);
    expect_outage(&list(&app, &cookie));
    app.execute("DROP TABLE session");
    // The service finds the tables as soon as Better Auth creates them.
    let cookie = cookie_header(&app.sign_in("alice"));
    list(&app, &cookie).expect(200);
}

fn a_removed_table_is_an_outage(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let cookie = cookie_header(&token);
    list(&app, &cookie).expect(200);
    app.execute("ALTER TABLE session RENAME TO session_away");
    expect_outage(&list(&app, &cookie));
    app.execute("ALTER TABLE session_away RENAME TO session");
    list(&app, &cookie).expect(200);
}

fn times_are_read_in_every_encoding(database: Database) {
    let (app, token) = signed_in(database, &[]);
    for (hours, status) in [(1, 200), (-1, 401)] {
        let end = Utc::now() + TimeDelta::hours(hours);
        let encodings = if database == Database::Sqlite { sqlite_encodings(end) } else { postgres_encodings(end) };
        for (column_type, value) in encodings {
            if database == Database::Postgres {
                app.execute("UPDATE session SET \"expiresAt\" = now()");
                app.execute(&format!("ALTER TABLE session ALTER COLUMN \"expiresAt\" TYPE {column_type}"));
            }
            app.execute(&format!("UPDATE session SET \"expiresAt\" = {value}"));
            let answer = list(&app, &cookie_header(&token));
            assert_eq!(answer.status, status, "{column_type} {value}: {}", String::from_utf8_lossy(&answer.body));
        }
    }
}

/// Returns encodings of an instant on SQLite.
///
/// Kysely writes ISO 8601 text. Drizzle writes numbers in milliseconds or seconds. Ignoring an offset would change the result.
fn sqlite_encodings(end: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let with_offset = |hours: i32| end.with_timezone(&FixedOffset::east_opt(hours * 3600).expect("an offset"));
    vec![
        ("ISO", format!("'{}'", end.to_rfc3339_opts(SecondsFormat::Millis, true))),
        ("ISO to the second", format!("'{}'", end.to_rfc3339_opts(SecondsFormat::Secs, true))),
        ("ISO in the east", format!("'{}'", with_offset(9).to_rfc3339())),
        ("ISO in the west", format!("'{}'", with_offset(-9).to_rfc3339())),
        ("without a zone", format!("'{}'", end.format("%Y-%m-%d %H:%M:%S%.3f"))),
        ("milliseconds", end.timestamp_millis().to_string()),
        ("seconds", end.timestamp().to_string()),
    ]
}

/// Returns encodings of an instant on PostgreSQL.
///
/// Kysely uses `timestamptz`. Drizzle and Prisma use `timestamp`, in UTC.
fn postgres_encodings(end: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let east = end.with_timezone(&FixedOffset::east_opt(9 * 3600).expect("an offset"));
    let naive = format!("'{}'", end.format("%Y-%m-%d %H:%M:%S%.3f"));
    vec![
        ("timestamptz", format!("'{}'", end.to_rfc3339())),
        ("timestamptz(3)", format!("'{}'", east.to_rfc3339())),
        ("timestamp", naive.clone()),
        ("timestamp(3)", naive),
    ]
}

/// Inserts the captured rows of PostgreSQL into tables with the captured columns.
///
/// They cover ids of text, uuid and integer, times with and without zone, and the columns of plugins.
fn rows_of_every_version_are_accepted(database: Database) {
    const RENAMED: Settings<'_> = &[
        ("SESSION_TABLE", "app_sessions"),
        ("USER_TABLE", "app_users"),
        ("BETTER_AUTH_COLUMNS", "session.token=session_token"),
    ];
    for vector in of_kind("pg_row") {
        let is_renamed = text(&vector, "/id").ends_with("/renamed");
        let app = App::start_with(database, if is_renamed { RENAMED } else { &[] });
        app.execute(&create_tables_sql(&vector));
        let answer = |user: &str| {
            let request = app.request("GET", &format!("/api/{user}/tasks"));
            request.header("Cookie", text(&vector, "/input/cookie")).send()
        };
        let (mut session, user) = (vector["input"]["session_row"].clone(), &vector["input"]["user_row"]);
        let [session_table, user_table, expires_at] =
            if is_renamed { ["app_sessions", "app_users", "expires_at"] } else { ["session", "user", "expiresAt"] };
        session[expires_at] = iso_in_one_hour().into();
        app.execute(&format!("{}{}", insert(user_table, user), insert(session_table, &session)));
        let id = text(&vector, "/expected/get_session/user/id");
        assert_eq!(answer(id).status, 200, "{}", vector["id"]);
        answer("somebody-else").expect(403);
    }
}

fn create_tables_sql(vector: &Value) -> String {
    let mut tables: Vec<(&str, Vec<String>)> = Vec::new();
    for column in vector["input"]["columns"].as_array().expect("a list").iter().map(|column| column.as_str().unwrap()) {
        let (table, column) = column.split_once('.').expect("table.column");
        let (name, column_type) = column.split_once(' ').expect("a column has a type");
        let column_type = column_type.split(" DEFAULT ").next().unwrap_or(column_type);
        match tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, columns)) => columns.push(format!("\"{name}\" {column_type}")),
            None => tables.push((table, vec![format!("\"{name}\" {column_type}")])),
        }
    }
    let create = |(table, columns): (&str, Vec<String>)| format!("CREATE TABLE \"{table}\" ({});", columns.join(", "));
    tables.into_iter().map(create).collect()
}
