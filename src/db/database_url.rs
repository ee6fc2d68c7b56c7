//! The database URL.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::db::{postgres_url, tls_parameters};

/// A database URL. Its `Display` and `Debug` omit user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `postgres://…` or `postgresql://…`, parsed by libpq.
    Postgres(String),
    /// `sqlite:PATH`: a SQLite file.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                if !cfg!(feature = "tls") && tls_parameters::requires_tls(url) {
                    return Err(
                        "requires TLS (sslmode, sslrootcert or channel_binding), but this build does not support TLS: \
                                use a release binary or the container image, or build with --features tls",
                    );
                }
                tls_parameters::check(url)?;
                Ok(Self::Postgres(url.to_owned()))
            }
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() || path.contains(":memory:") || path.starts_with("file:") {
                    return Err("must name a file: sqlite:PATH");
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err("must start with sqlite:, postgres:// or postgresql://"),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => write!(f, "postgres://{}", postgres_url::location(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_schemes_and_files_are_accepted() {
        assert_eq!("sqlite:a/b.db".parse(), Ok(DatabaseUrl::Sqlite("a/b.db".into())));
        assert_eq!("sqlite:///a/b.db".parse(), Ok(DatabaseUrl::Sqlite("/a/b.db".into())));
        assert!(matches!("postgresql://h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        for url in
            ["", "postgres-db", "postgres:h", "mysql://h/d", "data/a.db", "sqlite:", "sqlite::memory:", "SQLITE:a"]
        {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn display_omits_the_password() {
        let url: DatabaseUrl = "postgres://me:p%40ss@db.example:5432/tasks?options=x".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://db.example:5432/tasks postgres://db.example:5432/tasks");
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn a_build_without_tls_rejects_sslmode_require() {
        for parameters in ["sslmode=require", "sslrootcert=system", "channel_binding=require"] {
            let problem = format!("postgres://h/d?{parameters}").parse::<DatabaseUrl>().unwrap_err();
            assert!(problem.contains("use a release binary") && problem.contains("--features tls"), "{problem}");
        }
        assert!("postgres://h/d?sslmode=prefer".parse::<DatabaseUrl>().is_ok());
    }
}
