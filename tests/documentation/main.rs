//! Compares the documents with the program and with each other.
//!
//! `TASK_API_WRITE_DOCS=1 cargo test --test documentation` writes the generated parts: docs/cli.md and docs/layers.svg.

mod api_reference;
mod command_line;
mod deployment;
mod layers_diagram;
mod links;
mod managed_postgres;
mod markdown;
mod questions;
mod readme;
mod settings;
mod site;

use std::path::{Path, PathBuf};

/// How to write the generated parts.
const WRITE: &str = "run TASK_API_WRITE_DOCS=1 cargo test --test documentation";

/// Folders with files of others, or with build output.
const SKIPPED: [&str; 7] = [".git", ".next", "book", "node_modules", "target", "data", "__pycache__"];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a file of the repository.
#[track_caller]
fn read(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Compares a generated file with its expected content, or writes it.
#[track_caller]
fn expect_generated(name: &str, expected: &str) {
    if std::env::var_os("TASK_API_WRITE_DOCS").is_some() {
        std::fs::write(repository().join(name), expected).unwrap_or_else(|error| panic!("{name}: {error}"));
    } else {
        assert!(read(name) == expected, "{name} differs: {WRITE}");
    }
}

/// Returns the paths of all files below a folder with one of these extensions, relative to the repository.
fn files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !SKIPPED.contains(&name) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known)) {
                found.push(path.strip_prefix(repository()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
