//! Drives the shapes that existing front ends read and write, with the settings of `docs/clients.md`.

mod responses;

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request, Response, Settings};

on_both!(every_kind_of_client_works_with_its_setting);

/// How a client completes a task.
#[derive(Clone, Copy, Debug)]
enum Completion {
    /// `PATCH …/complete` without a body.
    Toggle,
    /// `PATCH …/complete` with `{}`.
    EmptyObject,
    /// `PATCH …/complete` with this member.
    Member(&'static str),
    /// `POST …/complete`, or `PATCH …/toggle`.
    Route(&'static str, &'static str),
    /// `PATCH …/status`.
    Status,
    /// PUT of the whole task with this member changed.
    WholeTask(&'static str),
}
use Completion::{EmptyObject, Member, Route, Status, Toggle, WholeTask};

/// One kind of client: its settings, its requests, and what it reads.
struct Client {
    kind: &'static str,
    settings: Settings<'static>,
    /// The path of the list. `{u}` is the user.
    path: &'static str,
    /// JSON pointers to the list and to the task in responses.
    list: &'static str,
    task: &'static str,
    /// The names of members that the client reads.
    completed: &'static str,
    user: &'static str,
    created: &'static str,
    due: &'static str,
    update: &'static str,
    completion: Completion,
    /// The JSON pointer to the text of an error.
    error: &'static str,
}

/// The client of the specification. Each row of the table differs from it.
const SPECIFIED: Client = Client {
    kind: "the specification",
    settings: &[],
    path: "/api/{u}/tasks",
    list: "",
    task: "",
    completed: "completed",
    user: "user_id",
    created: "created_at",
    due: "due_date",
    update: "PUT",
    completion: Toggle,
    error: "/detail",
};

const TASKS: (&str, &str) = ("LIST_SHAPE", "tasks");
const DATA: (&str, &str) = ("LIST_SHAPE", "data");
const WRAPPED: (&str, &str) = ("TASK_SHAPE", "wrapped");
const CAMEL: (&str, &str) = ("CAMEL_CASE", "true");

/// The rows of the table in `docs/clients.md`.
const CLIENTS: [Client; 20] = [
    SPECIFIED,
    Client { kind: "own path", path: "/api/tasks", completion: EmptyObject, ..SPECIFIED },
    Client { kind: "own path with a slash", path: "/api/tasks/", update: "PATCH", ..SPECIFIED },
    Client { kind: "path below users", path: "/api/users/{u}/tasks", ..SPECIFIED },
    Client { kind: "path below users with a slash", path: "/api/users/{u}/tasks/", ..SPECIFIED },
    Client { kind: "is_completed", completed: "is_completed", completion: Member("completed"), ..SPECIFIED },
    Client {
        kind: "is_completed in the request",
        completed: "is_completed",
        completion: Member("is_completed"),
        ..SPECIFIED
    },
    Client { kind: "whole task", completion: WholeTask("completed"), ..SPECIFIED },
    Client {
        kind: "whole task with is_completed",
        completed: "is_completed",
        completion: WholeTask("is_completed"),
        ..SPECIFIED
    },
    Client { kind: "POST complete", completion: Route("POST", "complete"), error: "/message", ..SPECIFIED },
    Client { kind: "toggle route", completion: Route("PATCH", "toggle"), error: "/error/message", ..SPECIFIED },
    Client { kind: "status", completed: "status", completion: Status, ..SPECIFIED },
    Client { kind: "list in tasks", settings: &[TASKS], list: "/tasks", ..SPECIFIED },
    Client { kind: "list in data.tasks", settings: &[DATA], list: "/data/tasks", ..SPECIFIED },
    Client { kind: "task in task", settings: &[WRAPPED], task: "/task", ..SPECIFIED },
    Client { kind: "tasks and task", settings: &[TASKS, WRAPPED], list: "/tasks", task: "/task", ..SPECIFIED },
    Client { kind: "data for both", settings: &[DATA, WRAPPED], list: "/data/tasks", task: "/data", ..SPECIFIED },
    Client {
        kind: "camel case",
        settings: &[CAMEL],
        user: "userId",
        created: "createdAt",
        due: "dueDate",
        ..SPECIFIED
    },
    Client {
        kind: "camel case and whole task",
        settings: &[CAMEL],
        user: "userId",
        created: "createdAt",
        due: "dueDate",
        completion: WholeTask("completed"),
        ..SPECIFIED
    },
    Client {
        kind: "camel case in data below users",
        settings: &[CAMEL, DATA, WRAPPED],
        path: "/api/users/{u}/tasks",
        list: "/data/tasks",
        task: "/data",
        completed: "is_completed",
        user: "userId",
        created: "createdAt",
        due: "dueDate",
        ..SPECIFIED
    },
];

fn every_kind_of_client_works_with_its_setting(database: Database) {
    for client in CLIENTS {
        let app = App::start_with(database, client.settings);
        Driver { app: &app, client: &client }.drive();
    }
}

/// A client with a running service.
struct Driver<'a> {
    app: &'a App,
    client: &'a Client,
}

impl Driver<'_> {
    fn request(&self, method: &str, below: &str) -> Request {
        let path = self.client.path.replace("{u}", "alice");
        let slash = if path.ends_with('/') { "/" } else { "" };
        let path = format!("{}{below}{slash}", path.trim_end_matches('/'));
        self.app.request_as("alice", method, &path)
    }

