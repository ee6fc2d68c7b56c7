//! Better Auth's sessions: what their rows say, in every encoding that its migrations make, and what of it opens the API.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use task_api::auth::{Secret, signed_cookie_value};

use crate::auth::captured_vectors::{insert, of_kind, soon, text};
use crate::on_both;
use crate::support::{
    Answer, App, BETTER_AUTH_URL, Database, SECRET, Settings, cookie_header, expect_nobody, expect_outage,
    expect_refused, jwt,
};

on_both!(
    a_session_opens_the_api_until_it_is_signed_out,
    an_expired_session_is_told_apart,
    a_deleted_user_has_no_session,
    banned_users_are_shut_out_while_the_ban_lasts,
    without_the_tables_a_cookie_cannot_be_judged,
    tables_that_go_away_are_an_outage,
    times_are_read_in_the_encodings_of_each_database,
    rows_of_every_version_open_the_api,
    the_cookie_has_the_name_of_the_configuration,
    of_several_cookies_the_first_counts,
    other_signed_cookies_are_no_session,
    the_token_is_a_bearer_too,
    cookies_of_rotated_secrets_stay_good,
);

/// A service where alice is signed in, and her session's token.
fn signed_in(database: Database, settings: Settings<'_>) -> (App, String) {
    let app = App::start_with(database, settings);
    let token = app.sign_in("alice");
    (app, token)
}

/// Alice's list, asked for with this `Cookie` header.
fn list(app: &App, cookie: &str) -> Answer {
    app.request("GET", "/api/alice/tasks").header("Cookie", cookie).send()
}

fn named(name: &str, token: &str) -> String {
    format!("{name}={}", signed_cookie_value(token, &Secret::new(SECRET)))
}

fn a_session_opens_the_api_until_it_is_signed_out(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let cookie = cookie_header(&token);
    let create = app.request("POST", "/api/alice/tasks").header("Cookie", &cookie);
    let task = create.header("Origin", BETTER_AUTH_URL).json(&json!({ "title": "t" })).send().expect(201);
    assert_eq!(task["user_id"], "alice");
    assert_eq!(list(&app, &cookie).expect(200), json!([task]));
    app.execute("DELETE FROM session");
    expect_refused(&list(&app, &cookie), "is not valid");
    // what a sign-out leaves in the browser
    expect_nobody(&list(&app, "better-auth.session_token="));
}

fn an_expired_session_is_told_apart(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let past = (Utc::now() - TimeDelta::seconds(2)).to_rfc3339_opts(SecondsFormat::Millis, true);
    app.execute(&format!("UPDATE session SET \"expiresAt\" = '{past}'"));
    expect_refused(&list(&app, &cookie_header(&token)), "has expired");
    let bearer = app.request("GET", "/api/tasks").bearer(&signed_cookie_value(&token, &Secret::new(SECRET)));
    expect_refused(&bearer.send(), "has expired");
}

fn a_deleted_user_has_no_session(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let cookie = cookie_header(&token);
    list(&app, &cookie).expect(200);
    // the tables of 1.2 have no cascade: the session stays behind
    app.execute(match database {
        Database::Sqlite => "PRAGMA foreign_keys = OFF; UPDATE \"user\" SET id = 'gone'",
        Database::Postgres => {
            "ALTER TABLE session DROP CONSTRAINT \"session_userId_fkey\"; UPDATE \"user\" SET id = 'gone'"
        }
    });
    expect_refused(&list(&app, &cookie), "is not valid");
    app.execute("UPDATE \"user\" SET id = 'alice'");
    list(&app, &cookie).expect(200);
    // those of later versions have: it goes along
    let deleted = App::start(database);
    let cookie = cookie_header(&deleted.sign_in("alice"));
    list(&deleted, &cookie).expect(200);
    deleted.execute("DELETE FROM \"user\"");
    expect_refused(&list(&deleted, &cookie), "is not valid");
}

