//! The binary: everything is in the library.

use std::process::ExitCode;

/// Threads that read rows and threads that answer hand each other memory all the time; the system's allocator takes a sixth of the time for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    task_api::cli::main()
}