    /// Reads the task of a response as the client does.
    #[track_caller]
    fn task(&self, response: &Response, status: u16) -> Value {
        let body = response.expect(status);
        let task = body.pointer(self.client.task).unwrap_or_else(|| panic!("{}: {body}", self.client.kind)).clone();
        for name in [self.client.user, self.client.created, self.client.completed, self.client.due] {
            assert!(task.get(name).is_some(), "{}: {name} is missing: {task}", self.client.kind);
        }
        assert!(task["id"].is_i64() && response.header("etag").is_some(), "{}: {task}", self.client.kind);
        task
    }

    #[track_caller]
    fn list(&self) -> Vec<Value> {
        let body = self.request("GET", "").send().expect(200);
        let list = body.pointer(self.client.list).and_then(Value::as_array);
        list.unwrap_or_else(|| panic!("{}: {body}", self.client.kind)).clone()
    }

    fn is_completed(&self, task: &Value) -> bool {
        match &task[self.client.completed] {
            Value::Bool(completed) => *completed,
            word => word == "completed",
        }
    }

    fn complete(&self, task: &Value) -> Response {
        let id = &task["id"];
        match self.client.completion {
            Toggle => self.request("PATCH", &format!("/{id}/complete")).send(),
            EmptyObject => self.request("PATCH", &format!("/{id}/complete")).json(&json!({})).send(),
            Member(name) => self.request("PATCH", &format!("/{id}/complete")).json(&json!({ name: true })).send(),
            Route(method, route) => self.request(method, &format!("/{id}/{route}")).send(),
            Status => self.request("PATCH", &format!("/{id}/status")).json(&json!({ "status": "completed" })).send(),
            WholeTask(name) => {
                let mut task = task.clone();
                task[name] = json!(true);
                self.request("PUT", &format!("/{id}")).json(&task).send()
            }
        }
    }

    /// Creates, lists, reads, changes, completes and deletes a task, and reads an error.
    fn drive(&self) {
        let Client { kind, due, update, error, .. } = self.client;
        let created = self.request("POST", "").json(&json!({ "title": "Buy milk", *due: "2026-12-01" })).send();
        let task = self.task(&created, 201);
        assert_eq!((&task["title"], &task[*due]), (&json!("Buy milk"), &json!("2026-12-01")), "{kind}");
        assert_eq!(task[self.client.user], "alice", "{kind}");
        assert!(!self.is_completed(&task), "{kind}");
        assert_eq!(self.list(), std::slice::from_ref(&task), "{kind}");
        let below = format!("/{}", task["id"]);
        assert_eq!(self.task(&self.request("GET", &below).send(), 200), task, "{kind}");
        let change = json!({ "title": "Buy bread", *due: "2026-12-24" });
        let changed = self.task(&self.request(update, &below).json(&change).send(), 200);
        assert_eq!((&changed["title"], &changed[*due]), (&json!("Buy bread"), &json!("2026-12-24")), "{kind}");
        let completed = self.task(&self.complete(&changed), 200);
        assert!(self.is_completed(&completed), "{kind}: {completed}");
        assert_eq!(self.list(), std::slice::from_ref(&completed), "{kind}");
        // a whole task with another due date, as edit forms send it
        let mut edited = completed;
        edited[*due] = json!("2027-01-01");
        let edited = self.task(&self.request("PUT", &below).json(&edited).send(), 200);
        assert_eq!(edited[*due], "2027-01-01", "{kind}");
        assert!(self.is_completed(&edited), "{kind}");
        let invalid = self.request("POST", "").json(&json!({ "title": "" })).send().expect(422);
        assert_eq!(invalid.pointer(error), Some(&json!("title must not be empty")), "{kind}");
        let deleted = self.request("DELETE", &below).send().expect(200);
        assert_eq!(deleted["success"], true, "{kind}");
        assert_eq!(self.list(), Vec::<Value>::new(), "{kind}");
    }
}
