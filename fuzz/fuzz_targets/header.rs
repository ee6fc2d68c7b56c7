//! Fuzzes an `Authorization` header.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(header);
