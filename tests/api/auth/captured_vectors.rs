//! What real Better Auth servers of three versions sent, and what they accepted, judged by this service.
//!
//! `tests/data/vectors.json` holds the captured vectors, unchanged, and none of them is left out: each kind has its check.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::auth::vector_checks as checks;
use crate::auth::vectors_over_http as http;
use crate::jwks::key_sources as keys;
use crate::sessions::{cookie_cache_vectors as session_data_vectors, session_vectors};
use crate::support::Database;

/// How the vectors of a kind are judged.
enum Check {
    /// One by one.
    Each(fn(&Value)),
    /// All of them, by a test on a database.
    ByTest(fn(Database)),
}

/// Every kind in the file, how many there are of it, and its check.
const CHECKS: [(&str, usize, Check); 25] = [
    ("session_cookie", 10, Check::Each(checks::session_cookie)),
    ("session_cookie_form", 41, Check::Each(checks::session_cookie_form)),
    ("bearer", 38, Check::Each(checks::bearer)),
    ("bearer_precedence", 3, Check::Each(checks::bearer_precedence)),
    ("set_cookie", 50, Check::Each(checks::set_cookie)),
    ("jwt", 17, Check::Each(checks::jwt)),
    ("jwt_hs256_custom_sign", 1, Check::Each(checks::jwt_hs256_custom_sign)),
    ("reject", 4, Check::Each(checks::reject)),
    ("multi_session", 1, Check::Each(checks::multi_session)),
    ("secret_rotation", 1, Check::Each(checks::secret_rotation)),
    ("session_data_compact", 11, Check::Each(session_data_vectors::judge_vector)),
    ("session_data_jwt", 5, Check::Each(session_data_vectors::judge_vector)),
    ("session_data_jwe", 5, Check::Each(session_data_vectors::judge_vector)),
    ("session_data_jwt_jwks", 2, Check::Each(session_data_vectors::judge_vector)),
    ("mix", 1, Check::Each(session_data_vectors::judge_mix)),
    ("pg_row", 16, Check::Each(checks::pg_row)),
    ("jwks_db_row", 2, Check::ByTest(keys::rows_become_the_jwks_that_better_auth_serves)),
    ("jwks_rotation", 1, Check::ByTest(keys::rotated_keys_serve_as_long_as_better_auth_says)),
    ("csrf", 1, Check::ByTest(http::origins_are_judged_as_better_auth_does_or_more_strictly)),
    ("anonymous", 1, Check::ByTest(http::anonymous_users_have_sessions)),
    ("session_row", 1, Check::ByTest(http::impersonated_sessions_end_with_their_row)),
    (
        "secondary_storage",
        9,
        Check::ByTest(|_| session_vectors::secondary_storage_of_every_version_opens_the_api_until_revoked()),
    ),
    ("get_session", 2, Check::ByTest(|_| session_vectors::get_session_is_understood())),
    ("drizzle_row", 1, Check::ByTest(session_vectors::rows_of_drizzle_are_read)),
    ("pg_naive_timestamp", 2, Check::ByTest(session_vectors::local_times_are_read_in_their_zone)),
];

/// All vectors of a kind.
pub fn of_kind(kind: &str) -> Vec<Value> {
    let chosen: Vec<Value> = all().into_iter().filter(|vector| vector["kind"] == kind).collect();
    assert!(!chosen.is_empty(), "there are no vectors of kind {kind}");
    chosen
}

/// The text at this JSON pointer of a vector.
pub fn text<'a>(vector: &'a Value, pointer: &str) -> &'a str {
    let value = vector.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{} has no text at {pointer}", vector["id"]))
}

/// A row for the database as `INSERT` statement, in the words of both databases.
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

/// An hour from now, as Better Auth writes it.
pub fn soon() -> String {
    (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Better Auth's own verdict.
pub fn theirs(vector: &Value) -> bool {
    vector["expected"]["accepted_by_better_auth"].as_bool().expect("Better Auth's own verdict")
}

/// The vector's own clock; the day of the captures where it tells none.
pub fn now(vector: &Value) -> i64 {
    vector["now_ms"].as_i64().unwrap_or(1_795_247_033_428)
}

fn all() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../data/vectors.json")).expect("the file is JSON");
    file["vectors"].as_array().expect("a list").clone()
}

#[test]
fn every_vector_is_judged() {
    let vectors = all();
    let ids: BTreeSet<&str> = vectors.iter().map(|vector| text(vector, "/id")).collect();
    assert_eq!(ids.len(), vectors.len(), "ids are unique");
    let mut judged = BTreeSet::new();
    let mut wrong = Vec::new();
    for (kind, _, check) in &CHECKS {
        let check = match check {
            Check::Each(check) => check,
            Check::ByTest(test) => {
                test(Database::Sqlite);
                continue;
            }
        };
        for vector in of_kind(kind) {
            // so that all that are wrong are told at once, by their ids
            if catch_unwind(AssertUnwindSafe(|| check(&vector))).is_err() {
                wrong.push(vector["id"].clone());
            }
            judged.insert(text(&vector, "/id").to_owned());
        }
    }
    assert_eq!(wrong, Vec::<Value>::new());
    for (kind, count, _) in &CHECKS {
        assert_eq!(of_kind(kind).len(), *count, "{kind}");
    }
    let known = |vector: &&Value| CHECKS.iter().any(|(kind, ..)| vector["kind"] == *kind);
    let unknown: Vec<&Value> = vectors.iter().filter(|vector| !known(vector)).map(|vector| &vector["id"]).collect();
    assert!(unknown.is_empty(), "nothing judges {unknown:?}");
    let by_tests = CHECKS.iter().filter(|(_, _, check)| matches!(check, Check::ByTest(_)));
    let others: usize = by_tests.map(|(_, count, _)| *count).sum();
    assert_eq!(judged.len() + others, vectors.len());
}
