//! Tests authentication and authorization.

pub mod bearer_vector_checks;
pub mod captured_vectors;
pub mod cookie_vector_checks;
pub mod credential_mutations;
pub mod csrf_origin;
pub mod id_tokens;
pub mod jwt;
pub mod random_credentials;
pub mod rfc8725_algorithms;
pub mod rfc8725_claims;
pub mod roca;
pub mod secret_rotation;
pub mod unauthorized_requests;
pub mod vectors_over_http;
