//! Every route with every unauthorized caller: the service rejects the request before it reads the body.

mod foreign_user;
mod invalid_credentials;
mod user_ids;

use serde_json::{Value, json};
use task_api::routes::ROUTES;

use crate::on_both;
use crate::support::{App, Database, Response};

const NO_CREDENTIAL: &str = r#"Bearer realm="tasks""#;
const INVALID: &str =
    r#"Bearer realm="tasks", error="invalid_token", error_description="The credential is not valid.""#;
const EXPIRED: &str = r#"Bearer realm="tasks", error="invalid_token", error_description="The credential has expired.""#;

/// The kind of handler of one method of a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handler {
    List,
    Create,
    /// Reads the user's tasks. Ignores a body.
    ReadOnly,
    /// Streams the user's changes, without an end.
    Stream,
    /// Operations on tasks.
    Bulk,
    /// Creates tasks from a file. Accepts a larger body than other handlers.
    Import,
    /// A task by its id. Ignores a body.
    Task,
    /// A task by its id. The body is optional.
    TaskWithOptionalBody,
    /// A task by its id. The body is required.
    TaskWithBody,
    /// Needs no credential.
    Public,
}
use Handler::{Bulk, Create, Import, List, Public, ReadOnly, Stream, Task, TaskWithBody, TaskWithOptionalBody};

/// Every resource of the service, by the first of its paths. `known_routes_are_all_routes` fails on a missing one.
const KNOWN: [(&str, &[(&str, Handler)]); 19] = [
    ("/api/{user_id}/tasks", &[("GET", List), ("HEAD", List), ("POST", Create)]),
    ("/api/{user_id}/tasks/stats", &[("GET", ReadOnly), ("HEAD", ReadOnly)]),
    ("/api/{user_id}/tasks/bulk", &[("POST", Bulk)]),
    ("/api/{user_id}/tasks/export", &[("GET", ReadOnly), ("HEAD", ReadOnly)]),
    ("/api/{user_id}/tasks/import", &[("POST", Import)]),
    ("/api/{user_id}/tasks/changes", &[("GET", ReadOnly), ("HEAD", ReadOnly)]),
    ("/api/{user_id}/tasks/events", &[("GET", Stream), ("HEAD", ReadOnly)]),
    (
        "/api/{user_id}/tasks/{id}",
        &[("GET", Task), ("HEAD", Task), ("PUT", TaskWithBody), ("PATCH", TaskWithBody), ("DELETE", Task)],
    ),
    ("/api/{user_id}/tasks/{id}/complete", &[("PATCH", TaskWithOptionalBody), ("POST", TaskWithOptionalBody)]),
    ("/api/{user_id}/tasks/{id}/toggle", &[("PATCH", TaskWithOptionalBody)]),
    ("/api/{user_id}/tasks/{id}/status", &[("PATCH", TaskWithBody)]),
    ("/api/{user_id}/tasks/{id}/restore", &[("POST", Task)]),
    ("/livez", &[("GET", Public), ("HEAD", Public)]),
    ("/readyz", &[("GET", Public), ("HEAD", Public)]),
    ("/healthz", &[("GET", Public), ("HEAD", Public)]),
    ("/openapi.json", &[("GET", Public), ("HEAD", Public)]),
    ("/docs", &[("GET", Public), ("HEAD", Public)]),
    ("/docs/errors", &[("GET", Public), ("HEAD", Public)]),
    ("/", &[("GET", Public), ("HEAD", Public)]),
];

on_both!(guarded_paths_require_a_credential);

#[test]
fn known_routes_are_all_routes() {
    assert_eq!(ROUTES.len(), KNOWN.len(), "a route was added: add it to KNOWN");
    for (route, (path, methods)) in ROUTES.iter().zip(KNOWN) {
        let names: Vec<&str> = methods.iter().map(|(name, _)| *name).collect();
        assert_eq!(route.allow, names.join(", "), "{path}");
        let guarded = methods.iter().all(|(_, handler)| *handler != Public);
        assert_eq!(route.guarded, guarded, "{path}");
        let ownerless = path.replace("/{user_id}", "");
        let below_users = path.replace("/api/{user_id}", "/api/users/{user_id}");
        let mut paths = vec![path.to_owned(), format!("{path}/"), ownerless.clone(), format!("{ownerless}/")];
        paths.extend([below_users.clone(), format!("{below_users}/")]);
        paths.truncate(if guarded { 6 } else { 2 });
        if path == "/" {
            paths.truncate(1);
        }
        assert_eq!(route.paths(), paths);
    }
}

