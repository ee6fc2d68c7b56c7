//! Tests the public keys of Better Auth: their sources, their validation, and their refresh.

pub mod key_sources;
pub mod key_url;
pub mod key_validation;
