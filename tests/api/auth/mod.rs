//! Tests of authentication and authorization.

pub mod captured_vectors;
pub mod credential_mutations;
pub mod csrf_origin;
pub mod id_tokens;
pub mod jwt;
pub mod random_credentials;
pub mod rfc8725;
pub mod roca;
pub mod secret_rotation;
pub mod unauthorized_requests;
pub mod vector_checks;
pub mod vectors_over_http;
