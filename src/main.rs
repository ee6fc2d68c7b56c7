//! Starts the command line of the library.

use std::process::ExitCode;

/// Database threads and HTTP threads pass memory to each other. With the system's allocator this takes a sixth of the time of a list.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    task_api::cli::main()
}
