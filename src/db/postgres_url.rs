//! The parts of a PostgreSQL URL, as libpq parses them (PostgreSQL 15, "Connection URIs").
//!
//! The type `url::Url` rejects URLs that libpq accepts, such as those with several hosts. So only the parameters are parsed by `url`.

use url::form_urlencoded;

/// Added to a URL without them. With libpq's own defaults, a connection waits forever for an unreachable server.
const DEFAULTS: [(&str, &str); 5] = [
    ("connect_timeout", "3"),
    // an unreachable server ends the connection after about ten seconds, while sending and while receiving
    ("keepalives_idle", "4"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// Adds the application name and the timeouts, if the URL does not set them.
pub(crate) fn with_defaults(url: &str, application_name: &str) -> String {
    let query = query(url);
    let is_set = |name: &str| {
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).any(|(parameter, _)| parameter == name)
    };
    let mut complete = url.to_owned();
    let mut separator = match query {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    let defaults = [("application_name", application_name)].into_iter().chain(DEFAULTS);
    for (name, value) in defaults.filter(|(name, _)| !is_set(name)) {
        complete.push_str(&format!("{separator}{name}={value}"));
        separator = "&";
    }
    complete
}

/// Returns hosts, ports and database, without user, password and parameters.
pub(crate) fn location(url: &str) -> &str {
    let rest = without_user(url);
    let location = rest.split_once('?').map_or(rest, |(location, _)| location);
    // a password with a slash that is not encoded: libpq rejects the URL, and the log must not show it
    location.rsplit_once('@').map_or(location, |(_, location)| location)
}

/// Returns the text after `?`, or `None` without one.
pub(crate) fn query(url: &str) -> Option<&str> {
    without_user(url).split_once('?').map(|(_, query)| query)
}

/// Returns the URL without its scheme, user and password. libpq ends them at an `@` before the first slash.
fn without_user(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.split_once('@') {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_do_not_replace_parameters() {
        let defaults = "keepalives_idle=4&keepalives_interval=2&keepalives_count=3&tcp_user_timeout=10000";
        for (url, expected) in [
            ("postgres://h/d", format!("postgres://h/d?application_name=task-api&connect_timeout=3&{defaults}")),
            ("postgres://h/d?", format!("postgres://h/d?application_name=task-api&connect_timeout=3&{defaults}")),
            (
                "postgres://me:a?connect_timeout=9@h/d?connect_timeout=7",
                format!("postgres://me:a?connect_timeout=9@h/d?connect_timeout=7&application_name=task-api&{defaults}"),
            ),
            (
                "postgres://h/d?options=-capplication_name%3Dx",
                format!(
                    "postgres://h/d?options=-capplication_name%3Dx&application_name=task-api&connect_timeout=3&{defaults}"
                ),
            ),
        ] {
            assert_eq!(with_defaults(url, "task-api"), expected);
        }
    }

    #[test]
    fn the_location_has_no_user_password_and_parameters() {
        for (url, expected) in [
            ("postgres://me:p%40ss@db.example:5432/tasks?options=x", "db.example:5432/tasks"),
            ("postgres://me:why?@db.example/tasks", "db.example/tasks"),
            ("postgres://me:a/b@db.example/tasks", "db.example/tasks"),
            ("postgres://db.example/tasks?user=me&password=a@b", "db.example/tasks"),
            ("postgres://h1:5432,h2:5433/d", "h1:5432,h2:5433/d"),
        ] {
            assert_eq!(location(url), expected);
        }
    }
}
