//! Checks the vectors captured from real Better Auth servers of three versions.
//!
//! Every kind of vector has a check in [`CHECKS`], or needs a database or the service.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use crate::support::vectors::{KINDS_OF_ROWS, KINDS_OF_THE_SERVICE, all, of_kind, text};
use crate::{bearer_vector_checks as bearers, cookie_cache_vectors as cookie_cache, cookie_vector_checks as cookies};

type Check = (&'static str, usize, fn(&Value));

/// Lists each kind with its number of vectors and its check.
const CHECKS: [Check; 16] = [
    ("session_cookie", 10, cookies::session_cookie),
    ("session_cookie_form", 41, cookies::session_cookie_form),
    ("bearer", 38, bearers::bearer),
    ("bearer_precedence", 3, bearers::bearer_precedence),
    ("set_cookie", 50, cookies::set_cookie),
    ("jwt", 17, bearers::jwt),
    ("jwt_hs256_custom_sign", 1, bearers::jwt_hs256_custom_sign),
    ("reject", 4, bearers::reject),
    ("multi_session", 1, cookies::multi_session),
    ("secret_rotation", 1, cookies::secret_rotation),
    ("session_data_compact", 11, cookie_cache::check_vector),
    ("session_data_jwt", 5, cookie_cache::check_vector),
    ("session_data_jwe", 5, cookie_cache::check_vector),
    ("session_data_jwt_jwks", 2, cookie_cache::check_vector),
    ("mix", 1, cookie_cache::check_mixed_sessions),
    ("pg_row", 16, cookies::pg_row),
];

#[test]
fn every_vector_is_checked() {
    let vectors = all();
    let ids: BTreeSet<&str> = vectors.iter().map(|vector| text(vector, "/id")).collect();
    assert_eq!(ids.len(), vectors.len(), "ids are unique");
    let mut checked_ids = BTreeSet::new();
    let mut failed_ids = Vec::new();
    for (kind, count, check) in &CHECKS {
        let of_kind = of_kind(kind);
        for vector in &of_kind {
            // Collects the ids of all failures, to report them together.
            if catch_unwind(AssertUnwindSafe(|| check(vector))).is_err() {
                failed_ids.push(vector["id"].clone());
            }
            checked_ids.insert(text(vector, "/id").to_owned());
        }
        assert_eq!(of_kind.len(), *count, "{kind}");
    }
    assert_eq!(failed_ids, Vec::<Value>::new());
    let checked_elsewhere = KINDS_OF_ROWS.iter().chain(&KINDS_OF_THE_SERVICE);
    for (kind, count) in checked_elsewhere.clone() {
        assert_eq!(of_kind(kind).len(), *count, "{kind}");
    }
    let kinds = CHECKS.iter().map(|(kind, ..)| *kind).chain(checked_elsewhere.clone().map(|(kind, _)| *kind));
    let kinds: BTreeSet<&str> = kinds.collect();
    assert_eq!(kinds.len(), CHECKS.len() + checked_elsewhere.clone().count(), "each kind is listed once");
    let unknown = vectors.iter().filter(|vector| !kinds.contains(text(vector, "/kind")));
    let unknown: Vec<&Value> = unknown.map(|vector| &vector["id"]).collect();
    assert!(unknown.is_empty(), "no check for {unknown:?}");
    let elsewhere: usize = checked_elsewhere.map(|(_, count)| count).sum();
    assert_eq!(checked_ids.len() + elsewhere, vectors.len());
}