fn banned_users_are_shut_out_while_the_ban_lasts(database: Database) {
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
    for (banned, until, welcome) in table {
        app.execute(&format!("UPDATE \"user\" SET \"banned\" = {banned}, \"banExpires\" = {until}"));
        let answer = list(&app, &cookie_header(&token));
        let bearer = app.request("GET", "/api/tasks").bearer(&signed_cookie_value(&token, &Secret::new(SECRET))).send();
        if welcome {
            assert_eq!((answer.status, bearer.status), (200, 200), "banned {banned} until {until}");
        } else {
            expect_refused(&answer, "is not valid");
            expect_refused(&bearer, "is not valid");
        }
        // a JWT carries no ban
        app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
    }
}

fn without_the_tables_a_cookie_cannot_be_judged(database: Database) {
    let app = App::start(database);
    let cookie = cookie_header("tokentokentokentokentokentoken12");
    expect_outage(&list(&app, &cookie));
    app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
    // what needs no row is judged as ever
    expect_refused(&list(&app, "better-auth.session_token=bad"), "is not valid");
    expect_nobody(&list(&app, "other=cookie"));
    let half = r#"CREATE TABLE session ("id" text, "token" text, "userId" text, "expiresAt" text)"#;
    app.execute(half);
    expect_outage(&list(&app, &cookie));
    app.execute("DROP TABLE session");
    // Better Auth migrates, and is seen at once
    let cookie = cookie_header(&app.sign_in("alice"));
    list(&app, &cookie).expect(200);
}

fn tables_that_go_away_are_an_outage(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let cookie = cookie_header(&token);
    list(&app, &cookie).expect(200);
    app.execute("ALTER TABLE session RENAME TO session_away");
    expect_outage(&list(&app, &cookie));
    app.execute("ALTER TABLE session_away RENAME TO session");
    list(&app, &cookie).expect(200);
}

fn times_are_read_in_the_encodings_of_each_database(database: Database) {
    let (app, token) = signed_in(database, &[]);
    for (hours, status) in [(1, 200), (-1, 401)] {
        let end = Utc::now() + TimeDelta::hours(hours);
        let encodings = if database == Database::Sqlite { on_sqlite(end) } else { on_postgres(end) };
        for (kind, value) in encodings {
            if database == Database::Postgres {
                app.execute("UPDATE session SET \"expiresAt\" = now()");
                app.execute(&format!("ALTER TABLE session ALTER COLUMN \"expiresAt\" TYPE {kind}"));
            }
            app.execute(&format!("UPDATE session SET \"expiresAt\" = {value}"));
            let answer = list(&app, &cookie_header(&token));
            assert_eq!(answer.status, status, "{kind} {value}: {}", String::from_utf8_lossy(&answer.body));
        }
    }
}

/// Kysely writes ISO 8601 text; Drizzle numbers, of milliseconds or of seconds. An offset is not ignored: in local time, these are the
/// other way round.
fn on_sqlite(end: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let far = |hours: i32| end.with_timezone(&FixedOffset::east_opt(hours * 3600).expect("an offset"));
    vec![
        ("ISO", format!("'{}'", end.to_rfc3339_opts(SecondsFormat::Millis, true))),
        ("ISO to the second", format!("'{}'", end.to_rfc3339_opts(SecondsFormat::Secs, true))),
        ("ISO in the east", format!("'{}'", far(9).to_rfc3339())),
        ("ISO in the west", format!("'{}'", far(-9).to_rfc3339())),
        ("without a zone", format!("'{}'", end.format("%Y-%m-%d %H:%M:%S%.3f"))),
        ("milliseconds", end.timestamp_millis().to_string()),
        ("seconds", end.timestamp().to_string()),
    ]
}

