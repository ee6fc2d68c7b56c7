//! Starts the command line of the library.

use std::process::ExitCode;

/// Database threads and HTTP threads pass memory to each other. With the system's allocator, the service serves 0.88 times as many lists
/// of 20 (SQLite, 32 connections): `bench/run.py --only list --databases sqlite --other BUILD` with a build without this line.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    task_api::cli::main()
}
