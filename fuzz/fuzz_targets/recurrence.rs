//! Fuzzes a recurrence rule with its dates.
#![cfg_attr(fuzzing, no_main)]

task_api_fuzz::target!(recurrence);
