//! Fuzzes the query of a list.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(filter);
