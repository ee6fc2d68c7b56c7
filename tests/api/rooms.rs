//! What the rooms of the source may know of each other.

use std::path::Path;

/// Everything that judges bytes depends on no web framework, no database and no other room but `json`, so that it can be lifted out as
/// a crate of its own.
#[test]
fn the_credential_core_stands_alone() {
    const FOREIGN: [&str; 8] =
        ["actix", "diesel", "reqwest", "tokio", "std::net", "std::fs", "std::env", "super::super"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/auth");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let is_foreign = FOREIGN.iter().any(|foreign| code.contains(foreign))
                || code.split("crate::").skip(1).any(|path| !path.starts_with("json") && !path.starts_with("auth"));
            assert!(!is_foreign, "{}:{}: {line}", file.display(), number + 1);
        }
    }
}