/// Kysely's `timestamptz`, and the `timestamp` of Drizzle and Prisma, which is UTC.
fn on_postgres(end: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let east = end.with_timezone(&FixedOffset::east_opt(9 * 3600).expect("an offset"));
    let naive = format!("'{}'", end.format("%Y-%m-%d %H:%M:%S%.3f"));
    vec![
        ("timestamptz", format!("'{}'", end.to_rfc3339())),
        ("timestamptz(3)", format!("'{}'", east.to_rfc3339())),
        ("timestamp", naive.clone()),
        ("timestamp(3)", naive),
    ]
}

/// The captured rows of PostgreSQL, in tables with the captured columns: ids of text, uuid and integer, times with zone and without,
/// the columns of plugins.
fn rows_of_every_version_open_the_api(database: Database) {
    const RENAMED: Settings<'_> = &[
        ("SESSION_TABLE", "app_sessions"),
        ("USER_TABLE", "app_users"),
        ("BETTER_AUTH_COLUMNS", "session.token=session_token"),
    ];
    for vector in of_kind("pg_row") {
        let is_renamed = text(&vector, "/id").ends_with("/renamed");
        let app = App::start_with(database, if is_renamed { RENAMED } else { &[] });
        app.execute(&tables_of(&vector));
        let answer = |user: &str| {
            let request = app.request("GET", &format!("/api/{user}/tasks"));
            request.header("Cookie", text(&vector, "/input/cookie")).send()
        };
        let (mut session, user) = (vector["input"]["session_row"].clone(), &vector["input"]["user_row"]);
        let [session_table, user_table, expires_at] =
            if is_renamed { ["app_sessions", "app_users", "expires_at"] } else { ["session", "user", "expiresAt"] };
        session[expires_at] = soon().into();
        app.execute(&format!("{}{}", insert(user_table, user), insert(session_table, &session)));
        let id = text(&vector, "/expected/get_session/user/id");
        assert_eq!(answer(id).status, 200, "{}", vector["id"]);
        answer("somebody-else").expect(403);
    }
}

fn tables_of(vector: &Value) -> String {
    let mut tables: Vec<(&str, Vec<String>)> = Vec::new();
    for column in vector["input"]["columns"].as_array().expect("a list").iter().map(|column| column.as_str().unwrap()) {
        let (table, column) = column.split_once('.').expect("table.column");
        let (name, kind) = column.split_once(' ').expect("a column has a type");
        let kind = kind.split(" DEFAULT ").next().unwrap_or(kind);
        match tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, columns)) => columns.push(format!("\"{name}\" {kind}")),
            None => tables.push((table, vec![format!("\"{name}\" {kind}")])),
        }
    }
    let create = |(table, columns): (&str, Vec<String>)| format!("CREATE TABLE \"{table}\" ({});", columns.join(", "));
    tables.into_iter().map(create).collect()
}

