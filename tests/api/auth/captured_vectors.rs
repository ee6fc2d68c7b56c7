//! Checks the captured vectors that need the service. The tests of the crate `better-auth-guard` check the others.

use crate::auth::vectors_over_http as http;
use crate::jwks::key_sources as keys;
use crate::sessions::session_vectors;
use crate::support::Database;
use crate::support::vectors::{KINDS_OF_THE_SERVICE, of_kind};

type Check = (&'static str, fn(Database));

/// Lists each kind with the test that reads all its vectors.
const CHECKS: [Check; 6] = [
    ("jwks_rotation", keys::every_key_published_by_better_auth_is_trusted),
    ("csrf", http::origin_checks_match_better_auth_or_are_stricter),
    ("anonymous", http::anonymous_users_are_authenticated_by_their_session),
    ("session_row", http::impersonation_sessions_expire_with_their_row),
    ("secondary_storage", |_| session_vectors::secondary_storage_sessions_are_accepted_until_revoked()),
    ("get_session", |_| session_vectors::get_session_responses_are_parsed()),
];

#[test]
fn every_vector_that_needs_the_service_is_checked() {
    assert_eq!(CHECKS.map(|(kind, _)| kind), KINDS_OF_THE_SERVICE.map(|(kind, _)| kind));
    for (kind, count) in KINDS_OF_THE_SERVICE {
        assert_eq!(of_kind(kind).len(), count, "{kind}");
    }
    for (_, test) in CHECKS {
        test(Database::Sqlite);
    }
}
