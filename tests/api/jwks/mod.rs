//! Tests the public keys of Better Auth: their sources and their refresh.

pub mod key_sources;
pub mod key_url;
