//! Reads rows that real Better Auth servers wrote, and compares the result with that of the server's API.

use better_auth_guard::SessionRecord;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::database::{AnyConnection, Database};
use crate::on_both;
use crate::vectors::{of_kind, text};

on_both!(drizzle_rows_are_read, local_times_are_read_in_the_configured_zone, public_keys_are_those_of_the_server);

/// Returns the `INSERT` statement of a row, in SQL that both databases accept.
fn insert(table: &str, row: &Value) -> String {
    let row = row.as_object().expect("a row is an object");
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    let values: Vec<String> = row.values().map(literal).collect();
    format!(r#"INSERT INTO "{table}" ({}) VALUES ({})"#, names.join(", "), values.join(", "))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn session<C: AnyConnection>(database: &Database<C>, token: &str) -> SessionRecord {
    database.session(token).expect("the database responds").expect("there is a session")
}

fn drizzle_rows_are_read<C: AnyConnection>() {
    for vector in of_kind("drizzle_row") {
        let rows = vector["input"][C::DRIZZLE_ROWS].as_array().expect("rows");
        for row in rows {
            let database = Database::<C>::empty();
            database.execute(&format!(
                r#"CREATE TABLE "user" (id text);
                CREATE TABLE session (token text, user_id text, expires_at {})"#,
                C::DRIZZLE_DATE
            ));
            let user = row["user_id"].as_str().unwrap_or("somebody");
            let columns = json!({ "token": row["token"], "user_id": user, "expires_at": row["expires_at"] });
            database.execute(&insert("session", &columns));
            let session = session(&database, row["token"].as_str().expect("a token"));
            let expected = text(&vector, &format!("/expected/{}_api", C::DRIZZLE_ROWS));
            assert_eq!((session.user_id.as_str(), session.expires_at), (user, instant(expected)));
        }
    }
}

fn local_times_are_read_in_the_configured_zone<C: AnyConnection>() {
    for vector in of_kind("pg_naive_timestamp") {
        let zone = text(&vector, "/config").split_once("TZ=").expect("a zone").1;
        let mut database = Database::<C>::empty();
        database.names.time_zone = zone.parse().expect("a zone of the database of time zones");
        database.execute(
            r#"CREATE TABLE "user" (id text);
            CREATE TABLE session (token text, "userId" text, "expiresAt" timestamp)"#,
        );
        let expires_at = text(&vector, "/input/row_text");
        database.execute(&insert("session", &json!({ "token": "t", "userId": "u", "expiresAt": expires_at })));
        assert_eq!(session(&database, "t").expires_at, instant(text(&vector, "/expected/api_utc")));
    }
}

fn public_keys_are_those_of_the_server<C: AnyConnection>() {
    for vector in of_kind("jwks_db_row") {
        let database = Database::<C>::migrated();
        database.execute(&insert("jwks", &vector["input"]["row_sqlite"]));
        assert_eq!(database.keys(), Ok(Some(vec![vector["expected"]["jwk"].clone()])), "{}", vector["id"]);
    }
}
