//! Fuzzes a key set.
#![cfg_attr(fuzzing, no_main)]

better_auth_guard_fuzz::target!(key_set);
