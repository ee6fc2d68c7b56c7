//! Fuzzes a `Cookie` header.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(cookie);
