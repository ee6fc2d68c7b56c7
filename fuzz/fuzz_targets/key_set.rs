//! Fuzzes a key set.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(key_set);
