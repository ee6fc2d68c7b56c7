//! The route table of the service.

use crate::api::error_code::ERRORS_PAGE;

/// A resource. Tests send requests of every unauthorized client to each resource.
pub struct RouteSpec {
    /// The pattern in the syntax of actix-web.
    pub path: &'static str,
    /// The supported methods, comma-separated as in `Allow`.
    pub allow: &'static str,
    /// Whether the resource requires a credential.
    pub guarded: bool,
}

impl RouteSpec {
    /// Lists all patterns: with and without a trailing slash, and for tasks in each scope.
    pub fn paths(&self) -> Vec<String> {
        if self.path == "/" {
            return vec![self.path.to_owned()];
        }
        let paths = match self.below_scope() {
            None => vec![self.path.to_owned()],
            Some(below) => [OWNED, OWN, USERS].map(|scope| format!("{scope}{below}")).to_vec(),
        };
        paths.into_iter().flat_map(|path| [path.clone(), path + "/"]).collect()
    }
}

/// All resources except `/metrics`.
pub const ROUTES: [RouteSpec; 19] = [
    RouteSpec { path: "/api/{user_id}/tasks", allow: "GET, HEAD, POST", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/stats", allow: "GET, HEAD", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/bulk", allow: "POST", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/export", allow: "GET, HEAD", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/import", allow: "POST", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/changes", allow: "GET, HEAD", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/events", allow: "GET, HEAD", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/{id}", allow: "GET, HEAD, PUT, PATCH, DELETE", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/{id}/complete", allow: "PATCH, POST", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/{id}/toggle", allow: "PATCH", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/{id}/status", allow: "PATCH", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/{id}/restore", allow: "POST", guarded: true },
    RouteSpec { path: "/livez", allow: "GET, HEAD", guarded: false },
    RouteSpec { path: "/readyz", allow: "GET, HEAD", guarded: false },
    RouteSpec { path: "/healthz", allow: "GET, HEAD", guarded: false },
    RouteSpec { path: "/openapi.json", allow: "GET, HEAD", guarded: false },
    RouteSpec { path: "/docs", allow: "GET, HEAD", guarded: false },
    RouteSpec { path: ERRORS_PAGE, allow: "GET, HEAD", guarded: false },
    RouteSpec { path: "/", allow: "GET, HEAD", guarded: false },
];

/// The scopes of tasks: of the path's user, and of the authenticated user.
///
/// The order matters: `/api/tasks/tasks` is the list of a user called `tasks`, not the task `tasks`, and `/api/users/tasks/tasks` too.
pub(crate) const TASK_SCOPES: [&str; 3] = [USERS, OWNED, OWN];

/// Tasks of the path's user, at the path that some front ends call.
const USERS: &str = "/api/users/{user_id}/tasks";

/// Tasks of the path's user.
const OWNED: &str = "/api/{user_id}/tasks";

/// Tasks of the authenticated user.
const OWN: &str = "/api/tasks";

impl RouteSpec {
    /// Returns the pattern below the task scope. `None`: the resource is outside the scope.
    pub(crate) fn below_scope(&self) -> Option<&'static str> {
        self.path.strip_prefix(OWNED)
    }
}

/// Finds the pattern of the task resource that serves a path. `path` is the part below the scope.
///
/// The authentication middleware calls it before the scope's router runs.
pub(crate) fn task_route(path: &str) -> Option<&'static str> {
    let serves = |route: &&RouteSpec| route.below_scope().is_some_and(|pattern| matches(pattern, path));
    ROUTES.iter().find(serves).map(|route| route.path)
}

/// Returns whether the segments of a path match a pattern. A trailing slash is ignored.
fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/');
    let fits = |part: &str, segment: &str| segment == part || part == "{id}" && !segment.is_empty();
    pattern.split('/').all(|part| segments.next().is_some_and(|segment| fits(part, segment)))
        && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_same_route_as_the_router() {
        for (path, route) in [
            ("", Some("")),
            ("/", Some("")),
            ("/stats", Some("/stats")),
            ("/7", Some("/{id}")),
            ("/7/", Some("/{id}")),
            ("/stats/complete", Some("/{id}/complete")),
            ("/7/complete/", Some("/{id}/complete")),
            ("//", None),
            ("//complete", None),
            ("/7//", None),
            ("/7/nothing", None),
            ("/7/complete/x", None),
            ("/Stats/restore/", Some("/{id}/restore")),
        ] {
            assert_eq!(task_route(path), route.map(|route| format!("{OWNED}{route}")).as_deref(), "{path}");
        }
    }
}
