//! Runs real Better Auth servers (tests/better-auth/front-end.mjs).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/better-auth/front-end.mjs");

/// A Better Auth server with one user. It stops when the value is dropped, or with the process.
pub struct BetterAuth {
    process: Child,
    pub origin: String,
}

impl BetterAuth {
    /// Starts a server with these options of the script. `file` is its SQLite file.
    pub fn start(file: &Path, mut options: Value) -> Self {
        options["file"] = file.to_str().unwrap().into();
        let mut process = Command::new("node")
            .args([SCRIPT, &options.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node can be run");
        let mut line = String::new();
        let output = process.stdout.take().expect("the output is piped");
        BufReader::new(output).read_line(&mut line).expect("the output can be read");
        let started: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("Better Auth does not start: run npm ci --prefix tests/better-auth: {line}"));
        let origin = started["origin"].as_str().expect("an origin").to_owned();
        Self { process, origin }
    }
}

impl Drop for BetterAuth {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
