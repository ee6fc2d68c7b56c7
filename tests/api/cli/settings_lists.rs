//! Compares the settings that the service reads with the lists of .env.example, README.md and docker-compose.yml.

use std::cell::RefCell;
use std::collections::BTreeSet;

use task_api::config::Config;

/// Read before the other settings, by the binary.
const OF_THE_BINARY: [&str; 2] = ["ENV_FILE", "RUST_LOG"];

/// Set by docker-compose.yml itself, for the image and its database.
const OF_COMPOSE: [&str; 3] = ["DATABASE_URL", "HOST", "PORT"];

/// Returns the names that the service reads, with any source of sessions.
fn read_names() -> BTreeSet<String> {
    let names: RefCell<BTreeSet<String>> = RefCell::new(OF_THE_BINARY.map(str::to_owned).into());
    for source in ["auto", "database", "redis", "http", "cookie"] {
        let lookup = |name: &str| {
            names.borrow_mut().insert(name.to_owned());
            (name == "SESSION_SOURCE").then(|| source.to_owned())
        };
        let _ = Config::from_lookup(&lookup);
    }
    names.into_inner()
}

fn repository_file(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the names before the first `separator` of these lines.
fn names_of<'a>(lines: impl Iterator<Item = &'a str>, separator: char) -> BTreeSet<String> {
    let names = lines.filter_map(|line| line.split_once(separator)).map(|(name, _)| name.trim());
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    names.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn the_example_file_has_every_setting() {
    let example = repository_file(".env.example");
    let mut listed = names_of(example.lines().filter_map(|line| line.strip_prefix('#')), '=');
    // names the file itself
    listed.insert("ENV_FILE".into());
    assert_eq!(listed, read_names());
}

#[test]
fn the_readme_has_every_setting() {
    let readme = repository_file("README.md");
    let missing: Vec<String> = read_names().into_iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, [""; 0]);
}

/// Reads the block `x-settings` and the variables of the service. A name without a value has that of the environment or of .env.
#[test]
fn compose_passes_every_setting() {
    let compose = repository_file("docker-compose.yml");
    let block = |begin: &str, end: &str| {
        let (_, rest) = compose.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
        rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0.to_owned()
    };
    let settings = block("x-settings: &settings\n", "\n\n");
    let passed = names_of(settings.lines(), ':');
    assert!(settings.lines().all(|line| line.trim_end().ends_with(':')), "a value would hide that of the environment");
    let service = block("  task-api: &task-api\n", "\n\n");
    assert!(service.contains("<<: *settings"));
    let fixed = names_of(service.lines(), ':');
    let all: BTreeSet<String> = passed.union(&fixed).filter(|name| *name != "PGPASSWORD").cloned().collect();
    let expected: BTreeSet<String> = read_names().into_iter().filter(|name| name != "ENV_FILE").collect();
    assert_eq!(all, expected);
    // a fixed value passes that of the environment too, or belongs to the image
    for name in fixed.iter().filter(|name| !OF_COMPOSE.contains(&name.as_str()) && *name != "PGPASSWORD") {
        assert!(service.contains(&format!("{name}: ${{{name}:")), "{name} hides the value of the environment");
    }
    assert!(!passed.iter().any(|name| fixed.contains(name)), "a setting is listed twice");
    // the service does not get the superuser's password
    assert!(!service.contains("env_file") && !service.contains("POSTGRES_PASSWORD"));
}

/// The bench `abuse` bounds the service's memory. A pod with a lower limit would be killed during an attack.
#[test]
fn the_memory_limit_of_kubernetes_is_above_that_of_the_abuse_bench() {
    let (deployment, limits) =
        (repository_file("deploy/kubernetes/base/deployment.yaml"), repository_file("benches/abuse/limits.rs"));
    let number_before = |text: &str, end: &str| -> u64 {
        let (before, _) = text.split_once(end).unwrap_or_else(|| panic!("no {end}"));
        let digits = before.len() - before.bytes().rev().take_while(u8::is_ascii_digit).count();
        before[digits..].parse().unwrap()
    };
    let limit = number_before(deployment.split_once("limits:").unwrap().1, "Mi");
    let bench = number_before(limits.split_once("MEMORY").unwrap().1, " << 20");
    assert!(limit >= bench + bench / 4, "{limit} MiB for the pod, {bench} MiB in the bench");
}
