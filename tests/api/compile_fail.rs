//! Each `compile_fail` example fails with exactly the error code that it names.
//!
//! rustdoc on stable ignores these error codes. It would accept an example that fails for another reason, such as a changed signature.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A `compile_fail` example and its error code.
struct Example {
    position: String,
    code: String,
    text: String,
}

#[test]
fn examples_fail_with_their_error_code() {
    let mut files = Vec::new();
    for package in [".", "crates/better-auth-guard"] {
        find_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(package).join("src"), &mut files);
    }
    let examples: Vec<Example> = files.iter().flat_map(|file| examples(file)).collect();
    assert!(examples.len() >= 4, "only {} examples were found", examples.len());
    for example in examples {
        let codes = errors_of(&example.text);
        assert_eq!(codes, [Some(example.code)], "{}", example.position);
    }
}

/// Shows that errors come from the examples and not from the way of compiling them.
#[test]
fn a_valid_example_compiles() {
    assert_eq!(errors_of("use task_api::db::{DbError, Tasks, VersionCondition, Write};"), []);
}

fn find_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn examples(file: &Path) -> Vec<Example> {
    let source = std::fs::read_to_string(file).unwrap();
    let comment = |line: &str| {
        let line = line.trim_start();
        let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
        Some(text.strip_prefix(' ').unwrap_or(text).to_owned())
    };
    let mut lines = source.lines().enumerate();
    let mut examples = Vec::new();
    while let Some((number, line)) = lines.next() {
        let Some(tags) = comment(line).and_then(|text| text.strip_prefix("```compile_fail").map(str::to_owned)) else {
            continue;
        };
        let position = format!("{}:{}", file.display(), number + 1);
        let code = tags.strip_prefix(',').unwrap_or_else(|| panic!("{position} names no error code")).to_owned();
        let text = lines.by_ref().map_while(|(_, line)| comment(line)).take_while(|text| text != "```");
        let text = text.map(|line| line.strip_prefix("# ").unwrap_or(&line).to_owned());
        let text = text.collect::<Vec<_>>().join("\n");
        examples.push(Example { position, code, text });
    }
    examples
}

/// Compiles an example and returns the codes of its errors.
fn errors_of(example: &str) -> Vec<Option<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("example.rs");
    std::fs::write(&file, format!("fn main() {{\n{example}\n}}")).unwrap();
    let crates = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=bin", "--emit=metadata", "--error-format=json", "--out-dir"])
        .arg(folder.path())
        .args(["-L", &format!("dependency={}", crates.display())])
        .args(["--extern", &format!("task_api={}", library(&crates, "task_api").display())])
        .args(["--extern", &format!("better_auth_guard={}", library(&crates, "better_auth_guard").display())])
        .arg(&file)
        .output()
        .expect("rustc starts");
    let text = String::from_utf8(output.stderr).unwrap();
    let messages = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("rustc writes JSON"));
    // the last message has no span: it counts the errors
    let errors = messages.filter(|message| message["level"] == "error" && message["spans"] != Value::Array(vec![]));
    errors.map(|error| error["code"]["code"].as_str().map(str::to_owned)).collect()
}

/// Returns the newest build of a library.
fn library(crates: &Path, name: &str) -> PathBuf {
    let entries = std::fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path());
    let is_library = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_string_lossy();
        file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
    };
    entries
        .filter(is_library)
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
        .expect("the library was built")
}
