//! Fuzzes an import, of JSON and of a calendar.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(import);
