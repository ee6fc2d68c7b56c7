//! Fuzzes the cookie cache next to a valid session token.
#![cfg_attr(fuzzing, no_main)]

better_auth_guard_fuzz::target!(session_data);
