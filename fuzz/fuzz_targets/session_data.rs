//! Fuzzes the cookie cache next to a valid session token.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(session_data);
