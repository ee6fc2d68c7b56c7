//! Tests of the public keys.

pub mod key_sources;
pub mod key_url;
