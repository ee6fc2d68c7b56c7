//! The paths of the service.

/// One resource. The tests try every unauthorized caller on each.
pub struct RouteSpec {
    /// The pattern, in the syntax of actix-web.
    pub path: &'static str,
    /// Comma-separated methods, as in `Allow`.
    pub allow: &'static str,
    /// Whether it requires a credential.
    pub guarded: bool,
}

impl RouteSpec {
    /// Lists its patterns: with and without a trailing slash, and for tasks also without the user's id.
    pub fn paths(&self) -> Vec<String> {
        let own = self.path.replace("/{user_id}", "");
        let mut paths = vec![self.path.to_owned(), format!("{}/", self.path)];
        if own != self.path {
            paths.extend([own.clone(), own + "/"]);
        }
        paths
    }
}

/// All resources but `/metrics`.
pub const ROUTES: [RouteSpec; 15] = [
    RouteSpec { path: "/api/{user_id}/tasks", allow: "GET, HEAD, POST", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/stats", allow: "GET, HEAD", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/bulk", allow: "POST", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/export", allow: "GET, HEAD", guarded: true },
    RouteSpec { path: "/api/{user_id}/tasks/import", allow: "POST", guarded: true },
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
];

/// The scopes of tasks: of the user in the path, and of the credential's user.
///
/// The order matters: `/api/tasks/tasks` is the list of a user called `tasks`, not the task `tasks`.
pub(crate) const TASK_SCOPES: [&str; 2] = [OWNED, OWN];

/// Tasks of the user in the path.
const OWNED: &str = "/api/{user_id}/tasks";

/// Tasks of the credential's user.
const OWN: &str = "/api/tasks";

impl RouteSpec {
    /// The part behind the scope of tasks, for a resource of tasks.
    pub(crate) fn below_scope(&self) -> Option<&'static str> {
        self.path.strip_prefix(OWNED)
    }
}

/// Finds the resource of tasks that a pattern of the router belongs to.
pub(crate) fn task_route(pattern: &str) -> Option<&'static str> {
    let below = pattern.strip_prefix(OWNED).or_else(|| pattern.strip_prefix(OWN))?.trim_end_matches('/');
    ROUTES.iter().find(|route| route.below_scope() == Some(below)).map(|route| route.path)
}
