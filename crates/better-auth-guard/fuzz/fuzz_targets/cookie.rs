//! Fuzzes a `Cookie` header.
#![cfg_attr(fuzzing, no_main)]

better_auth_guard_fuzz::target!(cookie);