/// A method and a path pattern of a known route.
struct Endpoint {
    method: &'static str,
    path: String,
    is_guarded: bool,
    /// `Err` holds the allowed methods: the route does not have this method and responds 405 to authorized callers.
    handler: Result<Handler, &'static str>,
}

/// Returns every method of every path, and for each path one method that it does not have.
fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for (route, (_, methods)) in ROUTES.iter().zip(KNOWN) {
        let missing = ["DELETE", "POST"].into_iter().find(|method| !route.allow.contains(method));
        let missing = (missing.expect("no route has both"), Err(route.allow));
        for path in route.paths() {
            let handlers = methods.iter().map(|(method, handler)| (*method, Ok(*handler)));
            endpoints.extend(handlers.chain([missing]).map(|(method, handler)| Endpoint {
                method,
                path: path.clone(),
                is_guarded: route.guarded,
                handler,
            }));
        }
    }
    endpoints
}

/// A request body. It does not change the response to an unauthorized caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Body {
    None,
    Valid,
    Malformed,
    Oversize,
}

impl Body {
    const ALL: [Self; 4] = [Self::None, Self::Valid, Self::Malformed, Self::Oversize];

    fn text(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Valid => Some(json!({ "title": "stolen", "completed": true, "status": "completed" }).to_string()),
            Self::Malformed => Some("{not json".into()),
            Self::Oversize => Some(" ".repeat(64 * 1024 + 1)),
        }
    }
}

type Headers = Vec<(&'static str, String)>;

impl Endpoint {
    /// Sends a request with this user and this id in the path.
    fn send(&self, app: &App, (user, id): (&str, i64), headers: &Headers, body: Body) -> Response {
        let path = self.path.replace("{user_id}", user).replace("{id}", &id.to_string());
        let request = app.request(self.method, &path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        match body.text() {
            Some(text) => request.text(&text).send(),
            None => request.send(),
        }
    }

    /// Asserts the status and, except for HEAD, the response's body.
    #[track_caller]
    fn expect(&self, answer: &Response, status: u16, context: &str) {
        assert_eq!(answer.status, status, "{context}: {}", String::from_utf8_lossy(&answer.body));
        if self.method != "HEAD" {
            answer.expect(status);
        }
    }
}

/// A task of alice, and the list that she reads.
struct Victim<'a> {
    app: &'a App,
    id: i64,
    list: Value,
}

impl<'a> Victim<'a> {
    fn new(app: &'a App) -> Self {
        app.make_better_auth_tables();
        let id = app.create("alice", &json!({ "title": "mine" }))["id"].as_i64().expect("ids are numbers");
        let list = app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
        Self { app, id, list }
    }

    #[track_caller]
    fn expect_unchanged(&self, context: &str) {
        assert_eq!(self.app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200), self.list, "{context}");
    }
}

fn guarded_paths_require_a_credential(database: Database) {
    let app = App::start(database);
    let endpoints = endpoints();
    for endpoint in &endpoints {
        let answer = endpoint.send(&app, ("alice", 1), &Vec::new(), Body::None);
        let context = format!("{} {}", endpoint.method, endpoint.path);
        if endpoint.is_guarded {
            endpoint.expect(&answer, 401, &context);
            assert_eq!(answer.header("www-authenticate"), Some(NO_CREDENTIAL), "{context}");
        } else {
            assert_eq!(answer.status, if endpoint.handler.is_ok() { 200 } else { 405 }, "{context}");
        }
    }
    assert!(endpoints.iter().any(|endpoint| endpoint.is_guarded) && endpoints.iter().any(|it| !it.is_guarded));
    for path in [
        "//",
        "/api",
        "/api/alice",
        "/api//tasks",
        "/api/users/alice",
        "/api/users//tasks",
        "/api/alice/tasks/1/nothing",
        "/api/tasks/1/complete/x",
    ] {
        assert_eq!(app.request("GET", path).send().expect(404)["error"]["code"], "path_not_found", "{path}");
    }
}
