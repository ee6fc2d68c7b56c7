//! Reads the vectors captured from real Better Auth servers of three versions.
//!
//! A vector holds the input of a server and the server's result. `tests/data/vectors.json` holds all vectors unchanged.

use serde_json::Value;

/// Kinds of rows in Better Auth's tables, with their numbers of vectors. `tests/diesel_tables/captured_rows.rs` checks them.
pub const KINDS_OF_ROWS: [(&str, usize); 3] = [("jwks_db_row", 2), ("drizzle_row", 1), ("pg_naive_timestamp", 2)];

/// Kinds that need a whole service, with their numbers of vectors. The service `task-api` of this repository checks them.
pub const KINDS_OF_THE_SERVICE: [(&str, usize); 6] = [
    ("jwks_rotation", 1),
    ("csrf", 1),
    ("anonymous", 1),
    ("session_row", 1),
    ("secondary_storage", 9),
    ("get_session", 2),
];

/// Returns all vectors.
pub fn all() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../data/vectors.json")).expect("the file is JSON");
    file["vectors"].as_array().expect("a list").clone()
}

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

/// Returns whether Better Auth accepted the credential of a vector.
pub fn is_accepted_by_better_auth(vector: &Value) -> bool {
    vector["expected"]["accepted_by_better_auth"].as_bool().expect("accepted_by_better_auth is a boolean")
}

/// Returns the clock of a vector in Unix milliseconds. Defaults to the day of the captures.
pub fn now(vector: &Value) -> i64 {
    vector["now_ms"].as_i64().unwrap_or(1_795_247_033_428)
}

/// Returns the name and the value of the header with the vector's credential.
pub fn presented(vector: &Value) -> (&'static str, &str) {
    let input = &vector["input"];
    match (&input["authorization"], &input["cookie_header"], &input["set_cookie"]) {
        (Value::String(value), _, _) => ("Authorization", value.as_str()),
        (_, Value::String(value), _) => ("Cookie", value.as_str()),
        (_, _, Value::String(line)) => ("Cookie", line.split(';').next().unwrap()),
        _ => panic!("{} has no credential", vector["id"]),
    }
}

/// Returns the `Cookie` header of a vector without the cookies whose name contains `without`. Empty excludes none.
pub fn cookies(vector: &Value, without: &str) -> String {
    let all = vector["input"]["cookies"].as_object().expect("cookies").iter();
    let included = all.filter(|(name, _)| without.is_empty() || !name.contains(without));
    included.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect::<Vec<_>>().join("; ")
}

/// Returns the vectors with a token that expires in 2100, one for each asymmetric algorithm.
pub fn long_lived_vectors() -> Vec<Value> {
    let algorithms = ["EdDSA", "ES256", "ES512", "PS256", "RS256"];
    let is_wanted = |vector: &Value| algorithms.iter().any(|alg| vector["id"] == format!("jwt/1.7.24/alg_{alg}"));
    let vectors: Vec<Value> = of_kind("jwt").into_iter().filter(is_wanted).collect();
    assert_eq!(vectors.len(), algorithms.len());
    assert!(vectors.iter().all(|vector| vector["expected"]["exp"] == 4_102_444_800_i64));
    vectors
}

/// Returns the first key of a vector's key set.
pub fn jwk(vector: &Value) -> Value {
    vector["input"]["jwks"]["keys"][0].clone()
}
