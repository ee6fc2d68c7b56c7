//! Writes the output of a command to standard output.

use std::io::{ErrorKind, Write, stdout};

/// Writes all of `bytes`. A reader that ends early, such as `head`, is no error.
pub(crate) fn print(bytes: &[u8]) -> Result<(), String> {
    let mut stdout = stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write to standard output: {error}")),
        _ => Ok(()),
    }
}
