//! Fuzzes the body of a task.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(task);
