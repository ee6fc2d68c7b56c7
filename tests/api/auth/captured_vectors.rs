//! Checks the vectors captured from real Better Auth servers of three versions.
//!
//! A vector holds the input of a server and the server's result. `tests/data/vectors.json` holds all vectors unchanged.
//! Every kind of vector has a check in [`CHECKS`].

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::auth::bearer_vector_checks as bearers;
use crate::auth::cookie_vector_checks as cookies;
use crate::auth::vectors_over_http as http;
use crate::jwks::key_sources as keys;
use crate::sessions::{cookie_cache_vectors as cookie_cache, session_vectors};
use crate::support::Database;

/// Selects how the vectors of a kind are checked.
enum Check {
    /// Checks each vector on its own.
    Each(fn(&Value)),
    /// Runs a test on a database, which reads all vectors of the kind.
    ByTest(fn(Database)),
}

/// Lists each kind with its number of vectors and its check.
const CHECKS: [(&str, usize, Check); 25] = [
    ("session_cookie", 10, Check::Each(cookies::session_cookie)),
    ("session_cookie_form", 41, Check::Each(cookies::session_cookie_form)),
    ("bearer", 38, Check::Each(bearers::bearer)),
    ("bearer_precedence", 3, Check::Each(bearers::bearer_precedence)),
    ("set_cookie", 50, Check::Each(cookies::set_cookie)),
    ("jwt", 17, Check::Each(bearers::jwt)),
    ("jwt_hs256_custom_sign", 1, Check::Each(bearers::jwt_hs256_custom_sign)),
    ("reject", 4, Check::Each(bearers::reject)),
    ("multi_session", 1, Check::Each(cookies::multi_session)),
    ("secret_rotation", 1, Check::Each(cookies::secret_rotation)),
    ("session_data_compact", 11, Check::Each(cookie_cache::check_vector)),
    ("session_data_jwt", 5, Check::Each(cookie_cache::check_vector)),
    ("session_data_jwe", 5, Check::Each(cookie_cache::check_vector)),
    ("session_data_jwt_jwks", 2, Check::Each(cookie_cache::check_vector)),
    ("mix", 1, Check::Each(cookie_cache::check_mixed_sessions)),
    ("pg_row", 16, Check::Each(cookies::pg_row)),
    ("jwks_db_row", 2, Check::ByTest(keys::table_rows_yield_the_jwks_of_better_auth)),
    ("jwks_rotation", 1, Check::ByTest(keys::every_key_published_by_better_auth_is_trusted)),
    ("csrf", 1, Check::ByTest(http::origin_checks_match_better_auth_or_are_stricter)),
    ("anonymous", 1, Check::ByTest(http::anonymous_users_are_authenticated_by_their_session)),
    ("session_row", 1, Check::ByTest(http::impersonation_sessions_expire_with_their_row)),
    (
        "secondary_storage",
        9,
        Check::ByTest(|_| session_vectors::secondary_storage_sessions_are_accepted_until_revoked()),
    ),
    ("get_session", 2, Check::ByTest(|_| session_vectors::get_session_responses_are_parsed())),
    ("drizzle_row", 1, Check::ByTest(session_vectors::drizzle_rows_are_read)),
    ("pg_naive_timestamp", 2, Check::ByTest(session_vectors::local_times_are_read_in_the_configured_zone)),
];

/// Returns all vectors of a kind.
pub fn of_kind(kind: &str) -> Vec<Value> {
    let chosen: Vec<Value> = all().into_iter().filter(|vector| vector["kind"] == kind).collect();
    assert!(!chosen.is_empty(), "no vectors of kind {kind}");
    chosen
}

/// Returns the text at a JSON pointer of a vector.
pub fn text<'a>(vector: &'a Value, pointer: &str) -> &'a str {
    let value = vector.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{} has no text at {pointer}", vector["id"]))
}

/// Returns the `INSERT` statement of a row, in SQL that both databases accept.
pub fn insert(table: &str, row: &Value) -> String {
    let row = row.as_object().expect("a row is an object");
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    let values: Vec<String> = row.values().map(literal).collect();
    format!("INSERT INTO \"{table}\" ({}) VALUES ({});", names.join(", "), values.join(", "))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

/// Returns the time one hour from now, in Better Auth's ISO 8601 form.
pub fn iso_in_one_hour() -> String {
    (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns whether Better Auth accepted the credential of a vector.
pub fn is_accepted_by_better_auth(vector: &Value) -> bool {
    vector["expected"]["accepted_by_better_auth"].as_bool().expect("accepted_by_better_auth is a boolean")
}

/// Returns the clock of a vector in Unix milliseconds. Defaults to the day of the captures.
pub fn now(vector: &Value) -> i64 {
    vector["now_ms"].as_i64().unwrap_or(1_795_247_033_428)
}

/// Converts Unix milliseconds.
pub fn timestamp(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).expect("the timestamp is in range")
}

fn all() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../data/vectors.json")).expect("the file is JSON");
    file["vectors"].as_array().expect("a list").clone()
}

#[test]
fn every_vector_is_checked() {
    let vectors = all();
    let ids: BTreeSet<&str> = vectors.iter().map(|vector| text(vector, "/id")).collect();
    assert_eq!(ids.len(), vectors.len(), "ids are unique");
    let mut checked_ids = BTreeSet::new();
    let mut failed_ids = Vec::new();
    for (kind, _, check) in &CHECKS {
        let check = match check {
            Check::Each(check) => check,
            Check::ByTest(test) => {
                test(Database::Sqlite);
                continue;
            }
        };
        for vector in of_kind(kind) {
            // Collects the ids of all failures, to report them together.
            if catch_unwind(AssertUnwindSafe(|| check(&vector))).is_err() {
                failed_ids.push(vector["id"].clone());
            }
            checked_ids.insert(text(&vector, "/id").to_owned());
        }
    }
    assert_eq!(failed_ids, Vec::<Value>::new());
    for (kind, count, _) in &CHECKS {
        assert_eq!(of_kind(kind).len(), *count, "{kind}");
    }
    let known = |vector: &&Value| CHECKS.iter().any(|(kind, ..)| vector["kind"] == *kind);
    let unknown: Vec<&Value> = vectors.iter().filter(|vector| !known(vector)).map(|vector| &vector["id"]).collect();
    assert!(unknown.is_empty(), "no check for {unknown:?}");
    let by_tests = CHECKS.iter().filter(|(_, _, check)| matches!(check, Check::ByTest(_)));
    let checked_by_tests: usize = by_tests.map(|(_, count, _)| *count).sum();
    assert_eq!(checked_ids.len() + checked_by_tests, vectors.len());
}
