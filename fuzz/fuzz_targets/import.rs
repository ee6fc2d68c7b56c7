//! Fuzzes an import as JSON and as a calendar.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(import);