fn the_cookie_has_the_name_of_the_configuration(database: Database) {
    let https = ("BETTER_AUTH_URL", "https://app.example.com");
    let table: [(Settings<'_>, &str); 8] = [
        (&[], "better-auth.session_token"),
        (&[https], "__Secure-better-auth.session_token"),
        (&[https, ("COOKIE_SECURE", "false")], "better-auth.session_token"),
        (&[("COOKIE_SECURE", "true")], "__Secure-better-auth.session_token"),
        (&[("COOKIE_PREFIX", "shop")], "shop.session_token"),
        (&[https, ("COOKIE_PREFIX", "shop")], "__Secure-shop.session_token"),
        (&[("COOKIE_NAME", "sid"), ("COOKIE_PREFIX", "shop")], "sid"),
        (&[https, ("COOKIE_NAME", "__Secure-sid")], "__Secure-sid"),
    ];
    let names: Vec<&str> = table.iter().map(|(_, name)| *name).collect();
    for (settings, expected) in table {
        let (app, token) = signed_in(database, settings);
        for name in &names {
            let answer = list(&app, &named(name, &token));
            if *name == expected { assert_eq!(answer.status, 200, "{name}") } else { expect_nobody(&answer) }
        }
        expect_nobody(&list(&app, &named(&expected.to_uppercase(), &token)));
        expect_nobody(&list(&app, &named(&format!("{expected}2"), &token)));
    }
}

fn of_several_cookies_the_first_counts(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let good = cookie_header(&token);
    let bad = "better-auth.session_token=garbage";
    for around in [good.clone(), format!("a=b; {good}; c=d"), format!("a=b;{good}"), format!("{good}; {bad}")] {
        list(&app, &around).expect(200);
    }
    expect_refused(&list(&app, &format!("{bad}; {good}")), "is not valid");
    expect_nobody(&list(&app, &format!("better-auth.session_token=; {good}")));
    let two = |first: &str, second: &str| {
        app.request("GET", "/api/alice/tasks").header("Cookie", first).header("Cookie", second).send()
    };
    two("a=b", &good).expect(200);
    two(&good, bad).expect(200);
    expect_refused(&two(bad, &good), "is not valid");
    // another program's cookie in Latin-1 is none of our business, and does not hide ours
    let head = b"GET /api/alice/tasks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: name=Zo\xeb; ";
    app.exchange(&[head, good.as_bytes(), b"\r\n\r\n"].concat()).expect(200);
}

/// Better Auth signs its other cookies with the same key, in the same shape.
fn other_signed_cookies_are_no_session(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let values =
        ["true", "2fa-YPkmt9iICkS4s8Kqto60", "' OR '1'='1", "a\0b", "%", "alice", &token[1..], &token.to_uppercase()];
    for value in values.into_iter().chain([format!("{token}:").as_str(), &format!("{token} ")]) {
        expect_refused(&list(&app, &cookie_header(value)), "is not valid");
        let bearer = app.request("GET", "/api/tasks").bearer(&signed_cookie_value(value, &Secret::new(SECRET)));
        expect_refused(&bearer.send(), "is not valid");
    }
    list(&app, &cookie_header(&token)).expect(200);
}

fn the_token_is_a_bearer_too(database: Database) {
    for unsigned in [false, true] {
        let (app, token) = signed_in(database, &[("BEARER_UNSIGNED", if unsigned { "true" } else { "false" })]);
        let ask = |value: &str| app.request("GET", "/api/alice/tasks").header("Authorization", value).send();
        let encoded = signed_cookie_value(&token, &Secret::new(SECRET));
        let decoded = percent_decode_str(&encoded).decode_utf8().unwrap().into_owned();
        for value in [&encoded, &decoded] {
            for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer  "] {
                ask(&format!("{scheme}{value}")).expect(200);
            }
        }
        let bare = ask(&format!("Bearer {token}"));
        if unsigned {
            assert_eq!(bare.status, 200)
        } else {
            expect_refused(&bare, "is not valid")
        }
        // the setting lets no badly signed one in, and no bare token of nobody's session
        let wrong = signed_cookie_value(&token, &Secret::new("another secret of more than 32 bytes"));
        for bad in
            [wrong.as_str(), "unknownunknownunknownunknown1234", &decoded[..decoded.len() - 1], &format!("{token}.")]
        {
            expect_refused(&ask(&format!("Bearer {bad}")), "is not valid");
        }
        // nor does it reach the cookie
        expect_refused(&list(&app, &format!("better-auth.session_token={token}")), "is not valid");
        app.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
    }
}

fn cookies_of_rotated_secrets_stay_good(database: Database) {
    let (new, old) = ("a new secret of more than 32 bytes now", "an old secret of more than 32 bytes now");
    let (app, token) = signed_in(database, &[("BETTER_AUTH_SECRETS", &format!("2:{new},1:{old}"))]);
    for (secret, good) in [(new, true), (old, true), (SECRET, false)] {
        let value = signed_cookie_value(&token, &Secret::new(secret));
        let answer = list(&app, &format!("better-auth.session_token={value}"));
        if good { assert_eq!(answer.status, 200, "{secret}") } else { expect_refused(&answer, "is not valid") }
    }
}
