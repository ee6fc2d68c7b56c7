//! Fuzzes a recurrence rule and the dates around it.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(recurrence);
