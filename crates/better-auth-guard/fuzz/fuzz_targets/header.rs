//! Fuzzes an `Authorization` header.
#![cfg_attr(fuzzing, no_main)]

better_auth_guard_fuzz::target!(header);
