//! Reads the URLs of docs/managed-postgres.md as the service does.

use task_api::config::Config;

use crate::read;

/// A build without the feature `tls` refuses them for this reason only.
#[test]
fn the_urls_are_accepted_and_verify_the_server() {
    let page = read("docs/managed-postgres.md");
    let urls: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("DATABASE_URL='")?.strip_suffix('\'')).collect();
    assert_eq!(urls.len(), 3, "Neon, Supabase and RDS");
    assert!(urls.iter().any(|url| url.contains("sslrootcert=system")));
    for url in urls {
        assert!(url.contains("sslmode=verify-full&sslrootcert="), "{url}");
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some(url.to_owned()),
            "BETTER_AUTH_SECRET" => Some("0123456789abcdef0123456789abcdef".to_owned()),
            _ => None,
        };
        let problems = Config::from_lookup(&lookup).err().map(|error| error.0).unwrap_or_default();
        if cfg!(feature = "tls") {
            assert_eq!(problems, [""; 0], "{url}");
        } else {
            assert!(problems.len() == 1 && problems[0].contains("TLS"), "{problems:?}");
        }
    }
}
