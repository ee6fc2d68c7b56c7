//! Tests authentication and authorization.

pub mod authorization_mistakes;
pub mod captured_vectors;
pub mod csrf_origin;
pub mod id_tokens;
pub mod jwt;
pub mod roca;
pub mod secret_rotation;
pub mod unauthorized_requests;
pub mod vector_settings;
pub mod vectors_over_http;
